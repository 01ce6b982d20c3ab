// Commands of the session but for cursors and COPY: transactions, settings, prepared statements, SHOW.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/pgwire/relation_listing.h"
#include "runtime/pgwire/session.h"
#include "runtime/pgwire/text_result.h"
#include "runtime/pgwire/words.h"

namespace sqlmill::rt::pgwire {

namespace {

using Tag = std::optional<std::string>;

constexpr std::string_view kNoBlock = "there is no transaction in progress";

void give_rows(Portal& portal, std::unique_ptr<query::Result> result) {
  portal.described = std::make_shared<const query::ResultColumns>(result->columns());
  portal.rows = std::make_unique<RowStream>(std::move(result));
}

/// The hidden identity of a value's text does not matter here: what EXECUTE is given becomes the parameter's
/// type as a literal would.
sql::Datum convert(sql::Context& context, const sql::Datum& value, sql::Type type) {
  if (value.is_null()) return sql::Datum::null(type.id);
  if (value.type() == type.id && type.id != sql::TypeId::kArray) return sql::copy(value, context.arena());
  return read_value(context, type, WireFormat::kText, sql::to_text(value));
}

}  // namespace

std::optional<std::string> Session::run_command(Portal& portal) {
  // The portal keeps its statement.
  return std::visit([&](const auto& command) { return run(command, portal); }, *portal.statement->command);
}

// ---- Transactions ----

void Session::apply_modes(const command::TransactionModes& modes) {
  if (modes.isolation) settings_.set("transaction_isolation", *modes.isolation, true);
  if (modes.read_only) settings_.set("transaction_read_only", *modes.read_only ? "on" : "off", true);
}

Tag Session::run(const command::Begin& begin, Portal&) {
  const std::string tag = begin.is_start ? "START TRANSACTION" : "BEGIN";
  if (block_ != Block::kNone) {
    notice(WireError(Severity::kWarning, "25001", "there is already a transaction in progress"));
  } else {
    block_ = Block::kOpen;
    settings_.begin();
    temporary_before_ = temporary_.state();
  }
  apply_modes(begin.modes);
  return tag;
}

void Session::end_block(bool is_commit, Portal& portal) {
  block_ = Block::kNone;
  savepoints_.clear();
  query::Transaction transaction = std::exchange(transaction_, {});
  try {
    if (is_commit) {
      query::Limits limits;
      limits.stop = portal.stop.get_token();
      limits.write_until = settings_.write_until();
      database_.commit(std::move(transaction), limits);
      for (auto& [name, cursor] : cursors_) {
        if (cursor.with_hold) keep(cursor);
      }
    }
  } catch (...) {
    settings_.end(false);
    temporary_.go_back(std::exchange(temporary_before_, {}));
    throw;
  }
  if (is_commit)
    temporary_.commit();
  else
    temporary_.go_back(temporary_before_);
  temporary_before_.clear();
  close_cursors(false);
  // Those of the extended protocol: the one that runs is held by who runs it.
  portals_.clear();
  settings_.end(is_commit);
}

Tag Session::run(const command::End& end, Portal& portal) {
  if (block_ == Block::kNone) {
    if (end.and_chain)
      throw WireError("25P01", fmt::format("{} AND CHAIN can only be used in transaction blocks",
                                           end.is_commit ? "COMMIT" : "ROLLBACK"));
    notice(WireError(Severity::kWarning, "25P01", std::string(kNoBlock)));
    return end.is_commit ? "COMMIT" : "ROLLBACK";
  }
  const bool is_commit = end.is_commit && block_ == Block::kOpen;
  end_block(is_commit, portal);
  if (end.and_chain) {
    block_ = Block::kOpen;
    settings_.begin();
    temporary_before_ = temporary_.state();
  }
  return is_commit ? "COMMIT" : "ROLLBACK";
}

/// What is to undo are the changes that were not applied yet.
Tag Session::run(const command::Savepoint& savepoint, Portal&) {
  using What = command::Savepoint::What;
  if (block_ == Block::kNone) {
    const std::string_view what = savepoint.what == What::kSet       ? "SAVEPOINT"
                                  : savepoint.what == What::kRelease ? "RELEASE SAVEPOINT"
                                                                     : "ROLLBACK TO SAVEPOINT";
    throw WireError("25P01", fmt::format("{} can only be used in transaction blocks", what));
  }
  if (savepoint.what == What::kSet) {
    savepoints_.push_back({savepoint.name, transaction_.changes(), temporary_.state()});
    return "SAVEPOINT";
  }
  const auto found = std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                                  [&](const Place& place) { return place.name == savepoint.name; });
  if (found == savepoints_.rend())
    throw WireError("3B001", fmt::format("savepoint \"{}\" does not exist", savepoint.name));
  if (savepoint.what == What::kRelease) {
    savepoints_.erase(found.base() - 1, savepoints_.end());
    return "RELEASE";
  }
  transaction_.keep_changes(found->changes);
  temporary_.go_back(found->temporary);
  savepoints_.erase(found.base(), savepoints_.end());
  block_ = Block::kOpen;
  return "ROLLBACK";
}

Tag Session::run(const command::SetModes& set, Portal&) {
  if (set.of_session) {
    if (set.modes.isolation) settings_.set("default_transaction_isolation", *set.modes.isolation);
    if (set.modes.read_only)
      settings_.set("default_transaction_read_only", *set.modes.read_only ? "on" : "off");
  } else if (block_ == Block::kNone) {
    notice(WireError(Severity::kWarning, "25P01", "SET TRANSACTION can only be used in transaction blocks"));
  } else {
    if (transaction_.snapshot && set.modes.isolation &&
        *set.modes.isolation != settings_.show("transaction_isolation"))
      throw WireError("25001", "SET TRANSACTION ISOLATION LEVEL must be called before any query");
    apply_modes(set.modes);
  }
  return "SET";
}

// ---- Settings ----

Tag Session::run(const command::Set& set, Portal&) {
  if (set.is_local && block_ == Block::kNone) {
    notice(WireError(Severity::kWarning, "25P01", "SET LOCAL can only be used in transaction blocks"));
    return "SET";
  }
  const bool is_own_name = set.value && *set.value == info_.user;
  if (set.name == "session_authorization" && (!set.value || is_own_name)) return "SET";
  if (!set.value) {
    settings_.reset(set.name);
    return "SET";
  }
  const std::string told = settings_.set(set.name, *set.value, set.is_local);
  if (!told.empty()) notice(WireError(Severity::kWarning, "01000", told));
  return "SET";
}

Tag Session::run(const command::Reset& reset, Portal&) {
  if (reset.name.empty())
    settings_.reset_all();
  else
    settings_.reset(reset.name);
  return "RESET";
}

Tag Session::run(const command::Show& show, Portal& portal) {
  std::vector<TextResult::Row> rows;
  if (show.name.empty()) {
    for (SettingRow& row : settings_.all()) rows.push_back({row.name, row.value, row.description});
  } else {
    rows.push_back({settings_.show(show.name)});
  }
  give_rows(portal, std::make_unique<TextResult>(columns_of_command(show), std::move(rows), "SHOW"));
  return std::nullopt;
}

Tag Session::run(const command::Discard& discard, Portal&) {
  if (discard.what == "all") {
    if (block_ != Block::kNone) throw WireError("25001", "DISCARD ALL cannot run inside a transaction block");
    close_cursors(true);
    portals_.clear();
    statements_.clear();
    temporary_.clear();
    settings_.reset_all();
    return "DISCARD ALL";
  }
  if (discard.what.starts_with("temp")) temporary_.clear();
  return discard.what == "plans"       ? "DISCARD PLANS"
         : discard.what == "sequences" ? "DISCARD SEQUENCES"
                                       : "DISCARD TEMP";
}

// ---- Prepared statements ----

Tag Session::run(const command::Prepare& prepare, Portal& portal) {
  if (statements_.contains(prepare.name))
    throw WireError("42P05", fmt::format("prepared statement \"{}\" already exists", prepare.name));
  std::vector<uint32_t> oids;
  for (const sql::Type type : prepare.types) oids.push_back(oid_of(type));
  std::shared_ptr<const Statement> made =
      make_statement(prepare.statement.sql, std::move(oids), portal.statement->sql, prepare.statement.begin);
  if (!made->prepared)
    throw WireError("42601", "only SELECT, INSERT, UPDATE, DELETE and VALUES can be prepared");
  statements_[prepare.name] = std::move(made);
  return "PREPARE";
}

std::vector<sql::Datum> Session::arguments(const command::Execute& execute, const std::string& outer,
                                           const Statement& statement, base::Arena& memory) {
  const std::vector<sql::Type>& types = statement.parameter_types();
  std::vector<sql::Datum> values;
  if (!words_of(execute.arguments.sql).empty()) {
    constexpr std::string_view kSelect = "SELECT ";
    const std::string padded(
        execute.arguments.begin < kSelect.size() ? 0 : execute.arguments.begin - kSelect.size(), ' ');
    command::InnerSql inner{padded + std::string(kSelect) + execute.arguments.sql, 0};
    const std::shared_ptr<Portal> portal = make_inner_portal(inner, outer);
    sql::Context context(memory);
    if (!portal->rows->has_row()) throw WireError("42601", "EXECUTE needs values");
    const sql::Chunk& chunk = portal->rows->chunk();
    for (size_t i = 0; i < std::min(chunk.columns.size(), types.size()); ++i)
      values.push_back(convert(context, chunk.columns[i].datum(portal->rows->row()), types[i]));
    if (chunk.columns.size() > types.size()) values.clear();
  }
  if (values.size() != types.size()) {
    throw WireError("42601",
                    fmt::format("wrong number of parameters for prepared statement \"{}\"", execute.name))
        .set_detail(fmt::format("Expected {} parameters.", types.size()));
  }
  return values;
}

/// The portal becomes one of the statement that was prepared.
Tag Session::run(const command::Execute& execute, Portal& portal) {
  const std::shared_ptr<const Statement> outer = portal.statement;
  const std::shared_ptr<const Statement> prepared = statement(execute.name);
  check_allowed(*prepared);
  portal.parameters = arguments(execute, outer->sql, *prepared, portal.memory);
  if (prepared->is_empty()) return "";
  portal.statement = prepared;
  if (prepared->command) return run_command(portal);
  watch(portal);
  run_statement(portal);
  return std::nullopt;
}

Tag Session::run(const command::Deallocate& deallocate, Portal&) {
  if (deallocate.name.empty()) {
    statements_.clear();
    return "DEALLOCATE ALL";
  }
  if (statements_.erase(deallocate.name) == 0)
    throw WireError("26000", fmt::format("prepared statement \"{}\" does not exist", deallocate.name));
  return "DEALLOCATE";
}

// ---- What there is ----

Tag Session::run(const command::ShowRelations& show, Portal& portal) {
  give_rows(portal, list_relations(database_.catalog(), show));
  return std::nullopt;
}

Tag Session::run(const command::ShowColumns& show, Portal& portal) {
  give_rows(portal, list_columns(catalog(), show));
  return std::nullopt;
}

Tag Session::run(const command::ShowCreate& show, Portal& portal) {
  give_rows(portal, show_create(database_, show));
  return std::nullopt;
}

/// A statement returns when what it has written is visible, so nothing is left to wait for.
Tag Session::run(const command::Flush&, Portal&) {
  return "FLUSH";
}

Tag Session::run(const command::Nothing& nothing, Portal&) {
  return nothing.tag;
}

Tag Session::run(const command::Refused& refused, Portal&) {
  throw WireError("0A000", refused.message, refused.hint);
}

}  // namespace sqlmill::rt::pgwire
