// Statements that are for the session: settings, transactions, prepared statements, cursors, COPY, and what
// RisingWave's SHOW and FLUSH are. They are recognised here; everything else is the query engine's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/query/live_result.h"
#include "runtime/query/temporary_tables.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::pgwire {

namespace command {

/// SQL inside the statement, which is the query engine's.
struct InnerSql {
  std::string sql;
  uint32_t begin = 0;  // In bytes of the statement.
};

struct TransactionModes {
  std::optional<std::string> isolation;
  std::optional<bool> read_only;
};
struct Begin {
  TransactionModes modes;
  bool is_start = false;  // START TRANSACTION, which is its tag.
};
struct End {
  bool is_commit;
  bool and_chain = false;
};
struct Savepoint {
  enum class What : uint8_t { kSet, kRelease, kRollback } what;
  std::string name;
};
struct SetModes {  // SET TRANSACTION; SET SESSION CHARACTERISTICS AS TRANSACTION.
  TransactionModes modes;
  bool of_session;
};

struct Set {
  std::string name;
  std::optional<std::string> value;  // Nothing: DEFAULT.
  bool is_local = false;
};
struct Reset {
  std::string name;  // Empty: ALL.
};
struct Show {
  std::string name;  // Empty: ALL.
};
enum class RelationKind : uint8_t { kTable, kView, kMaterializedView, kSource, kSink, kOther };
struct ShowRelations {
  RelationKind kind;
};
struct ShowColumns {  // DESCRIBE too.
  std::string relation;
  bool is_describe;
};
struct ShowCreate {
  std::string relation;
};
struct Discard {
  std::string what;  // all, plans, sequences, temp
};

struct Prepare {
  std::string name;
  std::vector<sql::Type> types;
  InnerSql statement;
};
struct Execute {
  std::string name;
  InnerSql arguments;  // Empty: none.
};
struct Deallocate {
  std::string name;  // Empty: ALL.
};

struct Declare {
  std::string name;
  bool is_binary = false;
  bool can_scroll = false;
  bool with_hold = false;
  InnerSql query;
};
/// DECLARE … SUBSCRIPTION CURSOR, which follows a relation.
struct DeclareSubscription {
  std::string name;
  std::string relation;
  query::LiveStart start;
};
struct Fetch {
  enum class Direction : uint8_t { kForward, kBackward, kAbsolute, kRelative };
  static constexpr int64_t kAll = INT64_MAX;

  std::string name;
  Direction direction = Direction::kForward;
  int64_t count = 1;
  bool is_move = false;
  std::chrono::milliseconds timeout{0};  // For which it waits for a change, of a subscription cursor.
};
struct CloseCursor {
  std::string name;  // Empty: ALL.
};

enum class CopyFormat : uint8_t { kText, kCsv, kBinary };
struct CopyOptions {
  CopyFormat format = CopyFormat::kText;
  bool header = false;
  std::optional<char> delimiter;
  std::optional<std::string> null;
  char quote = '"';
  std::optional<char> escape;
  bool force_quote = false;  // All columns.
};
struct Copy {
  bool is_from = false;
  std::string relation;              // Or a query.
  std::vector<std::string> columns;  // Empty: all.
  InnerSql query;
  CopyOptions options;
};

struct Flush {};
/// Not for a pipeline that is fixed.
struct Refused {
  std::string message;
  std::string hint;
};
/// CREATE TEMPORARY TABLE, SELECT … INTO TEMPORARY.
struct CreateTemporary {
  std::string name;
  bool if_not_exists = false;
  query::OnCommit on_commit = query::OnCommit::kPreserveRows;
  InnerSql definition;  // CREATE TABLE as a pipeline's file has it, in its place of the statement.
  InnerSql query;       // Or what gives the rows,
  std::vector<std::string> columns;  // and names for its first columns.
  bool with_data = true;
};
/// Of tables that may be temporary ones; `refused` says what it means of others.
struct OfTemporary {
  struct Name {
    std::string schema;  // Empty: none was given, or that of temporary tables.
    std::string name;
  };
  enum class What : uint8_t { kDrop, kTruncate, kIndex } what;
  std::vector<Name> names;
  bool if_exists = false;
  Refused refused;
};
/// Has nothing to do here and is right all the same: LISTEN, REFRESH MATERIALIZED VIEW, VACUUM.
struct Nothing {
  std::string tag;
};

}  // namespace command

using Command =
    std::variant<command::Begin, command::End, command::Savepoint, command::SetModes, command::Set,
                 command::Reset, command::Show, command::ShowRelations, command::ShowColumns,
                 command::ShowCreate, command::Discard, command::Prepare, command::Execute,
                 command::Deallocate, command::Declare, command::DeclareSubscription, command::Fetch,
                 command::CloseCursor, command::Copy, command::Flush, command::CreateTemporary,
                 command::OfTemporary, command::Nothing, command::Refused>;

/// Of one statement. Nothing: it is the query engine's. Throws WireError for one that is the session's and
/// wrong.
std::optional<Command> read_command(std::string_view sql);

/// As it is written again: quoted where it must be.
std::string quoted_name(std::string_view name);

}  // namespace sqlmill::rt::pgwire
