// Statements of a session: its variables, transactions, prepared statements, cursors and COPY. The parser
// makes them of what a client sent, never of a file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/expr.h"

namespace sqlmill::ast {

struct Statement;

/// `SET [LOCAL] name = a, b`. Special forms have the variable's name: SET TIME ZONE is timezone, SET NAMES
/// client_encoding, SET SCHEMA search_path.
struct SetVariable {
  bool local = false;
  std::string name;
  std::vector<std::string> values;  // Empty: DEFAULT.
};
/// `RESET name`; all: none.
struct ResetVariable {
  std::optional<std::string> name;
};
/// `SHOW name`, `SHOW ALL`; the lists of RisingWave are `Show`s, too: `SHOW TABLES FROM s LIKE 'a%'`, `SHOW
/// COLUMNS FROM t`, `SHOW CREATE MATERIALIZED VIEW v`, and DESCRIBE t is SHOW COLUMNS FROM t.
struct Show {
  std::string what;  // Lower case, single spaces: `timezone`, `all`, `tables`, `create materialized view`.
  std::optional<RelationName> relation;
  std::optional<Identifier> schema;
  std::optional<std::string> like;
};
/// `DISCARD ALL`.
struct Discard {
  std::string what;  // all, plans, sequences, temp
};
/// RisingWave's: returns when all that was written before is visible.
struct Flush {};

struct TransactionModes {
  std::optional<std::string> isolation;  // Lower case: `repeatable read`.
  std::optional<bool> read_only;
  std::optional<bool> deferrable;
};
enum class TransactionVerb : uint8_t {
  kBegin,
  kCommit,
  kRollback,
  kSavepoint,
  kRelease,
  kRollbackTo,
  kSet,         // SET TRANSACTION: of this one.
  kSetSession,  // SET SESSION CHARACTERISTICS: of those to come.
};
struct Transaction {
  TransactionVerb verb;
  TransactionModes modes;
  std::optional<Identifier> savepoint;
  bool chain = false;
};

struct Prepare {
  Identifier name;
  std::vector<TypeName> types;
  std::unique_ptr<Statement> statement;
};
struct Execute {
  Identifier name;
  std::vector<ExprPtr> arguments;
};
struct Deallocate {
  std::optional<Identifier> name;  // None: all.
};

/// `DECLARE c CURSOR FOR query`, and RisingWave's `DECLARE c SUBSCRIPTION CURSOR FOR view`.
struct DeclareCursor {
  Identifier name;
  bool binary = false;
  std::optional<bool> scroll;
  bool hold = false;
  std::unique_ptr<Statement> query;  // A SelectStatement; null: a subscription.
  std::optional<RelationName> subscribed;
};
enum class FetchDirection : uint8_t { kForward, kBackward, kAbsolute, kRelative };
/// FETCH, and MOVE, which gives no rows. NEXT is 1 forward, FIRST absolute 1, LAST absolute -1.
struct Fetch {
  Identifier cursor;
  FetchDirection direction = FetchDirection::kForward;
  std::optional<int64_t> count = 1;  // None: ALL.
  bool is_move = false;
};
struct CloseCursor {
  std::optional<Identifier> name;  // None: all.
};

/// `COPY t (a, b) FROM STDIN (FORMAT csv)`, `COPY (SELECT …) TO STDOUT`. Options of the older syntax are the
/// same options.
struct Copy {
  struct Setting {
    std::string name;  // Lower case.
    std::vector<std::string> values;
    Span span;
  };
  std::optional<RelationName> table;
  std::vector<Identifier> columns;
  std::unique_ptr<Statement> query;  // A SelectStatement, INSERT, UPDATE or DELETE; null: the table.
  bool from = false;
  std::optional<std::string> file;  // None: STDIN or STDOUT.
  std::vector<Setting> options;
};

}  // namespace sqlmill::ast
