// INSERT, UPDATE and DELETE: computes what a statement changes from the rows as they are.
#pragma once

#include <memory>

#include "compiler/bind/bind.h"
#include "runtime/engine/writers.h"
#include "runtime/query/builder.h"
#include "runtime/query/kept_chunks.h"

namespace sqlmill::rt::query {

/// Which rows an INSERT puts into its table, or an UPDATE or DELETE looks at, for EXPLAIN.
plan::NodeRef rows_of_change(const bind::BoundStatement& statement);

/// Of one run of a statement. What it borrows and owns must outlive the epoch that applies the write.
class Change {
 public:
  /// `columns`: of RETURNING.
  Change(Execution& execution, const std::vector<plan::OutputColumn>& columns);

  /// Throw QueryError.
  engine::TableWrite insert(const bind::InsertStatement& statement, Relations& relations, size_t input);
  engine::TableWrite update(const bind::UpdateStatement& statement, Relations& relations, size_t input);
  engine::TableWrite remove(const bind::DeleteStatement& statement, Relations& relations, size_t input);

  uint64_t rows() const { return rows_; }
  /// What RETURNING gives.
  const std::vector<Chunk>& returned() const { return returned_.chunks(); }

 private:
  Execution& execution_;
  KeptChunks returned_;
  std::vector<std::unique_ptr<KeptChunks>> memory_;  // Of the rows that are inserted.
  uint64_t rows_ = 0;
};

}  // namespace sqlmill::rt::query
