// Statements by themselves: queries, and the changes of tables with all their clauses.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/bind/origins.h"
#include "compiler/bind/shared.h"
#include "compiler/plan/evaluate.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::bind {

std::optional<BoundStatement> Binder::bind_ad_hoc(const ast::Statement& statement) {
  struct Visitor {
    Binder& binder;
    Span span;
    using Result = std::optional<BoundStatement>;
    Result operator()(const ast::SelectStatement& s) { return binder.bind_ad_hoc_query(*s.query); }
    Result operator()(const ast::Insert& s) { return binder.bind_ad_hoc_insert(s, span); }
    Result operator()(const ast::Update& s) { return binder.bind_ad_hoc_update(s); }
    Result operator()(const ast::Delete& s) { return binder.bind_ad_hoc_delete(s); }
    Result operator()(const ast::Explain& s) { return binder.bind_explain(s); }
    Result operator()(const ast::UnsupportedStatement& s) { return fixed(s.feature); }
    Result operator()(const ast::CreateRelation&) { return fixed("CREATE"); }
    Result operator()(const ast::CreateView&) { return fixed("CREATE"); }
    Result operator()(const ast::CreateSink&) { return fixed("CREATE"); }
    Result operator()(const ast::CreateIndex&) { return fixed("CREATE"); }
    Result fixed(std::string_view what) {
      binder.sink_.report(diag::Code::kNotSupported, span,
                          fmt::format("{} is not supported in a running pipeline", what),
                          "change the pipeline's file, and build and start it anew");
      return std::nullopt;
    }
  };
  std::optional<BoundStatement> bound = std::visit(Visitor{*this, statement.span}, statement.node);
  if (!bound) return std::nullopt;
  for (sql::Type& type : parameters_) {
    if (type.id == sql::TypeId::kUnknown) type = {sql::TypeId::kText};
  }
  bound->parameters = parameters_;
  bound->origins = origins_of(*bound, catalog());
  return bound;
}

std::optional<BoundStatement> Binder::bind_ad_hoc_query(const ast::Query& query) {
  const std::optional<BoundQuery> bound = bind_query(query, {});
  if (!bound) return std::nullopt;
  BoundStatement result;
  result.columns = bound->node->columns;
  result.node = QueryStatement{without_needless_sharing(bound->node)};
  return result;
}

std::optional<BoundStatement> Binder::bind_explain(const ast::Explain& explain) {
  ExplainStatement result;
  sql::Type type{sql::TypeId::kText};
  for (const ast::Explain::Setting& option : explain.options) {
    constexpr std::string_view kKnown[] = {"analyze", "verbose", "costs",   "settings", "buffers",
                                           "wal",     "timing",  "summary", "format"};
    if (std::find(std::begin(kKnown), std::end(kKnown), option.name) == std::end(kKnown)) {
      sink_.report(diag::Code::kSyntaxError, option.span,
                   fmt::format("unrecognized EXPLAIN option \"{}\"", option.name));
      return std::nullopt;
    }
    const bool off = option.value == "off" || option.value == "false" || option.value == "0";
    if (option.name == "analyze") result.analyze = !off;
    if (option.name == "format" && option.value != "text" && option.value != "json") {
      not_supported(fmt::format("EXPLAIN (FORMAT {})", option.value), "the formats are text and json",
                    option.span);
      return std::nullopt;
    }
    if (option.name == "format" && option.value == "json") type = *sql::find_postgres_type("json");
    result.options.emplace_back(option.name, option.value);
  }
  std::optional<BoundStatement> inner = bind_ad_hoc(*explain.statement);
  if (!inner) return std::nullopt;
  BoundStatement bound;
  bound.columns = {{"QUERY PLAN", type, false}};
  result.statement = std::make_unique<BoundStatement>(std::move(*inner));
  bound.node = std::move(result);
  return bound;
}

/// Rows with all columns of the table, defaults for those that are not given.
NodeRef Binder::bind_insert_rows(const ast::Insert& insert, const catalog::Relation& table,
                                 const QueryContext& context, Span span) {
  std::vector<uint32_t> targets;
  if (!bind_targets(insert, table, targets)) return nullptr;
  const auto default_of = [&](const catalog::Column& column) {
    return column.default_value ? column.default_value : plan::null_constant(column.type, span);
  };
  std::vector<std::string> names;
  for (const catalog::Column& column : table.columns) names.push_back(column.name);
  const auto count_fits = [&](size_t count, Span place) {
    if (count <= targets.size() && (insert.columns.empty() || count == targets.size())) return true;
    sink_.report(diag::Code::kColumnCount, place,
                 count > targets.size() ? "INSERT has more expressions than target columns"
                                        : "INSERT has more target columns than expressions");
    return false;
  };
  Scope scope;
  scope.ctes = context.ctes;
  if (!insert.query) {
    std::vector<std::vector<ExprRef>> rows;
    bool ok = true;
    std::vector<std::vector<const ast::Expr*>> given_rows;
    for (const std::vector<ast::ExprPtr>& row : insert.rows) {
      given_rows.emplace_back();
      for (const ast::ExprPtr& e : row) given_rows.back().push_back(e.get());
    }
    if (insert.rows.empty()) given_rows.emplace_back();  // DEFAULT VALUES
    for (const std::vector<const ast::Expr*>& given : given_rows) {
      if (!insert.rows.empty() && !count_fits(given.size(), given.front() ? given.front()->span : span))
        return nullptr;
      std::vector<ExprRef> row;
      for (const catalog::Column& column : table.columns) row.push_back(default_of(column));
      for (size_t i = 0; i < given.size(); ++i) {
        if (!given[i]) continue;
        ExprRef value = bind_expr(*given[i], {&scope, "VALUES"});
        if (value) value = assign(std::move(value), table.columns[targets[i]], given[i]->span);
        ok = ok && value;
        row[targets[i]] = std::move(value);
      }
      rows.push_back(std::move(row));
    }
    return ok ? plan::values(std::move(rows), std::move(names), span) : nullptr;
  }
  QueryContext inner = context;
  inner.keep_unknown = true;
  const std::optional<BoundQuery> query = bind_query(*insert.query, inner);
  if (!query || !count_fits(query->visible_columns, insert.query->span)) return nullptr;
  std::vector<sql::Type> types;
  std::vector<std::string> query_names;
  for (uint32_t i = 0; i < query->visible_columns; ++i) {
    types.push_back(table.columns[targets[i]].type);
    query_names.push_back(table.columns[targets[i]].name);
  }
  NodeRef node = with_types(query->node, types, std::move(query_names), sql::CastContext::kAssignment,
                            "INSERT", insert.query->span);
  if (!node) return nullptr;
  std::vector<ExprRef> exprs;
  for (const catalog::Column& column : table.columns) exprs.push_back(default_of(column));
  for (uint32_t i = 0; i < query->visible_columns; ++i)
    exprs[targets[i]] = plan::column_of(*node, i, insert.query->span);
  return plan::project(std::move(node), std::move(exprs), std::move(names), span);
}

bool Binder::bind_assignments(const std::vector<ast::Assignment>& assignments, const catalog::Relation& table,
                              const Scope& scope, std::vector<std::pair<uint32_t, ExprRef>>& out) {
  bool ok = true;
  for (const ast::Assignment& assignment : assignments) {
    if (assignment.columns.size() == 1 && !(assignment.value && bind::is_row(*assignment.value))) {
      ok = assign_one(assignment.columns[0], assignment.value.get(), nullptr, table, scope, out) && ok;
      continue;
    }
    std::vector<ExprRef> values;
    if (assignment.value && !bind_row(*assignment.value, {&scope, "SET"}, values)) return false;
    if (assignment.value && values.size() != assignment.columns.size()) {
      sink_.report(diag::Code::kColumnCount, assignment.span,
                   "number of columns does not match number of values");
      return false;
    }
    for (size_t i = 0; i < assignment.columns.size(); ++i) {
      ok = assign_one(assignment.columns[i], nullptr, assignment.value ? values[i] : nullptr, table, scope,
                      out) &&
           ok;
    }
  }
  return ok;
}

std::optional<ConflictAction> Binder::bind_conflict(const ast::OnConflict& conflict,
                                                    const catalog::Relation& table, const Scope& target,
                                                    const CommonTableScope* ctes) {
  ConflictAction action;
  for (const ast::Identifier& name : conflict.columns) {
    const std::optional<uint32_t> column = find_column_of(table, name);
    if (!column) return std::nullopt;
    action.key.push_back(*column);
  }
  std::vector<uint32_t> given = action.key;
  std::vector<uint32_t> key = table.primary_key;
  std::sort(given.begin(), given.end());
  std::sort(key.begin(), key.end());
  if (!given.empty() && given != key) {
    sink_.report(diag::Code::kInvalidPosition, conflict.span,
                 "there is no unique or exclusion constraint matching the ON CONFLICT specification",
                 key.empty() ? fmt::format("\"{}\" has no primary key", table.name)
                             : "name the columns of the primary key");
    return std::nullopt;
  }
  // The row that is there under the table's name, the one that was to be inserted under `excluded`.
  Scope scope = target;
  scope.ctes = ctes;
  Scope excluded = scope_of("excluded", *plan::scan(&table, conflict.span), conflict.span);
  excluded.columns.clear();  // Names alone are the table's.
  append_scope(scope, std::move(excluded), static_cast<uint32_t>(table.columns.size()));
  if (!bind_assignments(conflict.assignments, table, scope, action.assignments)) return std::nullopt;
  action.where = bind_dml_where(conflict.where, scope, "the WHERE of ON CONFLICT");
  if (conflict.where && !action.where) return std::nullopt;
  return action;
}

bool Binder::bind_returning(const std::vector<ast::SelectItem>& items, const Scope& scope,
                            Returning& returning, std::vector<plan::OutputColumn>& columns) {
  bool ok = true;
  const auto add = [&](ExprRef expr, std::string name) {
    if (expr && expr->type.id == sql::TypeId::kUnknown)
      expr = coerce(expr, {sql::TypeId::kText}, sql::CastContext::kImplicit, expr->span, "a column");
    ok = ok && expr;
    if (!expr) return;
    columns.push_back({std::move(name), expr->type, expr->nullable});
    returning.exprs.push_back(std::move(expr));
  };
  for (const ast::SelectItem& item : items) {
    if (const auto* star = std::get_if<ast::Star>(&item.expr->node)) {
      std::vector<ScopeColumn> all;
      ok = expand_star(*star, item.expr->span, scope, all) && ok;
      for (ScopeColumn& c : all) add(std::move(c.value), std::move(c.name));
      continue;
    }
    add(bind_expr(*item.expr, {&scope, "RETURNING"}),
        item.alias ? item.alias->name : implied_name(*item.expr, source_));
  }
  return ok;
}

std::optional<BoundStatement> Binder::bind_ad_hoc_insert(const ast::Insert& insert, Span span) {
  CommonTableScope ctes;
  QueryContext context;
  context.ctes = &ctes;
  if (!bind_with(insert.with, insert.recursive, context, ctes)) return std::nullopt;
  const catalog::Relation* table = find_table(insert.table, "INSERT");
  if (!table) return std::nullopt;
  BoundStatement bound;
  InsertStatement result;
  result.table = table;
  result.rows = bind_insert_rows(insert, *table, context, span);
  if (!result.rows) return std::nullopt;
  result.rows = without_needless_sharing(result.rows);
  Scope scope = scope_of(insert.alias ? insert.alias->name : table->name, *plan::scan(table, span), span);
  scope.ctes = &ctes;
  if (insert.on_conflict) {
    result.on_conflict = bind_conflict(*insert.on_conflict, *table, scope, &ctes);
    if (!result.on_conflict) return std::nullopt;
  }
  if (!bind_returning(insert.returning, scope, result.returning, bound.columns)) return std::nullopt;
  bound.node = std::move(result);
  return bound;
}

NodeRef Binder::bind_target(const catalog::Relation& table, const std::optional<ast::Identifier>& alias,
                            const std::vector<ast::FromItem>& from, const QueryContext& context, Span span,
                            Scope& scope, bool& ok) {
  scope = scope_of(alias ? alias->name : table.name, *plan::scan(&table, span), span);
  scope.ctes = context.ctes;
  ok = true;
  if (from.empty()) return nullptr;
  Scope others;
  NodeRef node = bind_from_list(from, context, others);
  ok = node && check_aliases(scope, others, span);
  append_scope(scope, std::move(others), static_cast<uint32_t>(table.columns.size()));
  return node;
}

std::optional<BoundStatement> Binder::bind_ad_hoc_update(const ast::Update& update) {
  CommonTableScope ctes;
  QueryContext context;
  context.ctes = &ctes;
  if (!bind_with(update.with, update.recursive, context, ctes)) return std::nullopt;
  const catalog::Relation* table = find_table(update.table, "UPDATE");
  if (!table) return std::nullopt;
  UpdateStatement result;
  result.table = table;
  Scope scope;
  bool ok = true;
  result.from = bind_target(*table, update.alias, update.from, context, update.table.span, scope, ok);
  if (!ok) return std::nullopt;
  ok = bind_assignments(update.assignments, *table, scope, result.assignments);
  result.where = bind_dml_where(update.where, scope, "the WHERE of UPDATE");
  BoundStatement bound;
  if (!bind_returning(update.returning, scope, result.returning, bound.columns) || !ok ||
      (update.where && !result.where))
    return std::nullopt;
  bound.node = std::move(result);
  return bound;
}

std::optional<BoundStatement> Binder::bind_ad_hoc_delete(const ast::Delete& del) {
  CommonTableScope ctes;
  QueryContext context;
  context.ctes = &ctes;
  if (!bind_with(del.with, del.recursive, context, ctes)) return std::nullopt;
  const catalog::Relation* table = find_table(del.table, "DELETE");
  if (!table) return std::nullopt;
  DeleteStatement result;
  result.table = table;
  Scope scope;
  bool ok = true;
  result.from = bind_target(*table, del.alias, del.from, context, del.table.span, scope, ok);
  if (!ok) return std::nullopt;
  result.where = bind_dml_where(del.where, scope, "the WHERE of DELETE");
  BoundStatement bound;
  if (!bind_returning(del.returning, scope, result.returning, bound.columns) || (del.where && !result.where))
    return std::nullopt;
  bound.node = std::move(result);
  return bound;
}

}  // namespace sqlmill::bind
