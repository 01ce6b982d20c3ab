// The rows of a pipeline's relations as of one sealed epoch.
#pragma once

#include "runtime/engine/engine.h"
#include "runtime/engine/readers.h"
#include "runtime/query/builder.h"

namespace sqlmill::rt::query {

/// What a reader's failure means to the client.
[[noreturn]] void raise(const engine::ReadError& error);

class EngineRelations : public Relations {
 public:
  /// Outputs by name.
  EngineRelations(const engine::PipelineInfo& pipeline, std::shared_ptr<engine::Snapshot> snapshot)
      : pipeline_(pipeline), snapshot_(std::move(snapshot)) {}

  OperatorPtr scan(const catalog::Relation& relation, std::vector<uint32_t> columns,
                   Execution& execution) override;
  std::vector<uint32_t> key(const catalog::Relation& relation) const override;
  Chunk find(const catalog::Relation& relation, const std::vector<uint32_t>& columns,
             std::span<const Datum> key) override;

  uint64_t epoch() const { return snapshot_->epoch(); }

 private:
  size_t output_of(const catalog::Relation& relation) const;

  const engine::PipelineInfo& pipeline_;
  const std::shared_ptr<engine::Snapshot> snapshot_;
};

}  // namespace sqlmill::rt::query
