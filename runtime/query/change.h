// INSERT, UPDATE and DELETE: computes what a statement changes from the rows as they are.
#pragma once

#include <memory>

#include "compiler/bind/bind.h"
#include "runtime/query/builder.h"
#include "runtime/query/kept_chunks.h"

namespace sqlmill::rt::query {

/// Which rows an INSERT puts into its table, or an UPDATE or DELETE looks at, for EXPLAIN.
plan::NodeRef rows_of_change(const bind::BoundStatement& statement);

/// What a statement has computed. Texts are borrowed from the Change.
struct ChangedRows {
  std::vector<int64_t> numbers;  // Of an UPDATE or DELETE: as ops::kRowNumber gives them, each once,
  std::vector<Chunk> before;     // the rows that have these numbers,
  std::vector<Chunk> after;      // and what they become, or the rows of an INSERT; all declared columns.
};

/// Of one run of a statement.
class Change {
 public:
  /// `columns`: of RETURNING. `keeps_before`: ChangedRows::before is wanted.
  Change(Execution& execution, const std::vector<plan::OutputColumn>& columns, bool keeps_before);

  /// Throw QueryError.
  ChangedRows insert(const bind::InsertStatement& statement, Relations& relations);
  ChangedRows update(const bind::UpdateStatement& statement, Relations& relations);
  ChangedRows remove(const bind::DeleteStatement& statement, Relations& relations);

  uint64_t rows() const { return rows_; }
  /// What RETURNING gives.
  const std::vector<Chunk>& returned() const { return returned_.chunks(); }

 private:
  KeptChunks& kept_rows(const catalog::Relation& table);

  Execution& execution_;
  KeptChunks returned_;
  const bool keeps_before_;
  std::vector<std::unique_ptr<KeptChunks>> memory_;  // Of ChangedRows.
  uint64_t rows_ = 0;
};

}  // namespace sqlmill::rt::query
