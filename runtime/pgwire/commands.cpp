#include "runtime/pgwire/commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/pgwire/command_reader.h"
#include "runtime/pgwire/copy_options.h"
#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/temporary_commands.h"
#include "runtime/sql/datetime_text.h"

namespace sqlmill::rt::pgwire {

namespace {

using namespace command;

// ---- Transactions ----

TransactionModes read_modes(CommandReader& words) {
  TransactionModes modes;
  while (!words.at_end()) {
    if (words.take("isolation", "level")) {
      if (words.take("read", "committed"))
        modes.isolation = "read committed";
      else if (words.take("read", "uncommitted"))
        modes.isolation = "read uncommitted";
      else if (words.take("repeatable", "read"))
        modes.isolation = "repeatable read";
      else if (words.take("serializable"))
        modes.isolation = "serializable";
      else
        words.fail();
    } else if (words.take("read", "only")) {
      modes.read_only = true;
    } else if (words.take("read", "write")) {
      modes.read_only = false;
    } else if (!words.take("deferrable") && !words.take("not", "deferrable")) {
      words.fail();
    }
    words.take_symbol(',');
  }
  return modes;
}

void take_work(CommandReader& words) {
  words.take_any({"work", "transaction"});
}

End read_end(CommandReader& words, bool is_commit) {
  take_work(words);
  End end{is_commit};
  if (words.take("and")) {
    end.and_chain = !words.take("no");
    words.expect("chain");
  }
  return end;
}

std::optional<Command> read_transaction(CommandReader& words) {
  if (words.take("begin")) {
    take_work(words);
    return Begin{read_modes(words)};
  }
  if (words.take("start")) {
    words.expect("transaction");
    return Begin{read_modes(words), true};
  }
  if (words.take_any({"commit", "end"})) {
    if (words.sees("prepared")) return Refused{"prepared transactions are not supported", ""};
    return read_end(words, true);
  }
  if (words.take_any({"rollback", "abort"})) {
    if (words.sees("prepared")) return Refused{"prepared transactions are not supported", ""};
    take_work(words);
    if (!words.take("to")) return read_end(words, false);
    words.take("savepoint");
    return Savepoint{Savepoint::What::kRollback, words.name()};
  }
  if (words.take("savepoint")) return Savepoint{Savepoint::What::kSet, words.name()};
  if (words.take("release")) {
    words.take("savepoint");
    return Savepoint{Savepoint::What::kRelease, words.name()};
  }
  return std::nullopt;
}

// ---- Settings ----

std::string setting_name(CommandReader& words) {
  std::string name = words.name();
  while (words.take_symbol('.')) name += "." + words.name();
  return name;
}

std::optional<std::string> setting_value(CommandReader& words) {
  if (words.take("default")) return std::nullopt;
  std::string value = words.value();
  while (words.take_symbol(',')) value += ", " + words.value();
  return value;
}

Command read_set(CommandReader& words) {
  if (words.take("session", "characteristics")) {
    words.expect("as");
    words.expect("transaction");
    return SetModes{read_modes(words), true};
  }
  Set set;
  set.is_local = words.take("local");
  if (!set.is_local && words.sees("session") && !words.sees("authorization", 1)) words.take("session");
  if (words.take("transaction")) {
    if (words.sees("snapshot")) return Refused{"snapshots of other transactions are not supported", ""};
    return SetModes{read_modes(words), false};
  }
  if (words.take("time", "zone")) {
    set.name = "timezone";
    if (words.take("interval")) {
      set.value = words.value();
      while (!words.at_end()) words.name();  // HOUR TO MINUTE
      return set;
    }
    set.value = words.take("local") ? std::nullopt : setting_value(words);
    return set;
  }
  if (words.take("names")) {
    set.name = "client_encoding";
    set.value = setting_value(words);
    return set;
  }
  if (words.take("session", "authorization")) {
    set.name = "session_authorization";
    set.value = setting_value(words);
    return set;
  }
  if (words.sees("role")) {
    set.name = words.name();
    if (!words.take_symbol('=')) words.take("to");
    set.value = setting_value(words);
    return set;
  }
  set.name = setting_name(words);
  words.expect_if(words.take("to") || words.take_symbol('='));
  set.value = setting_value(words);
  return set;
}

Command read_reset(CommandReader& words) {
  if (words.take("all")) return Reset{};
  if (words.take("time", "zone")) return Reset{"timezone"};
  if (words.take("session", "authorization")) return Reset{"session_authorization"};
  return Reset{setting_name(words)};
}

std::optional<RelationKind> relation_kind(CommandReader& words) {
  if (words.take("tables")) return RelationKind::kTable;
  if (words.take("materialized", "views")) return RelationKind::kMaterializedView;
  if (words.take("views")) return RelationKind::kView;
  if (words.take("sources")) return RelationKind::kSource;
  if (words.take("sinks")) return RelationKind::kSink;
  if (words.take_any({"indexes", "connections", "functions", "subscriptions", "secrets"}))
    return RelationKind::kOther;
  if (words.take("internal", "tables")) return RelationKind::kOther;
  return std::nullopt;
}

Command read_show(CommandReader& words) {
  if (words.take("all")) return Show{};
  if (words.take("transaction", "isolation")) {
    words.expect("level");
    return Show{"transaction_isolation"};
  }
  if (words.take("time", "zone")) return Show{"timezone"};
  if (words.take("session", "authorization")) return Show{"session_authorization"};
  if (words.take("columns")) {
    words.expect_if(words.take("from") || words.take("in"));
    return ShowColumns{words.relation_name(), false};
  }
  if (words.take("create")) {
    words.take("materialized");
    words.expect_if(words.take_any({"table", "view", "source", "sink", "index"}));
    return ShowCreate{words.relation_name()};
  }
  if (const std::optional<RelationKind> kind = relation_kind(words)) {
    if (words.take("from")) words.name();  // The schema; there is one.
    return ShowRelations{*kind};
  }
  return Show{setting_name(words)};
}

// ---- Prepared statements and cursors ----

Prepare read_prepare(CommandReader& words) {
  Prepare prepare;
  prepare.name = words.name();
  if (words.take_symbol('(')) {
    do prepare.types.push_back(words.type());
    while (words.take_symbol(','));
    words.expect_symbol(')');
  }
  words.expect("as");
  prepare.statement = words.rest();
  return prepare;
}

query::LiveStart read_start(CommandReader& words) {
  using From = query::LiveStart::From;
  if (words.take("full") || !words.take("since")) return {};
  if (words.take_any({"now", "proctime"})) {
    words.expect_symbol('(');
    words.expect_symbol(')');
    return {From::kNow, ""};
  }
  return {From::kEpoch, words.value()};
}

Command read_declare(CommandReader& words) {
  Declare declare;
  declare.name = words.name();
  if (words.take("subscription", "cursor")) {
    words.expect("for");
    DeclareSubscription subscription{declare.name, words.relation_name(), {}};
    subscription.start = read_start(words);
    return subscription;
  }
  while (!words.take("cursor")) {
    if (words.take("binary"))
      declare.is_binary = true;
    else if (words.take("scroll"))
      declare.can_scroll = true;
    else
      words.expect_if(words.take("no", "scroll") || words.take_any({"insensitive", "asensitive"}));
  }
  if (words.take("with", "hold"))
    declare.with_hold = true;
  else
    words.take("without", "hold");
  words.expect("for");
  declare.query = words.rest();
  return declare;
}

int64_t fetch_count(CommandReader& words) {
  if (words.take("all")) return Fetch::kAll;
  const Word* word = words.peek();
  if (word && (word->kind == Word::Kind::kNumber || word->is_symbol('-') || word->is_symbol('+')))
    return words.integer();
  return 1;
}

/// `WITH (timeout = '5s')`, at most ten days.
std::chrono::milliseconds read_timeout(CommandReader& words) {
  if (!words.take("with")) return std::chrono::milliseconds(0);
  words.expect_symbol('(');
  words.expect("timeout");
  words.expect_symbol('=');
  const std::string text = words.value();
  words.expect_symbol(')');
  base::Arena arena(256);
  sql::Context context(arena);
  const sql::Interval time = sql::interval_from_text(context, text);
  constexpr int64_t kMicrosPerMilli = 1000;
  constexpr int64_t kMostMillis = 10 * sql::kMicrosPerDay / kMicrosPerMilli;
  if (context.failed() || time.months != 0 || time.days < 0 || time.micros < 0)
    throw WireError("22023", fmt::format("invalid timeout: \"{}\"", text), "'5s' and '1 minute' are such.");
  const int64_t days = std::min<int64_t>(time.days, 10);
  return std::chrono::milliseconds(std::min(
      kMostMillis,
      (days * sql::kMicrosPerDay + std::min(time.micros, 10 * sql::kMicrosPerDay)) / kMicrosPerMilli));
}

Fetch read_fetch(CommandReader& words, bool is_move) {
  using Direction = Fetch::Direction;
  Fetch fetch;
  fetch.is_move = is_move;
  // A direction's name may be a cursor's: the last word is always that.
  const bool has_more = words.peek(1) != nullptr;
  if (has_more && words.take("next")) {
  } else if (has_more && words.take("prior")) {
    fetch.direction = Direction::kBackward;
  } else if (has_more && words.take("first")) {
    fetch.direction = Direction::kAbsolute;
  } else if (has_more && words.take("last")) {
    fetch.direction = Direction::kAbsolute;
    fetch.count = -1;
  } else if (has_more && words.take("absolute")) {
    fetch.direction = Direction::kAbsolute;
    fetch.count = words.integer();
  } else if (has_more && words.take("relative")) {
    fetch.direction = Direction::kRelative;
    fetch.count = words.integer();
  } else if (has_more && words.take("backward")) {
    fetch.direction = Direction::kBackward;
    fetch.count = fetch_count(words);
  } else {
    if (has_more) words.take("forward");
    fetch.count = fetch_count(words);
  }
  words.take_any({"from", "in"});
  fetch.name = words.name();
  fetch.timeout = read_timeout(words);
  const bool is_row = fetch.direction == Direction::kAbsolute || fetch.direction == Direction::kRelative;
  if (fetch.count < 0 && !is_row) {
    fetch.direction = fetch.direction == Direction::kForward ? Direction::kBackward : Direction::kForward;
    fetch.count = -fetch.count;
  }
  return fetch;
}

// ---- COPY ----

Copy read_copy(CommandReader& words) {
  Copy copy;
  if (words.sees_symbol('(')) {
    copy.query = words.in_parentheses();
  } else {
    copy.relation = words.relation_name();
    if (words.take_symbol('(')) {
      do copy.columns.push_back(words.name());
      while (words.take_symbol(','));
      words.expect_symbol(')');
    }
  }
  copy.is_from = words.take("from");
  if (!copy.is_from) words.expect("to");
  if (copy.is_from && copy.relation.empty()) words.fail();
  if (!words.take_any({"stdin", "stdout"})) {
    throw WireError("0A000", "COPY to or from a file or a program of the server is not supported",
                    "COPY ... TO STDOUT and COPY ... FROM STDIN work; psql's \\copy uses them.");
  }
  copy.options = read_copy_options(words, copy.is_from);
  return copy;
}

// ---- What a pipeline cannot do ----

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  return text;
}

/// `CREATE TABLE`, `DROP MATERIALIZED VIEW`: the words that say what it is.
std::string statement_name(const CommandReader& words) {
  std::string name = upper(words.peek()->text);
  for (size_t i = 1; i < 4 && words.peek(i); ++i) {
    const std::string& word = words.peek(i)->text;
    if (word == "or" || word == "replace" || word == "temp" || word == "temporary" || word == "unique")
      continue;
    name += " " + upper(word);
    if (word != "materialized") break;
  }
  return name;
}

std::optional<Command> read_refused(CommandReader& words) {
  for (const std::string_view word : {"create", "alter", "drop"}) {
    if (words.sees(word)) {
      return Refused{
          fmt::format("{} is not possible: what a pipeline is made of was fixed when it was compiled",
                      statement_name(words)),
          "Change the .sql file, build the pipeline again (sqlmill build) and start the new program."};
    }
  }
  if (words.sees("truncate"))
    return Refused{"TRUNCATE is not supported", "DELETE FROM removes all rows of a table."};
  for (const std::string_view word : {"grant", "revoke", "reassign", "security"}) {
    if (words.sees(word))
      return Refused{
          fmt::format("{} is not supported", upper(std::string(word))),
          "Who may connect, and who may only read, is in the file that the program was given with --users."};
  }
  for (const std::string_view word :
       {"do", "call", "merge", "cluster", "reindex", "comment", "load", "import", "notify"}) {
    if (words.sees(word)) return Refused{fmt::format("{} is not supported", upper(std::string(word))), ""};
  }
  return std::nullopt;
}

/// Modes that only those of DDL, and of one another's exclusion, would wait for: of these there are none.
Command read_lock(CommandReader& words) {
  words.take("table");
  words.take("only");
  do words.relation_name();
  while (words.take_symbol(','));
  words.take("in");
  const bool is_shared =
      (words.take("access", "share") || words.take("row", "share") || words.take("row", "exclusive")) &&
      words.sees("mode");
  if (!is_shared)
    return Refused{
        "LOCK is not supported but IN ACCESS SHARE, ROW SHARE and ROW EXCLUSIVE MODE",
        "A COMMIT fails with 40001 if another session has changed a row that it changes: run it again "
        "then."};
  words.take("mode");
  words.take("nowait");
  return Nothing{"LOCK TABLE"};
}

std::optional<Command> read_without_effect(CommandReader& words) {
  for (const std::string_view word : {"listen", "unlisten", "vacuum", "analyze", "checkpoint"}) {
    if (words.sees(word)) return Nothing{upper(std::string(word))};
  }
  // Views are always up to date.
  if (words.take("refresh", "materialized")) return Nothing{"REFRESH MATERIALIZED VIEW"};
  return std::nullopt;
}

/// Those that are read to their end.
std::optional<Command> read_known(CommandReader& words) {
  if (std::optional<Command> transaction = read_transaction(words)) return transaction;
  if (words.take("set")) return read_set(words);
  if (words.take("reset")) return read_reset(words);
  if (words.take("show")) return read_show(words);
  if (words.take("describe") || words.take("desc")) return ShowColumns{words.relation_name(), true};
  if (words.take("discard")) {
    words.expect_if(words.sees("all") || words.sees("plans") || words.sees("sequences") ||
                    words.sees("temp") || words.sees("temporary"));
    return Discard{words.name()};
  }
  if (words.sees("prepare") && words.sees("transaction", 1))
    return Refused{"prepared transactions are not supported", ""};
  if (words.take("prepare")) return read_prepare(words);
  if (words.take("execute")) {
    Execute execute{words.name(), {}};
    if (words.sees_symbol('(')) execute.arguments = words.in_parentheses();
    return execute;
  }
  if (words.take("deallocate")) {
    words.take("prepare");
    return words.take("all") ? Deallocate{} : Deallocate{words.name()};
  }
  if (words.take("declare")) return read_declare(words);
  if (words.take("fetch")) return read_fetch(words, false);
  if (words.take("move")) return read_fetch(words, true);
  if (words.take("close")) return words.take("all") ? CloseCursor{} : CloseCursor{words.name()};
  if (words.take("copy")) return read_copy(words);
  if (words.take("flush")) return Flush{};
  if (words.take("lock")) return read_lock(words);
  return std::nullopt;
}

}  // namespace

std::optional<Command> read_command(std::string_view sql) {
  // Most statements are none of these, and long ones are not taken apart for nothing.
  const std::vector<Word> first = words_of(sql.substr(0, std::min<size_t>(sql.size(), 16)));
  if (first.empty()) return std::nullopt;
  if (first[0].is("select") || first[0].is("with")) return read_select_into(sql);
  for (const std::string_view word : {"insert", "update", "delete", "explain", "values"}) {
    if (first[0].is(word)) return std::nullopt;
  }
  CommandReader words(sql);
  if (words.at_end()) return std::nullopt;
  std::optional<Command> command = read_known(words);
  if (command && !std::holds_alternative<Refused>(*command)) words.expect_end();
  if (!command) command = read_without_effect(words);
  if (!command) command = read_refused(words);
  const auto* refused = command ? std::get_if<Refused>(&*command) : nullptr;
  if (!refused) return command;
  std::optional<Command> temporary = read_temporary(sql, *refused);
  return temporary ? temporary : command;
}

std::string quoted_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace sqlmill::rt::pgwire
