// Queries as a whole: WITH, VALUES, ORDER BY and LIMIT over what they give.
#include <fmt/format.h>

#include <charconv>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::bind {

std::optional<BoundQuery> Binder::bind_query(const ast::Query& query, const QueryContext& context) {
  if (report_unsupported(query.unsupported)) return std::nullopt;
  if (!is_ad_hoc() && report_unsupported(query.only_ad_hoc)) return std::nullopt;
  if (query.recursive && !is_ad_hoc()) {
    not_supported("WITH RECURSIVE", "a view reads only what is created before it", query.span);
    return std::nullopt;
  }
  CommonTableScope ctes{context.ctes, {}};
  QueryContext inner = context;
  inner.ctes = &ctes;
  if (!bind_with(query.with, query.recursive, inner, ctes)) return std::nullopt;
  inner.keep_unknown = context.keep_unknown && query.order_by.empty();
  std::optional<BoundQuery> bound;
  if (const auto* select = std::get_if<ast::Select>(&query.body)) {
    bound = bind_select(*select, query, inner);
  } else {
    const auto* values = std::get_if<ast::ValuesRows>(&query.body);
    bound = values ? bind_values(*values, inner)
                   : bind_set_operation(std::get<ast::SetOperation>(query.body), query.span, inner);
    if (bound && !bind_output_order(query.order_by, *bound)) return std::nullopt;
  }
  if (bound && is_ad_hoc() && !finish_ad_hoc(query, inner, *bound)) return std::nullopt;
  return bound;
}

std::optional<BoundQuery> Binder::bind_values(const ast::ValuesRows& values, const QueryContext& context) {
  if (!is_ad_hoc()) {
    not_supported("VALUES as a query", "insert the rows into a table and read that", values.span);
    return std::nullopt;
  }
  Scope scope;
  scope.closure = context.closure;
  scope.sees_lateral = context.sees_lateral;
  scope.ctes = context.ctes;
  std::vector<std::vector<ExprRef>> rows;
  const size_t width = values.rows.front().size();
  bool ok = true;
  for (const std::vector<ast::ExprPtr>& given : values.rows) {
    if (given.size() != width) {
      sink_.report(diag::Code::kColumnCount, given.front()->span, "VALUES lists must all be the same length");
      return std::nullopt;
    }
    ok = bind_all(given, {&scope, "VALUES"}, rows.emplace_back()) && ok;
  }
  if (!ok) return std::nullopt;
  std::vector<std::string> names;
  for (size_t i = 0; i < width; ++i) {
    names.push_back(fmt::format("column{}", i + 1));
    std::vector<ExprRef> column;
    for (const std::vector<ExprRef>& row : rows) column.push_back(row[i]);
    const bool unknown = std::all_of(column.begin(), column.end(),
                                     [](const ExprRef& e) { return e->type.id == sql::TypeId::kUnknown; });
    if (unknown && context.keep_unknown) continue;
    sql::Type type;
    if (!coerce_all(column, "VALUES", values.span, &type)) return std::nullopt;
    for (size_t r = 0; r < rows.size(); ++r) rows[r][i] = plan::fold_constants(column[r]);
  }
  return BoundQuery{
      plan::values(std::move(rows), std::move(names), values.span), static_cast<uint32_t>(width), {}};
}

bool Binder::bind_output_order(const std::vector<ast::OrderItem>& order_by, BoundQuery& query) {
  bool ok = true;
  for (const ast::OrderItem& item : order_by) {
    std::optional<uint32_t> column;
    if (const auto* number = std::get_if<ast::NumberLiteral>(&item.expr->node)) {
      uint32_t position = 0;
      std::from_chars(number->digits.data(), number->digits.data() + number->digits.size(), position);
      if (position >= 1 && position <= query.visible_columns) column = position - 1;
    } else if (const auto* name = std::get_if<ast::ColumnName>(&item.expr->node);
               name && name->parts.size() == 1) {
      for (uint32_t i = 0; i < query.visible_columns; ++i) {
        if (query.node->columns[i].name == name->parts[0].name) column = i;
      }
    }
    if (!column) {
      sink_.report(diag::Code::kInvalidPosition, item.expr->span,
                   "ORDER BY of a UNION takes names or positions of its columns");
      ok = false;
      continue;
    }
    query.order.push_back({*column, item.descending, item.nulls_first.value_or(item.descending)});
  }
  return ok;
}

ExprRef Binder::bind_row_count(const ast::ExprPtr& expr, std::string_view clause,
                               const QueryContext& context) {
  Scope scope;
  scope.closure = context.closure;
  scope.sees_lateral = context.sees_lateral;
  scope.ctes = context.ctes;
  ExprRef count = bind_expr(*expr, {&scope, clause});
  if (!count) return nullptr;
  count = coerce(std::move(count), {sql::TypeId::kBigint}, sql::CastContext::kAssignment, expr->span,
                 fmt::format("argument of {}", clause));
  return count ? plan::fold_constants(count) : nullptr;
}

bool Binder::finish_ad_hoc(const ast::Query& query, const QueryContext& context, BoundQuery& bound) {
  NodeRef node = bound.node;
  if (!bound.order.empty()) {
    std::vector<plan::SortKey> keys;
    for (const catalog::OrderKey& key : bound.order)
      keys.push_back({plan::column_of(*node, key.column, query.span), key.descending, key.nulls_first});
    node = plan::sort(std::move(node), std::move(keys), query.span);
  }
  if (query.with_ties && bound.order.empty()) {
    sink_.report(diag::Code::kSyntaxError, query.limit->span,
                 "WITH TIES cannot be specified without ORDER BY clause");
    return false;
  }
  if (query.limit || query.offset) {
    ExprRef count = query.limit ? bind_row_count(query.limit, "LIMIT", context) : nullptr;
    ExprRef offset = query.offset ? bind_row_count(query.offset, "OFFSET", context) : nullptr;
    if ((query.limit && !count) || (query.offset && !offset)) return false;
    node = plan::limit(std::move(node), std::move(count), std::move(offset), query.with_ties, query.span);
  }
  bound.node = visible(std::move(node), bound.visible_columns, query.span);
  bound.order.clear();
  return true;
}

}  // namespace sqlmill::bind
