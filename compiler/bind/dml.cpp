// INSERT, UPDATE and DELETE of the file. They run once, in order, an epoch each.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::bind {

namespace {

std::optional<uint32_t> column_named(const catalog::Relation& table, std::string_view name) {
  for (uint32_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name == name) return i;
  }
  return std::nullopt;
}

std::vector<std::string> names_of(const catalog::Relation& table) {
  std::vector<std::string> names;
  for (const catalog::Column& c : table.columns) names.push_back(c.name);
  return names;
}

/// From the first to the last value that is written; `statement` if there is none.
Span span_of(const std::vector<ast::ExprPtr>& row, Span statement) {
  Span span = statement;
  bool found = false;
  for (const ast::ExprPtr& e : row) {
    if (!e) continue;
    span = {found ? span.begin : e->span.begin, e->span.end};
    found = true;
  }
  return span;
}

Scope table_scope(const catalog::Relation& table, const std::optional<ast::Identifier>& alias, Span span) {
  return scope_of(alias ? alias->name : table.name, *plan::scan(&table, span), span);
}

}  // namespace

const catalog::Relation* Binder::find_table(const ast::RelationName& name, std::string_view verb) {
  const catalog::Relation* relation = find_relation(name);
  if (!relation) return nullptr;
  if (relation->kind != catalog::RelationKind::kTable) {
    sink_.report(diag::Code::kWrongRelationKind, name.name.span,
                 fmt::format("{} needs a table, and \"{}\" is {}", verb, name.name.name,
                             catalog::kind_name(relation->kind)),
                 relation->kind == catalog::RelationKind::kSource
                     ? "write CREATE TABLE instead of CREATE SOURCE"
                     : "change the tables that it reads");
    return nullptr;
  }
  if (relation->append_only && verb != "INSERT") {
    sink_.report(diag::Code::kAppendOnlyViolation, name.name.span,
                 fmt::format("\"{}\" is APPEND ONLY and takes no {}", name.name.name, verb),
                 "create the table without APPEND ONLY");
    return nullptr;
  }
  return relation;
}

ExprRef Binder::assign(ExprRef value, const catalog::Column& column, Span span) {
  value = coerce(std::move(value), column.type, sql::CastContext::kAssignment, span,
                 fmt::format("column \"{}\"", column.name));
  return value ? plan::fold_constants(value) : nullptr;
}

bool Binder::bind_targets(const ast::Insert& insert, const catalog::Relation& table,
                          std::vector<uint32_t>& targets) {
  for (const ast::Identifier& name : insert.columns) {
    const std::optional<uint32_t> column = find_column_of(table, name);
    if (!column) return false;
    if (std::find(targets.begin(), targets.end(), *column) != targets.end()) {
      sink_.report(diag::Code::kDuplicateColumn, name.span,
                   fmt::format("column \"{}\" is given twice", name.name));
      return false;
    }
    targets.push_back(*column);
  }
  if (insert.columns.empty()) {
    targets.resize(table.columns.size());
    std::iota(targets.begin(), targets.end(), 0u);
  }
  return true;
}

std::optional<uint32_t> Binder::find_column_of(const catalog::Relation& table, const ast::Identifier& name) {
  const std::optional<uint32_t> column = column_named(table, name.name);
  if (!column) {
    sink_.report(diag::Code::kUnknownColumn, name.span,
                 fmt::format("column \"{}\" does not exist in \"{}\"", name.name, table.name),
                 diag::did_you_mean(name.name, names_of(table)));
  }
  return column;
}

void Binder::bind_insert(const ast::Insert& insert, Span span) {
  report_unsupported(insert.only_ad_hoc);
  const catalog::Relation* table = find_table(insert.table, "INSERT");
  if (!table) return;
  std::vector<uint32_t> targets;
  if (!bind_targets(insert, *table, targets)) return;
  InsertRows rows;
  const Scope empty;
  for (const std::vector<ast::ExprPtr>& given : insert.rows) {
    const Span row_span = span_of(given, span);
    if (given.size() > targets.size() || (!insert.columns.empty() && given.size() < targets.size())) {
      sink_.report(diag::Code::kColumnCount, row_span,
                   fmt::format("INSERT has {} value{} for {} column{}", given.size(),
                               given.size() == 1 ? "" : "s", targets.size(), targets.size() == 1 ? "" : "s"));
      continue;
    }
    std::vector<ExprRef> row(table->columns.size());
    bool ok = true;
    for (size_t i = 0; i < given.size(); ++i) {
      if (!given[i]) continue;  // DEFAULT
      const catalog::Column& column = table->columns[targets[i]];
      ExprRef value = bind_expr(*given[i], {&empty, "VALUES"});
      if (value) value = assign(std::move(value), column, given[i]->span);
      if (value && !plan::as_constant(value)) {
        rt::base::Arena arena(256);
        sql::Context evaluation(arena);
        plan::evaluate(evaluation, value, {});
        sink_.report(diag::Code::kInvalidValue, given[i]->span,
                     evaluation.failed() ? evaluation.error().message : "the value is not a constant");
        value = nullptr;
      }
      ok = ok && value;
      row[targets[i]] = std::move(value);
    }
    for (size_t i = 0; i < row.size(); ++i) {
      const catalog::Column& column = table->columns[i];
      if (!row[i])
        row[i] = column.default_value ? column.default_value : plan::null_constant(column.type, row_span);
      if (ok && !column.nullable && plan::as_constant(row[i]) && plan::as_constant(row[i])->is_null()) {
        const auto at = std::find(targets.begin(), targets.end(), i) - targets.begin();
        const bool is_given = static_cast<size_t>(at) < given.size() && given[static_cast<size_t>(at)];
        sink_.report(diag::Code::kNullViolation, is_given ? given[static_cast<size_t>(at)]->span : row_span,
                     fmt::format("column \"{}\" of \"{}\" must not be NULL", column.name, table->name));
      }
    }
    if (ok) rows.rows.push_back(std::move(row));
  }
  script_->statements.push_back({table, std::move(rows), span});
}

ExprRef Binder::bind_dml_where(const ast::ExprPtr& where, const Scope& scope, std::string_view clause) {
  return where ? bind_boolean(*where, {&scope, clause}, "the condition of WHERE") : nullptr;
}

bool Binder::assign_one(const ast::Identifier& name, const ast::Expr* expr, ExprRef value,
                        const catalog::Relation& table, const Scope& scope,
                        std::vector<std::pair<uint32_t, ExprRef>>& out) {
  const std::optional<uint32_t> column = find_column_of(table, name);
  if (!column) return false;
  const catalog::Column& target = table.columns[*column];
  const auto& key = table.primary_key;
  if (std::find(key.begin(), key.end(), *column) != key.end()) {
    not_supported(fmt::format("UPDATE of the primary key column \"{}\"", name.name),
                  "delete the row and insert it with the new key", name.span);
    return false;
  }
  bool ok = true;
  for (const auto& [other, earlier] : out) {
    if (other != *column) continue;
    sink_.report(diag::Code::kDuplicateColumn, name.span,
                 fmt::format("column \"{}\" is set twice", name.name));
    ok = false;
  }
  if (expr) {
    const ExprContext context{&scope, "SET"};
    value = bind_expr(*expr, context);
  }
  const bool is_default = !expr && !value;
  if (is_default) {
    value = target.default_value ? target.default_value : plan::null_constant(target.type, name.span);
  } else if (value) {
    const Span span = expr ? expr->span : value->span;
    value = assign(std::move(value), target, span);
  }
  if (value && !target.nullable && plan::as_constant(value) && plan::as_constant(value)->is_null()) {
    sink_.report(diag::Code::kNullViolation, name.span,
                 fmt::format("column \"{}\" of \"{}\" must not be NULL", name.name, table.name));
    ok = false;
  }
  ok = ok && value;
  out.emplace_back(*column, std::move(value));
  return ok;
}

void Binder::bind_update(const ast::Update& update, Span span) {
  if (report_unsupported(update.only_ad_hoc)) return;
  const catalog::Relation* table = find_table(update.table, "UPDATE");
  if (!table) return;
  const Scope scope = table_scope(*table, update.alias, span);
  UpdateRows rows;
  bool ok = true;
  for (const ast::Assignment& assignment : update.assignments)
    ok =
        assign_one(assignment.columns[0], assignment.value.get(), nullptr, *table, scope, rows.assignments) &&
        ok;
  rows.where = bind_dml_where(update.where, scope, "the WHERE of UPDATE");
  if (!ok || (update.where && !rows.where)) return;
  script_->statements.push_back({table, std::move(rows), span});
}

void Binder::bind_delete(const ast::Delete& del, Span span) {
  if (report_unsupported(del.only_ad_hoc)) return;
  const catalog::Relation* table = find_table(del.table, "DELETE");
  if (!table) return;
  const Scope scope = table_scope(*table, del.alias, span);
  ExprRef where = bind_dml_where(del.where, scope, "the WHERE of DELETE");
  if (del.where && !where) return;
  script_->statements.push_back({table, DeleteRows{std::move(where)}, span});
}

}  // namespace sqlmill::bind
