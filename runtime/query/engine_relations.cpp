#include "runtime/query/engine_relations.h"

#include <fmt/format.h>

#include "compiler/catalog/catalog.h"
#include "runtime/engine/error_relation.h"
#include "runtime/query/system_catalog.h"

namespace sqlmill::rt::query {

namespace {

class ScanOperator : public Operator {
 public:
  ScanOperator(engine::Snapshot& snapshot, size_t output, std::vector<uint32_t> columns, Execution& execution)
      : snapshot_(snapshot), output_(output), columns_(std::move(columns)), execution_(execution) {}

  const Chunk* next() override {
    execution_.check();
    try {
      if (!scan_) scan_ = snapshot_.scan(output_, columns_);
      do {
        if (!scan_->next(rows_)) return nullptr;
      } while (rows_.rows == 0);
    } catch (const engine::ReadError& error) {
      raise(error);
    }
    return &rows_;
  }
  void rewind() override { scan_.reset(); }

 private:
  engine::Snapshot& snapshot_;
  const size_t output_;
  const std::vector<uint32_t> columns_;
  Execution& execution_;
  std::unique_ptr<engine::Scan> scan_;
  Chunk rows_;
};

bool is_system(const catalog::Relation& relation) {
  return relation.kind == catalog::RelationKind::kSystem &&
         relation.name != engine::ErrorRelation::info().name;
}

}  // namespace

void raise(const engine::ReadError& error) {
  switch (error.reason()) {
    case engine::ReadEnd::kPinLost:
      throw QueryError(ErrorCode::kSnapshotTooOld,
                       "the query took so long that the rows it reads are no longer kept");
    case engine::ReadEnd::kCancelled:
      throw QueryError(ErrorCode::kQueryCanceled, "canceling statement due to user request");
    case engine::ReadEnd::kDeadline:
      throw QueryError(ErrorCode::kQueryCanceled, "canceling statement due to statement timeout");
    case engine::ReadEnd::kStopped:
      throw QueryError(ErrorCode::kQueryCanceled, "the pipeline is shutting down");
    case engine::ReadEnd::kNotWhole:
      throw QueryError(ErrorCode::kNotInPrerequisiteState, error.what());
  }
  __builtin_unreachable();
}

size_t EngineRelations::output_of(const catalog::Relation& relation) const {
  if (relation.name == engine::ErrorRelation::info().name) return pipeline_.outputs.size();
  for (size_t i = 0; i < pipeline_.outputs.size(); ++i) {
    if (pipeline_.outputs[i].name == relation.name && pipeline_.outputs[i].is_readable) return i;
  }
  throw QueryError(ErrorCode::kFeatureNotSupported,
                   fmt::format("the rows of \"{}\" are not kept", relation.name));
}

OperatorPtr EngineRelations::scan(const catalog::Relation& relation, std::vector<uint32_t> columns,
                                  Execution& execution) {
  if (is_system(relation)) {
    const Limits& limits = execution.limits();
    std::vector<sql::TypeId> types;
    for (const uint32_t column : columns) types.push_back(relation.columns[column].type.id);
    try {
      return scan_system_rows(limits.system->rows(relation, limits.session), std::move(columns), types,
                              execution);
    } catch (const engine::ReadError& error) {
      raise(error);
    }
  }
  return std::make_unique<ScanOperator>(*snapshot_, output_of(relation), std::move(columns), execution);
}

std::vector<uint32_t> EngineRelations::key(const catalog::Relation& relation) const {
  if (is_system(relation)) return {};
  const size_t output = output_of(relation);
  if (output == pipeline_.outputs.size()) return {};
  const std::span<const uint32_t> key = pipeline_.outputs[output].key;
  return {key.begin(), key.end()};
}

std::span<const RelationIndex> EngineRelations::indexes(const catalog::Relation& relation) const {
  const auto found = indexes_.find(&relation);
  return found == indexes_.end() ? std::span<const RelationIndex>() : found->second;
}

std::optional<std::vector<Datum>> EngineRelations::keys(const RelationIndex& index,
                                                        std::span<const Datum> values, Arena& memory) {
  // A row that is looked up costs about as much as fifty that are scanned.
  constexpr size_t kMost = 16 * 1024;
  try {
    return snapshot_->keys(index.number, values, kMost, memory);
  } catch (const engine::ReadError& error) {
    raise(error);
  }
}

Chunk EngineRelations::find(const catalog::Relation& relation, const std::vector<uint32_t>& columns,
                            std::span<const Datum> key) {
  try {
    return snapshot_->find(output_of(relation), columns, key);
  } catch (const engine::ReadError& error) {
    raise(error);
  }
}

}  // namespace sqlmill::rt::query
