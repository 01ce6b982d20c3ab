#include "runtime/query/statistics.h"

#include "compiler/catalog/catalog.h"

namespace sqlmill::rt::query {

EngineStatistics::EngineStatistics(const engine::PipelineInfo& pipeline,
                                   const std::vector<engine::OperatorCounters>& counters)
    : pipeline_(pipeline) {
  for (const engine::OperatorCounters& counter : counters)
    rows_.emplace(counter.name, static_cast<double>(counter.records));
}

double EngineStatistics::all_rows() const {
  double all = 0;
  for (const auto& [name, rows] : rows_) all += rows;
  return all;
}

double EngineStatistics::rows(const catalog::Relation& relation) const {
  // An operator has the name of a view that it computes; of another view no more is known than that it is
  // there.
  constexpr double kUnknown = 1'000;
  const auto found = rows_.find(relation.name);
  return found == rows_.end() ? kUnknown : found->second;
}

std::vector<std::vector<uint32_t>> EngineStatistics::lookups(const catalog::Relation& relation) const {
  for (const engine::OutputInfo& output : pipeline_.outputs) {
    if (output.name == relation.name && output.is_readable && !output.key.empty())
      return {{output.key.begin(), output.key.end()}};
  }
  return {};
}

}  // namespace sqlmill::rt::query
