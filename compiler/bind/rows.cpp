// Rows, (a, b), and the row of a table, t. Where they are compared they become expressions over their items.
// As values they are jsonb for functions of JSON and count, and for all else the text that PostgreSQL prints.
#include <fmt/format.h>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

/// NULL where all of the row's values are, as the row of a table is that an outer join has not found; else
/// `value`.
ExprRef null_if_missing(const std::vector<ExprRef>& row, ExprRef value, Span span) {
  std::vector<ExprRef> missing;
  for (const ExprRef& e : row) {
    if (!e->nullable) return value;
    missing.push_back(plan::is(e, plan::Test::kNull, false, span));
  }
  ExprRef all = missing.size() == 1 ? missing[0] : plan::logical(true, std::move(missing), span);
  const sql::Type type = value->type;
  return plan::case_when({{std::move(all), plan::null_constant(type, span)}}, std::move(value), type, span);
}

}  // namespace

bool is_row(const ast::Expr& expr) {
  if (std::holds_alternative<ast::Row>(expr.node)) return true;
  const auto* star = std::get_if<ast::Star>(&expr.node);
  return star && star->qualifier;
}

/// `t` of a table in FROM that has no column of this name.
bool Binder::is_whole_row(const ast::Expr& expr, const ExprContext& context) {
  const auto* name = std::get_if<ast::ColumnName>(&expr.node);
  if (!is_ad_hoc() || !name || name->parts.size() != 1 || !context.scope) return false;
  const ScopeTable* table = find_table(name->parts[0].name, *context.scope);
  if (!table || table->is_value) return false;
  const Found found = find_column(nullptr, name->parts[0].name, *context.scope, 0, expr.span);
  return !found.value && !found.ambiguous;
}

bool Binder::is_row(const ast::Expr& expr, const ExprContext& context) {
  const auto* call = std::get_if<ast::Call>(&expr.node);
  return bind::is_row(expr) || is_whole_row(expr, context) || (call && is_populate(call->name.name));
}

/// The columns of `table`; false after an error.
bool Binder::table_row(const ast::Identifier& table, const ExprContext& context,
                       std::vector<ScopeColumn>& out) {
  const ScopeTable* found = find_table(table.name, *context.scope);
  if (!found) {
    report_unknown_table(table.name, table.span, *context.scope);
    return false;
  }
  for (const ScopeColumn& column : found->columns) {
    Found value = find_column(&table.name, column.name, *context.scope, 0, table.span);
    if (!value.value || value.ambiguous) {
      not_supported("a row with two columns of one name", "list the columns one by one", table.span);
      return false;
    }
    out.push_back({column.name, std::move(value.value)});
  }
  return true;
}

bool Binder::row_columns(const ast::Row& row, const ExprContext& context, std::vector<ScopeColumn>& out) {
  for (const ast::ExprPtr& item : row.items) {
    const auto* star = std::get_if<ast::Star>(&item->node);
    if (star && star->qualifier) {
      if (!table_row(*star->qualifier, context, out)) return false;
      continue;
    }
    ExprRef value = bind_expr(*item, context);
    if (!value) return false;
    out.push_back({"", std::move(value)});
  }
  // PostgreSQL's names of columns that have none.
  for (size_t i = 0; i < out.size(); ++i) out[i].name = fmt::format("f{}", i + 1);
  return true;
}

ExprRef Binder::row_value(const std::vector<ScopeColumn>& columns, bool as_json, bool is_of_table,
                          Span span) {
  if (columns.empty()) {
    not_supported("a row without columns", "", span);
    return nullptr;
  }
  std::vector<ExprRef> arguments;
  std::vector<ExprRef> values;
  for (const ScopeColumn& column : columns) {
    if (as_json)
      arguments.push_back(plan::constant(sql::Datum(sql::Text(column.name)), {sql::TypeId::kText}, span));
    arguments.push_back(column.value);
    values.push_back(column.value);
  }
  ExprRef value = make_call(as_json ? "jsonb_build_object" : "ROW()", std::move(arguments), span, true);
  return value && is_of_table ? null_if_missing(values, std::move(value), span) : value;
}

ExprRef Binder::bind_row_value(const ast::Expr& expr, bool as_json, const ExprContext& context) {
  std::vector<ScopeColumn> columns;
  const auto* row = std::get_if<ast::Row>(&expr.node);
  const auto* star = std::get_if<ast::Star>(&expr.node);
  const auto* call = std::get_if<ast::Call>(&expr.node);
  const bool ok = row    ? row_columns(*row, context, columns)
                  : call ? bind_populate(*call, expr.span, context, columns)
                         : table_row(star ? *star->qualifier : std::get<ast::ColumnName>(expr.node).parts[0],
                                     context, columns);
  return ok ? row_value(columns, as_json, !row, expr.span) : nullptr;
}

ExprRef Binder::bind_node(const ast::Row& row, Span span, const ExprContext& context) {
  if (!is_ad_hoc()) {
    not_supported("row values", "compare or list the columns one by one", span);
    return nullptr;
  }
  std::vector<ScopeColumn> columns;
  return row_columns(row, context, columns) ? row_value(columns, false, false, span) : nullptr;
}

bool Binder::bind_row(const ast::Expr& expr, const ExprContext& context, std::vector<ExprRef>& out) {
  if (is_whole_row(expr, context)) {
    std::vector<ScopeColumn> columns;
    if (!table_row(std::get<ast::ColumnName>(expr.node).parts[0], context, columns)) return false;
    for (ScopeColumn& c : columns) out.push_back(std::move(c.value));
    return true;
  }
  if (const auto* subquery = std::get_if<ast::Subquery>(&expr.node);
      subquery && subquery->form == ast::SubqueryForm::kScalar && is_ad_hoc())
    return bind_row_subquery(*subquery, expr.span, context, out);
  if (const auto* star = std::get_if<ast::Star>(&expr.node)) {
    std::vector<ScopeColumn> columns;
    if (!expand_star(*star, expr.span, *context.scope, columns)) return false;
    for (ScopeColumn& c : columns) out.push_back(std::move(c.value));
    return true;
  }
  const auto* row = std::get_if<ast::Row>(&expr.node);
  if (!row) {
    out.push_back(bind_expr(expr, context));
    return out.back() != nullptr;
  }
  bool ok = true;
  for (const ast::ExprPtr& item : row->items) {
    if (std::holds_alternative<ast::Star>(item->node)) {
      ok = bind_row(*item, context, out) && ok;
    } else {
      out.push_back(bind_expr(*item, context));
      ok = ok && out.back();
    }
  }
  return ok;
}

bool Binder::same_width(const std::vector<ExprRef>& left, const std::vector<ExprRef>& right, Span span) {
  if (left.size() == right.size() && !left.empty()) return true;
  sink_.report(diag::Code::kColumnCount, span,
               left.empty() || right.empty() ? "cannot compare rows of zero length"
                                             : "unequal number of entries in row expressions");
  return false;
}

ExprRef Binder::rows_equal(const std::vector<ExprRef>& left, const std::vector<ExprRef>& right, Span span) {
  if (!same_width(left, right, span)) return nullptr;
  std::vector<ExprRef> all;
  for (size_t i = 0; i < left.size(); ++i) {
    all.push_back(compare("=", left[i], right[i], span));
    if (!all.back()) return nullptr;
  }
  return all.size() == 1 ? all[0] : plan::logical(true, std::move(all), span);
}

ExprRef Binder::compare_rows(std::string_view op, std::vector<ExprRef> left, std::vector<ExprRef> right,
                             Span span) {
  if (!same_width(left, right, span)) return nullptr;
  if (op == "=") return rows_equal(left, right, span);
  if (op == "<>") {
    ExprRef equal = rows_equal(left, right, span);
    return equal ? plan::negate(std::move(equal), span) : nullptr;
  }
  if (op != "<" && op != "<=" && op != ">" && op != ">=") {
    sink_.report(diag::Code::kNotSupported, span, fmt::format("rows cannot be compared with {}", op),
                 "row comparison operators are =, <>, <, <=, > and >=");
    return nullptr;
  }
  // The first item that differs decides: a < c OR (a = c AND b <= d).
  const std::string strict(op.substr(0, 1));
  ExprRef result = compare(op, left.back(), right.back(), span);
  for (size_t i = left.size() - 1; i-- > 0 && result;) {
    ExprRef before = compare(strict, left[i], right[i], span);
    ExprRef equal = compare("=", left[i], right[i], span);
    if (!before || !equal) return nullptr;
    result = plan::logical(
        false, {std::move(before), plan::logical(true, {std::move(equal), std::move(result)}, span)}, span);
  }
  return result;
}

/// Rows of tables are equal as values are: NULLs, too.
ExprRef Binder::compare_table_rows(bool negated, const std::vector<ExprRef>& left,
                                   const std::vector<ExprRef>& right, Span span) {
  if (!same_width(left, right, span)) return nullptr;
  std::vector<ExprRef> parts;
  for (size_t i = 0; i < left.size(); ++i) {
    parts.push_back(distinct_from(left[i], right[i], !negated, span));
    if (!parts.back()) return nullptr;
  }
  ExprRef result = parts.size() == 1 ? parts[0] : plan::logical(!negated, std::move(parts), span);
  return null_if_missing(right, null_if_missing(left, std::move(result), span), span);
}

ExprRef Binder::bind_row_in(const ast::InList& in, Span span, const ExprContext& context) {
  std::vector<ExprRef> left;
  if (!bind_row(*in.operand, context, left)) return nullptr;
  std::vector<ExprRef> alternatives;
  for (const ast::ExprPtr& item : in.items) {
    std::vector<ExprRef> right;
    ExprRef equal = bind_row(*item, context, right) ? rows_equal(left, right, item->span) : nullptr;
    if (!equal) return nullptr;
    alternatives.push_back(std::move(equal));
  }
  ExprRef result =
      alternatives.size() == 1 ? alternatives[0] : plan::logical(false, std::move(alternatives), span);
  return in.negated ? plan::negate(std::move(result), span) : result;
}

}  // namespace sqlmill::bind
