// Tables that one session has for itself, until it ends: what they are, and their rows.
//
// The rows of a table are blocks that never change: a statement makes new ones, beside or in place of the old
// ones. So whoever reads keeps what it has begun to read, and a transaction goes back to where it began, or
// to a savepoint, by taking the old blocks again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/catalog/catalog.h"
#include "runtime/query/change.h"
#include "runtime/query/system_catalog.h"

namespace sqlmill::rt::query {

/// What COMMIT does with a table.
enum class OnCommit : uint8_t { kPreserveRows, kDeleteRows, kDrop };

/// Rows of one statement or of several. Never changes once it is in a table.
class TemporaryBlock {
 public:
  explicit TemporaryBlock(const catalog::Relation& table);

  /// Rows of the chunk, all of them or those whose numbers, of which `first` is that of row 0, `without` has
  /// not. Throws QueryError if there is no memory.
  void add(const Chunk& chunk, int64_t first, const std::vector<int64_t>& without);
  void add(const Chunk& chunk) { add(chunk, 0, {}); }

  const std::vector<Chunk>& chunks() const { return rows_.chunks(); }
  uint64_t rows() const { return rows_.rows(); }
  size_t bytes() const { return execution_.used_bytes(); }

 private:
  const Limits limits_;
  Execution execution_{limits_, {}};
  KeptChunks rows_;
};

using TemporaryBlocks = std::vector<std::shared_ptr<const TemporaryBlock>>;

/// For one thread at a time.
class TemporaryTables {
 public:
  /// Of all tables of a session.
  static constexpr size_t kMaxBytes = size_t{64} << 20;

  struct Table {
    std::shared_ptr<const catalog::Relation> relation;
    OnCommit on_commit = OnCommit::kPreserveRows;
    TemporaryBlocks blocks;
  };
  /// What there is at a moment, to go back to.
  using State = std::map<std::string, Table, std::less<>>;

  /// `pipeline` must outlive it.
  explicit TemporaryTables(const catalog::Catalog& pipeline) : pipeline_(pipeline) {}

  bool empty() const { return tables_.empty(); }
  /// Another number after each change of what tables there are; what was prepared before may mean another
  /// one.
  uint64_t version() const { return version_; }
  /// The pipeline's relations and these. What is bound to it may be used as long as it is held.
  std::shared_ptr<const catalog::Catalog> catalog() const { return catalog_; }
  /// pg_catalog and information_schema with these tables.
  std::shared_ptr<const SystemCatalog> system(const SystemCatalog& of_pipeline);

  bool contains(std::string_view name) const { return tables_.contains(name); }
  /// The name must be free. The relation's schema must be kTemporarySchema.
  const catalog::Relation& create(catalog::Relation relation, OnCommit on_commit);
  /// It must be there.
  void drop(std::string_view name);
  void truncate(std::string_view name) { tables_.find(name)->second.blocks.clear(); }
  void clear();
  /// What ON COMMIT says.
  void commit();

  /// Applies what a statement has computed from the rows as they are; `overwrites`: rows that are there make
  /// way for those of the same key. Throws QueryError or CommitError, and then nothing has changed.
  void apply(const catalog::Relation& table, const ChangedRows& rows, bool overwrites);
  void append(const catalog::Relation& table, const std::vector<Chunk>& rows) {
    apply(table, {{}, {}, rows}, false);
  }

  const State& state() const { return tables_; }
  void go_back(State state);
  /// Null: the relation is none of these, or has gone.
  const Table* find(const catalog::Relation& relation) const;

 private:
  void changed();

  const catalog::Catalog& pipeline_;
  State tables_;
  uint64_t version_ = 0;
  std::shared_ptr<const catalog::Catalog> catalog_;
  std::shared_ptr<const SystemCatalog> system_;  // Made when somebody asks.
};

inline bool is_temporary(const catalog::Relation& relation) {
  return relation.schema == catalog::kTemporarySchema;
}

/// Relations of a statement in a session that has temporary tables: as they are when this is made.
class TemporaryRelations : public Relations {
 public:
  TemporaryRelations(std::unique_ptr<Relations> base, const TemporaryTables& tables)
      : owned_(std::move(base)), base_(*owned_), tables_(tables.state()) {}
  /// `base` must outlive it.
  TemporaryRelations(Relations& base, const TemporaryTables& tables) : base_(base), tables_(tables.state()) {}

  OperatorPtr scan(const catalog::Relation& relation, std::vector<uint32_t> columns,
                   Execution& execution) override;
  std::vector<uint32_t> key(const catalog::Relation& relation) const override {
    return is_temporary(relation) ? std::vector<uint32_t>() : base_.key(relation);
  }
  /// Of a temporary table by its primary key; all its rows are looked at.
  Chunk find(const catalog::Relation& relation, const std::vector<uint32_t>& columns,
             std::span<const Datum> keys) override;
  std::span<const RelationIndex> indexes(const catalog::Relation& relation) const override {
    return is_temporary(relation) ? std::span<const RelationIndex>() : base_.indexes(relation);
  }
  std::optional<std::vector<Datum>> keys(const RelationIndex& index, std::span<const Datum> values,
                                         Arena& memory) override {
    return base_.keys(index, values, memory);
  }

 private:
  const TemporaryBlocks& blocks(const catalog::Relation& relation) const;

  const std::unique_ptr<Relations> owned_;
  Relations& base_;
  const TemporaryTables::State tables_;
};

}  // namespace sqlmill::rt::query
