// ON CONFLICT: which rows of an INSERT come, and which change a row that is there.
#pragma once

#include "compiler/bind/bind.h"
#include "runtime/query/builder.h"
#include "runtime/query/group_table.h"

namespace sqlmill::rt::query {

class ConflictResolution {
 public:
  /// Of a statement that has ON CONFLICT.
  ConflictResolution(const bind::InsertStatement& statement, Relations& relations, Builder& builder);

  /// The rows, with the table's columns, that these rows put into the table: new ones, and changed ones in
  /// the place of those that are there. Null: none. Valid until the next call.
  const Chunk* resolve(const Chunk& rows);

 private:
  void find_existing(const Chunk& rows);
  void take(const Vector* const* columns, uint32_t row);
  bool update(const Chunk& rows, uint32_t row, uint32_t existing);

  const catalog::Relation& table_;
  const bind::ConflictAction& action_;
  Relations& relations_;
  Evaluation evaluation_;
  std::vector<std::pair<uint32_t, ExpressionPtr>> assignments_;
  ExpressionPtr where_;
  GroupTable keys_;  // Of rows that this statement has put in or changed.
  Chunk existing_;
  std::vector<uint32_t> existing_of_;  // By row of the chunk: a row of existing_, or HashIndex::kNone.
  Chunk pair_;                         // The row as it is, then as it was to be inserted.
  Chunk out_;
};

}  // namespace sqlmill::rt::query
