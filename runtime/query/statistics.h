// What the optimizer is told of a running pipeline: about how many rows relations have, and by what their
// rows are found.
#pragma once

#include <map>
#include <string>

#include "compiler/optimize/query.h"
#include "runtime/engine/engine.h"

namespace sqlmill::rt::query {

class EngineStatistics : public optimize::Statistics {
 public:
  EngineStatistics(const engine::PipelineInfo& pipeline,
                   const std::vector<engine::OperatorCounters>& counters);

  /// Of all of them.
  double all_rows() const;
  double rows(const catalog::Relation& relation) const override;
  std::vector<std::vector<uint32_t>> lookups(const catalog::Relation& relation) const override;

 private:
  const engine::PipelineInfo& pipeline_;
  std::map<std::string, double, std::less<>> rows_;  // By relation.
};

}  // namespace sqlmill::rt::query
