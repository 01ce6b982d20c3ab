// Reading temporary tables.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/ops/reading.h"
#include "runtime/query/group_table.h"
#include "runtime/query/overlay.h"
#include "runtime/query/temporary_tables.h"

namespace sqlmill::rt::query {

namespace {

Chunk chunk_of(const catalog::Relation& table, std::span<const uint32_t> columns) {
  Chunk chunk;
  for (const uint32_t column : columns)
    chunk.columns.emplace_back(column == ops::kRowNumber ? TypeId::kBigint : table.columns[column].type.id);
  return chunk;
}

/// The number of a row is its place among all of them.
class TemporaryScan : public Operator {
 public:
  TemporaryScan(const catalog::Relation& table, TemporaryBlocks blocks, std::vector<uint32_t> columns,
                Execution& execution)
      : blocks_(std::move(blocks)),
        columns_(std::move(columns)),
        execution_(execution),
        out_(chunk_of(table, columns_)) {}

  const Chunk* next() override {
    execution_.check();
    for (; block_ < blocks_.size(); ++block_, chunk_ = 0) {
      const std::vector<Chunk>& chunks = blocks_[block_]->chunks();
      if (chunk_ >= chunks.size()) continue;
      const Chunk& in = chunks[chunk_++];
      for (size_t c = 0; c < columns_.size(); ++c) copy_column(in, columns_[c], out_.columns[c]);
      out_.rows = in.rows;
      number_ += in.rows;
      return &out_;
    }
    return nullptr;
  }
  void rewind() override {
    block_ = 0;
    chunk_ = 0;
    number_ = 0;
  }

 private:
  void copy_column(const Chunk& in, uint32_t column, Vector& out) const {
    if (column != ops::kRowNumber) return copy_rows(in.columns[column], 0, in.rows, out, 0);
    for (uint32_t i = 0; i < in.rows; ++i) out.set(i, number_ + i);
  }

  const TemporaryBlocks blocks_;
  const std::vector<uint32_t> columns_;
  Execution& execution_;
  Chunk out_;
  size_t block_ = 0;
  size_t chunk_ = 0;  // Of the block.
  int64_t number_ = 0;
};

}  // namespace

const TemporaryBlocks& TemporaryRelations::blocks(const catalog::Relation& relation) const {
  const auto found = tables_.find(relation.name);
  if (found == tables_.end() || found->second.relation.get() != &relation)
    throw CommitError("42P01", fmt::format("relation \"{}\" does not exist", relation.name));
  return found->second.blocks;
}

OperatorPtr TemporaryRelations::scan(const catalog::Relation& relation, std::vector<uint32_t> columns,
                                     Execution& execution) {
  if (!is_temporary(relation)) return base_.scan(relation, std::move(columns), execution);
  return std::make_unique<TemporaryScan>(relation, blocks(relation), std::move(columns), execution);
}

Chunk TemporaryRelations::find(const catalog::Relation& relation, const std::vector<uint32_t>& columns,
                               std::span<const Datum> keys) {
  if (!is_temporary(relation)) return base_.find(relation, columns, keys);
  const std::vector<uint32_t>& key = relation.primary_key;
  std::vector<TypeId> types;
  for (const uint32_t column : key) types.push_back(relation.columns[column].type.id);
  const auto count = static_cast<uint32_t>(keys.size() / key.size());
  Chunk wanted = chunk_of(relation, key);
  std::vector<const Vector*> wanted_columns;
  for (size_t c = 0; c < key.size(); ++c) {
    for (uint32_t i = 0; i < count; ++i) wanted.columns[c].set_datum(i, keys[i * key.size() + c]);
    wanted_columns.push_back(&wanted.columns[c]);
  }
  const Limits limits;
  Execution execution(limits, {});
  GroupTable table(0, types, execution);
  std::vector<uint32_t> numbers(sql::kVectorRows);
  table.find_or_add(wanted_columns, nullptr, count, numbers.data(), [](char*) {});
  Chunk out = chunk_of(relation, columns);
  for (const auto& block : blocks(relation)) {
    for (const Chunk& chunk : block->chunks()) {
      std::vector<const Vector*> there;
      for (const uint32_t column : key) there.push_back(&chunk.columns[column]);
      table.find(there, chunk.rows, numbers.data());
      for (uint32_t i = 0; i < chunk.rows; ++i) {
        if (numbers[i] == state::HashIndex::kNone) continue;
        for (size_t c = 0; c < columns.size(); ++c)
          copy_rows(chunk.columns[columns[c]], i, 1, out.columns[c], out.rows);
        ++out.rows;
      }
    }
  }
  return out;
}

}  // namespace sqlmill::rt::query
