// Preparing and beginning statements.
#include <fmt/format.h>

#include <utility>

#include "runtime/base/duty.h"
#include "runtime/pgwire/command_reader.h"
#include "runtime/pgwire/error_mapping.h"
#include "runtime/pgwire/session.h"
#include "runtime/pgwire/words.h"

namespace sqlmill::rt::pgwire {

namespace {

std::vector<sql::Type> types_of(const std::vector<uint32_t>& oids) {
  std::vector<sql::Type> types;
  for (const uint32_t oid : oids) {
    const std::optional<sql::Type> type = type_of(oid);
    if (!type) throw WireError("0A000", fmt::format("there is no type with the oid {}", oid));
    types.push_back(*type);
  }
  return types;
}

std::string_view write_name(const Statement& statement) {
  const auto& node = statement.prepared->bound().node;
  return std::holds_alternative<bind::InsertStatement>(node)   ? "INSERT"
         : std::holds_alternative<bind::UpdateStatement>(node) ? "UPDATE"
                                                               : "DELETE";
}

/// What may be said in a transaction that has failed.
bool ends_block(const Statement& statement) {
  if (!statement.command) return false;
  if (std::holds_alternative<command::End>(*statement.command)) return true;
  const auto* savepoint = std::get_if<command::Savepoint>(&*statement.command);
  return savepoint && savepoint->what == command::Savepoint::What::kRollback;
}

/// What stands between the commas that are in no parentheses.
std::vector<std::string> split_arguments(const std::string& text) {
  std::vector<std::string> arguments;
  const std::vector<Word> words = words_of(text);
  uint32_t begin = 0;
  int depth = 0;
  for (const Word& word : words) {
    depth += word.is_symbol('(') || word.is_symbol('[');
    depth -= word.is_symbol(')') || word.is_symbol(']');
    if (depth != 0 || !word.is_symbol(',')) continue;
    arguments.push_back(text.substr(begin, word.begin - begin));
    begin = word.end;
  }
  if (!words.empty()) arguments.push_back(text.substr(begin));
  return arguments;
}

/// `sql` with `arguments` in the places of its parameters.
std::string with_arguments(const std::string& sql, const std::vector<std::string>& arguments) {
  std::string out;
  uint32_t done = 0;
  for (const Word& word : words_of(sql)) {
    if (word.kind != Word::Kind::kParameter) continue;
    const size_t number = word.text.size() > 6 ? 0 : std::stoul("0" + word.text.substr(1));
    if (number < 1 || number > arguments.size()) continue;
    out += sql.substr(done, word.begin - done) + "(" + arguments[number - 1] + ")";
    done = word.end;
  }
  return out + sql.substr(done);
}

}  // namespace

/// `EXPLAIN … EXECUTE name (arguments)` as EXPLAIN of what was prepared; nothing of another statement.
std::optional<std::string> Session::explained(std::string_view sql) {
  const std::vector<Word> first = words_of(sql.substr(0, std::min<size_t>(sql.size(), 16)));
  if (first.empty() || !first[0].is("explain")) return std::nullopt;
  CommandReader words(sql);
  words.take("explain");
  if (words.sees_symbol('(')) words.in_parentheses();
  while (words.take_any({"analyze", "verbose"})) {
  }
  const Word* head = words.peek();
  if (!words.take("execute")) return std::nullopt;
  const std::shared_ptr<const Statement> prepared = statement(words.name());
  const command::InnerSql arguments = words.sees_symbol('(') ? words.in_parentheses() : command::InnerSql{};
  words.expect_end();
  return std::string(sql.substr(0, head->begin)) +
         with_arguments(prepared->sql, split_arguments(arguments.sql));
}

/// False: it is to be prepared as it is written.
bool Session::take_literals(std::string_view sql, Statement& statement) {
  std::optional<query::PreparedLiterals> found = database_.prepare_without_literals(sql);
  if (!found) return false;
  const std::vector<sql::Type>& types = found->prepared->parameter_types();
  sql::Context context(statement.memory);
  std::vector<sql::Datum> values;
  for (size_t i = 0; i < types.size(); ++i) {
    values.push_back(sql::from_text(context, types[i], found->literals[i].text));
    if (context.failed()) return false;
  }
  statement.literals = std::move(values);
  statement.prepared = std::move(found->prepared);
  return true;
}

std::shared_ptr<const Statement> Session::make_statement(std::string_view sql, std::vector<uint32_t> oids,
                                                         std::string_view text, uint32_t begin) {
  if (const std::optional<std::string> explained_sql = explained(sql))
    return make_statement(*explained_sql, {});
  auto made = std::make_shared<Statement>();
  made->sql = sql;
  made->tables_version = temporary_.version();
  try {
    made->command = read_command(sql);
  } catch (const WireError& error) {
    std::optional<uint32_t> position = error.position();
    if (position) *position += characters_before(text, begin);
    throw WireError(error.severity(), error.sqlstate(), error.what(), error.hint(), position);
  }
  if (made->command) return made;
  if (oids.empty() && temporary_.empty() && take_literals(sql, *made)) return made;
  try {
    made->prepared = database_.prepare(sql, types_of(oids), temporary_);
  } catch (const query::StatementError& error) {
    throw wire_error(error, text, begin);
  }
  made->parameter_oids = std::move(oids);
  const std::vector<sql::Type>& types = made->prepared->parameter_types();
  for (size_t i = 0; i < types.size(); ++i) {
    if (i >= made->parameter_oids.size()) made->parameter_oids.push_back(0);
    if (!type_of(made->parameter_oids[i]) || type_of(made->parameter_oids[i])->id == sql::TypeId::kUnknown)
      made->parameter_oids[i] = oid_of(types[i]);
  }
  return made;
}

void Session::check_allowed(const Statement& statement) const {
  if (block_ == Block::kFailed && !ends_block(statement)) {
    throw WireError("25P02",
                    "current transaction is aborted, commands ignored until end of transaction block");
  }
  const auto* copy = statement.command ? std::get_if<command::Copy>(&*statement.command) : nullptr;
  const bool is_copy_in = copy && copy->is_from && !temporary_.contains(copy->relation);
  if ((!statement.is_write() || statement.is_temporary_write()) && !is_copy_in) return;
  const std::string_view name = is_copy_in ? "COPY FROM" : write_name(statement);
  if (info_.is_read_only)
    throw WireError("42501", fmt::format("permission denied: the role \"{}\" may only read", info_.user));
  const bool is_read_only =
      settings_.is_on(block_ == Block::kNone ? "default_transaction_read_only" : "transaction_read_only");
  if (is_read_only)
    throw WireError("25006", fmt::format("cannot execute {} in a read-only transaction", name));
}

/// Its first statement pins the epoch that all of them read; READ COMMITTED pins none.
query::Transaction* Session::transaction() {
  if (block_ == Block::kNone) return nullptr;
  const std::string isolation = settings_.show("transaction_isolation");
  const bool reads_last = isolation == "read committed" || isolation == "read uncommitted";
  if (!reads_last && !transaction_.snapshot) {
    query::Limits limits;
    limits.stop = stop_.get_token();
    transaction_.snapshot = database_.pin(limits);
  }
  return &transaction_;
}

void Session::watch(const Portal& portal) {
  const uint64_t number = interrupt_.begin(portal.stop);
  const std::chrono::milliseconds timeout = settings_.statement_timeout();
  if (timeout.count() > 0) alarm_.set(timeout, number);
}

/// Runs it until its first rows can be taken, or to its end if it has none.
void Session::begin_portal(Portal& portal) {
  check_allowed(*portal.statement);
  if (!portal.statement->is_quick()) base::give_duty_away();
  portal.has_begun = true;
  watch(portal);
  if (portal.statement->command) {
    if (std::optional<std::string> tag = run_command(portal)) portal.tag = *std::move(tag);
    return;
  }
  run_statement(portal);
}

void Session::run_statement(Portal& portal) {
  portal.limits.stop = portal.stop.get_token();
  portal.limits.session = this;
  portal.limits.temporary = &temporary_;
  portal.limits.write_until = settings_.write_until();
  portal.rows = std::make_unique<RowStream>(
      database_.run(portal.statement->prepared,
                    portal.statement->literals.empty() ? portal.parameters : portal.statement->literals,
                    portal.limits, transaction()));
  portal.described = described(*portal.statement->prepared);
}

/// What begin_portal() has begun goes to the client; COPY has already said what it sends.
void Session::start(std::shared_ptr<Portal> portal, int64_t max_rows) {
  if (sending_ || copy_in_) return;
  sending_ = Sending();
  sending_->formats = portal->formats;
  sending_->portal = std::move(portal);
  sending_->rows_left = max_rows;
  sending_->ends_with_limit = max_rows != command::Fetch::kAll;
}

std::shared_ptr<Portal> Session::make_inner_portal(const command::InnerSql& inner, std::string_view outer) {
  auto portal = std::make_shared<Portal>(make_statement(inner.sql, {}, outer, inner.begin));
  const Statement& statement = *portal->statement;
  if (!statement.prepared || statement.is_write()) throw WireError("42601", "only a query can stand here");
  if (!statement.parameter_types().empty()) throw WireError("42P02", "there is no parameter $1");
  watch(*portal);
  run_statement(*portal);
  return portal;
}

}  // namespace sqlmill::rt::pgwire
