#include "runtime/query/temporary_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/query/group_table.h"
#include "runtime/query/overlay.h"
#include "runtime/query/table_columns.h"

namespace sqlmill::rt::query {

namespace {

std::vector<const Vector*> all_columns(const Chunk& chunk) {
  std::vector<const Vector*> columns;
  for (const Vector& column : chunk.columns) columns.push_back(&column);
  return columns;
}

[[noreturn]] void fail_twice(const catalog::Relation& table) {
  throw CommitError("23505",
                    fmt::format("duplicate key value violates unique constraint \"{}_pkey\"", table.name));
}

/// The numbers of the rows that have a key of one of those that are added, which must be different ones.
std::vector<int64_t> numbers_of_keys(const catalog::Relation& table, const TemporaryBlocks& blocks,
                                     const std::vector<Chunk>& added) {
  if (table.primary_key.empty() || added.empty()) return {};
  const Limits limits;
  Execution execution(limits, {});
  GroupTable keys(0, key_types(table), execution);
  std::vector<uint32_t> groups(sql::kVectorRows);
  uint64_t rows = 0;
  for (const Chunk& chunk : added) {
    keys.find_or_add(key_columns(table, chunk), nullptr, chunk.rows, groups.data(), [](char*) {});
    rows += chunk.rows;
  }
  if (keys.rows().size() != rows) fail_twice(table);
  std::vector<int64_t> numbers;
  int64_t first = 0;
  for (const auto& block : blocks) {
    for (const Chunk& chunk : block->chunks()) {
      keys.find(key_columns(table, chunk), chunk.rows, groups.data());
      for (uint32_t i = 0; i < chunk.rows; ++i) {
        if (groups[i] != state::HashIndex::kNone) numbers.push_back(first + i);
      }
      first += chunk.rows;
    }
  }
  return numbers;
}

}  // namespace

TemporaryBlock::TemporaryBlock(const catalog::Relation& table) : rows_(types_of(table), execution_) {}

void TemporaryBlock::add(const Chunk& chunk, int64_t first, const std::vector<int64_t>& without) {
  const std::vector<const Vector*> columns = all_columns(chunk);
  for (uint32_t i = 0; i < chunk.rows; ++i) {
    if (!std::binary_search(without.begin(), without.end(), first + i)) rows_.add(columns, i);
  }
}

std::shared_ptr<const SystemCatalog> TemporaryTables::system(const SystemCatalog& of_pipeline) {
  if (!system_) {
    std::vector<const catalog::Relation*> relations;
    for (const auto& [name, table] : tables_) relations.push_back(table.relation.get());
    system_ = std::make_shared<const SystemCatalog>(of_pipeline, relations);
  }
  return system_;
}

void TemporaryTables::changed() {
  ++version_;
  system_.reset();
  std::vector<std::shared_ptr<const catalog::Relation>> relations;
  for (const auto& [name, table] : tables_) relations.push_back(table.relation);
  catalog_ = std::make_shared<const catalog::Catalog>(pipeline_, relations);
}

const catalog::Relation& TemporaryTables::create(catalog::Relation relation, OnCommit on_commit) {
  auto kept = std::make_shared<const catalog::Relation>(std::move(relation));
  tables_[kept->name] = {kept, on_commit, {}};
  changed();
  return *kept;
}

void TemporaryTables::drop(std::string_view name) {
  tables_.erase(tables_.find(name));
  changed();
}

void TemporaryTables::clear() {
  if (tables_.empty()) return;
  tables_.clear();
  changed();
}

void TemporaryTables::commit() {
  const size_t dropped =
      std::erase_if(tables_, [](const auto& entry) { return entry.second.on_commit == OnCommit::kDrop; });
  if (dropped > 0) changed();
  for (auto& [name, table] : tables_) {
    if (table.on_commit == OnCommit::kDeleteRows) table.blocks.clear();
  }
}

void TemporaryTables::go_back(State state) {
  const bool same =
      std::equal(state.begin(), state.end(), tables_.begin(), tables_.end(),
                 [](const auto& a, const auto& b) { return a.second.relation == b.second.relation; });
  tables_ = std::move(state);
  if (!same) changed();
}

const TemporaryTables::Table* TemporaryTables::find(const catalog::Relation& relation) const {
  const auto found = tables_.find(relation.name);
  return found != tables_.end() && found->second.relation.get() == &relation ? &found->second : nullptr;
}

void TemporaryTables::apply(const catalog::Relation& relation, const ChangedRows& rows, bool overwrites) {
  const auto found = tables_.find(relation.name);
  if (found == tables_.end() || found->second.relation.get() != &relation)
    throw CommitError("42P01", fmt::format("relation \"{}\" does not exist", relation.name));
  std::vector<int64_t> gone = rows.numbers;
  std::sort(gone.begin(), gone.end());
  for (const int64_t number : numbers_of_keys(relation, found->second.blocks, rows.after)) {
    if (std::binary_search(gone.begin(), gone.end(), number)) continue;
    if (!overwrites) fail_twice(relation);
    gone.push_back(number);
  }
  std::sort(gone.begin(), gone.end());
  TemporaryBlocks blocks;
  int64_t first = 0;
  for (const auto& block : found->second.blocks) {
    const int64_t end = first + static_cast<int64_t>(block->rows());
    const auto hit = std::lower_bound(gone.begin(), gone.end(), first);
    if (hit == gone.end() || *hit >= end) {
      blocks.push_back(block);
    } else {
      auto rest = std::make_shared<TemporaryBlock>(relation);
      int64_t number = first;
      for (const Chunk& chunk : block->chunks()) {
        rest->add(chunk, number, gone);
        number += chunk.rows;
      }
      if (rest->rows() > 0) blocks.push_back(std::move(rest));
    }
    first = end;
  }
  if (!rows.after.empty()) {
    auto fresh = std::make_shared<TemporaryBlock>(relation);
    // A row for each INSERT would be a block for each row.
    if (!blocks.empty() && blocks.back()->rows() < sql::kVectorRows) {
      for (const Chunk& chunk : blocks.back()->chunks()) fresh->add(chunk);
      blocks.pop_back();
    }
    for (const Chunk& chunk : rows.after) fresh->add(chunk);
    blocks.push_back(std::move(fresh));
  }
  size_t bytes = 0;
  for (const auto& [name, table] : tables_) {
    for (const auto& block : &table == &found->second ? blocks : table.blocks) bytes += block->bytes();
  }
  if (bytes > kMaxBytes && !rows.after.empty()) {
    throw QueryError(
        ErrorCode::kOutOfMemory,
        fmt::format("the temporary tables of a session may have {} MiB together", kMaxBytes >> 20));
  }
  found->second.blocks = std::move(blocks);
}

}  // namespace sqlmill::rt::query
