// The rows of a pipeline's relations as of one sealed epoch.
#pragma once

#include "runtime/engine/engine.h"
#include "runtime/engine/readers.h"
#include "runtime/query/builder.h"

namespace sqlmill::rt::query {

/// What a reader's failure means to the client.
[[noreturn]] void raise(const engine::ReadError& error);

using RelationIndexes = std::map<const catalog::Relation*, std::vector<RelationIndex>>;

class EngineRelations : public Relations {
 public:
  /// Outputs by name. All but the snapshot must outlive it.
  EngineRelations(const engine::PipelineInfo& pipeline, const RelationIndexes& indexes,
                  std::shared_ptr<engine::Snapshot> snapshot)
      : pipeline_(pipeline), indexes_(indexes), snapshot_(std::move(snapshot)) {}

  OperatorPtr scan(const catalog::Relation& relation, std::vector<uint32_t> columns,
                   Execution& execution) override;
  std::vector<uint32_t> key(const catalog::Relation& relation) const override;
  Chunk find(const catalog::Relation& relation, const std::vector<uint32_t>& columns,
             std::span<const Datum> key) override;
  std::span<const RelationIndex> indexes(const catalog::Relation& relation) const override;
  std::optional<std::vector<Datum>> keys(const RelationIndex& index, std::span<const Datum> values,
                                         Arena& memory) override;

  uint64_t epoch() const { return snapshot_->epoch(); }

 private:
  size_t output_of(const catalog::Relation& relation) const;

  const engine::PipelineInfo& pipeline_;
  const RelationIndexes& indexes_;
  const std::shared_ptr<engine::Snapshot> snapshot_;
};

}  // namespace sqlmill::rt::query
