// Temporary tables of the session.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/pgwire/error_mapping.h"
#include "runtime/pgwire/session.h"

namespace sqlmill::rt::pgwire {

namespace {

/// The table that CREATE TABLE … AS makes for rows with these columns.
catalog::Relation relation_of(const command::CreateTemporary& create, const Columns& columns) {
  if (create.columns.size() > columns.size())
    throw WireError("42601", "too many column names were specified");
  catalog::Relation relation{};
  relation.kind = catalog::RelationKind::kTable;
  relation.name = create.name;
  relation.schema = catalog::kTemporarySchema;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& name = i < create.columns.size() ? create.columns[i] : columns[i].name;
    const auto same = std::find_if(relation.columns.begin(), relation.columns.end(),
                                   [&](const catalog::Column& column) { return column.name == name; });
    if (same != relation.columns.end())
      throw WireError("42701", fmt::format("column \"{}\" specified more than once", name));
    relation.columns.push_back({name, columns[i].type, true, nullptr, std::nullopt, {}});
  }
  return relation;
}

}  // namespace

const catalog::Catalog& Session::catalog() const {
  return temporary_.empty() ? database_.catalog() : *temporary_.catalog();
}

/// A user who may only read the pipeline has tables of his own all the same.
void Session::check_may_create() const {
  const bool is_read_only =
      settings_.is_on(block_ == Block::kNone ? "default_transaction_read_only" : "transaction_read_only");
  if (is_read_only && !info_.is_read_only)
    throw WireError("25006", "cannot execute CREATE TABLE in a read-only transaction");
}

std::optional<std::string> Session::run(const command::CreateTemporary& create, Portal& portal) {
  check_may_create();
  const bool is_query = !create.query.sql.empty();
  if (temporary_.contains(create.name)) {
    const std::string message = fmt::format("relation \"{}\" already exists", create.name);
    if (!create.if_not_exists) throw WireError("42P07", message);
    notice(WireError(Severity::kNotice, "42P07", message + ", skipping"));
    return is_query ? "CREATE TABLE AS" : "CREATE TABLE";
  }
  if (!is_query) {
    try {
      temporary_.create(query::Database::bind_table(create.definition.sql), create.on_commit);
    } catch (const query::StatementError& error) {
      throw wire_error(error, portal.statement->sql, create.definition.begin);
    }
    return "CREATE TABLE";
  }
  const std::shared_ptr<Portal> rows = make_inner_portal(create.query, portal.statement->sql);
  const catalog::Relation relation = relation_of(create, rows->columns());
  query::TemporaryBlock block(relation);
  if (create.with_data) {
    while (const sql::Chunk* chunk = rows->rows->result().next()) {
      block.add(*chunk);
      if (block.bytes() > query::TemporaryTables::kMaxBytes) break;  // append() says so.
    }
  }
  try {
    temporary_.append(temporary_.create(relation, create.on_commit), block.chunks());
  } catch (...) {
    temporary_.drop(create.name);
    throw;
  }
  return create.with_data ? fmt::format("SELECT {}", block.rows()) : "CREATE TABLE AS";
}

std::optional<std::string> Session::run(const command::OfTemporary& statement, Portal&) {
  using What = command::OfTemporary::What;
  const auto is_own = [&](const command::OfTemporary::Name& name) {
    return name.schema.empty() && temporary_.contains(name.name);
  };
  for (const auto& name : statement.names) {
    if (is_own(name)) continue;
    const auto* found = name.schema.empty() ? database_.catalog().find(name.name)
                                            : database_.catalog().find(name.schema, name.name);
    if (found || statement.what == What::kIndex)
      throw WireError("0A000", statement.refused.message, statement.refused.hint);
    const std::string message = fmt::format("{} \"{}\" does not exist",
                                            statement.what == What::kDrop ? "table" : "relation", name.name);
    if (!statement.if_exists) throw WireError("42P01", message);
    notice(WireError(Severity::kNotice, "00000", message + ", skipping"));
  }
  for (const auto& name : statement.names) {
    if (!is_own(name)) continue;
    if (statement.what == What::kDrop) temporary_.drop(name.name);
    if (statement.what == What::kTruncate) temporary_.truncate(name.name);
  }
  return statement.what == What::kDrop       ? "DROP TABLE"
         : statement.what == What::kTruncate ? "TRUNCATE TABLE"
                                             : "CREATE INDEX";
}

}  // namespace sqlmill::rt::pgwire
