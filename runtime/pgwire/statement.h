// Statements that are prepared, and portals: runs of them, whose rows are taken in parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/pgwire/commands.h"
#include "runtime/pgwire/row_writer.h"
#include "runtime/query/database.h"

namespace sqlmill::rt::pgwire {

struct Statement {
  std::string sql;
  std::optional<Command> command;                   // The session's,
  std::shared_ptr<const query::Prepared> prepared;  // or the query engine's. Neither: it is empty.
  std::vector<uint32_t> parameter_oids;             // As a client is told.
  uint64_t tables_version = 0;                      // Of the temporary tables that it was prepared with.
  base::Arena memory{256};
  std::vector<sql::Datum> literals;  // For all parameters of what was prepared: the client then has none.

  bool is_empty() const { return !command && !prepared; }
  /// Changes a table.
  bool is_write() const;
  /// It is a write, to a table of the session's own.
  bool is_temporary_write() const;
  const std::vector<sql::Type>& parameter_types() const;
  /// Takes microseconds, so that others may wait for it.
  bool is_quick() const;
};

/// Null: it gives no rows.
SharedColumns described(const query::Prepared& prepared);

/// Rows of a result, one after the other.
class RowStream {
 public:
  explicit RowStream(std::unique_ptr<query::Result> result) : result_(std::move(result)) {}

  /// The row at which it is; false: there is none left. It stays there until advance().
  bool has_row();
  void advance() { ++row_; }
  const sql::Chunk& chunk() const { return *chunk_; }
  uint32_t row() const { return row_; }
  query::Result& result() { return *result_; }
  /// Of what may have more rows behind its end.
  void resume() { at_end_ = false; }

 private:
  std::unique_ptr<query::Result> result_;
  const sql::Chunk* chunk_ = nullptr;
  uint32_t row_ = 0;
  bool at_end_ = false;
};

/// What is given to a run lives here, so members must go in the reverse order.
struct Portal {
  explicit Portal(std::shared_ptr<const Statement> run) : statement(std::move(run)) {}

  std::shared_ptr<const Statement> statement;
  base::Arena memory{1024};
  std::vector<sql::Datum> parameters;
  ResultFormats formats;
  SharedColumns described;  // Its rows; null: it gives none.
  std::stop_source stop;
  query::Limits limits;
  std::unique_ptr<RowStream> rows;  // Once it has begun, if it gives any.
  bool has_begun = false;
  std::string tag;  // Where no rows are.

  const Columns& columns() const;
};

}  // namespace sqlmill::rt::pgwire
