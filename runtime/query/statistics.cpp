#include "runtime/query/statistics.h"

#include <algorithm>

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
  const auto found = rows_.find(relation.name);
  if (found != rows_.end()) return found->second;
  // An operator has the name of one of the views that it computes. Another one is taken to be large: a plan
  // for many rows is not much slower over few, one for few can be very slow over many.
  double rows = 1'000;
  for (const auto& [name, known] : rows_) rows = std::max(rows, known);
  return rows;
}

std::vector<std::vector<uint32_t>> EngineStatistics::lookups(const catalog::Relation& relation) const {
  for (const engine::OutputInfo& output : pipeline_.outputs) {
    if (output.name == relation.name && output.is_readable && !output.key.empty())
      return {{output.key.begin(), output.key.end()}};
  }
  return {};
}

}  // namespace sqlmill::rt::query
