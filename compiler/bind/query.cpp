// Queries as a whole: WITH, set operations, ORDER BY over what they give.
#include <fmt/format.h>

#include <charconv>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

std::optional<BoundQuery> Binder::bind_query(const ast::Query& query, const CommonTableScope* outer) {
  if (report_unsupported(query.unsupported)) return std::nullopt;
  if (query.recursive) {
    not_supported("WITH RECURSIVE", "a view reads only what is created before it", query.span);
    return std::nullopt;
  }
  CommonTableScope ctes{outer, {}};
  for (const ast::CommonTable& table : query.with) {
    std::string outer_name = std::exchange(query_name_, table.name.name);
    std::optional<BoundQuery> bound = bind_query(*table.query, &ctes);
    query_name_ = std::move(outer_name);
    NodeRef node;
    if (bound && table.column_aliases.size() > bound->visible_columns) {
      report_too_many_names(table.name.name, bound->visible_columns, table.column_aliases);
    } else if (bound) {
      std::vector<ExprRef> exprs;
      std::vector<std::string> names;
      for (uint32_t i = 0; i < bound->visible_columns; ++i) {
        exprs.push_back(plan::column_of(*bound->node, i, table.name.span));
        names.push_back(i < table.column_aliases.size() ? table.column_aliases[i].name
                                                        : bound->node->columns[i].name);
      }
      node = plan::project(bound->node, std::move(exprs), std::move(names), table.query->span);
    }
    if (!ctes.tables.emplace(table.name.name, node).second) {
      sink_.report(diag::Code::kDuplicateAlias, table.name.span,
                   fmt::format("WITH query \"{}\" is defined twice", table.name.name));
    }
  }
  if (const auto* select = std::get_if<ast::Select>(&query.body))
    return bind_select(*select, query.order_by, &ctes);
  if (const auto* values = std::get_if<ast::ValuesRows>(&query.body)) {
    not_supported("VALUES as a query", "insert the rows into a table and read that", values->span);
    return std::nullopt;
  }
  std::optional<BoundQuery> bound =
      bind_set_operation(std::get<ast::SetOperation>(query.body), query.span, &ctes);
  if (bound && !bind_output_order(query.order_by, *bound)) return std::nullopt;
  return bound;
}

/// A column of one side of a UNION. A bare NULL, which a query by itself takes for text, has the type of the
/// other side's.
static ExprRef union_column(const BoundQuery& side, uint32_t i, Span span) {
  if (const auto* project = std::get_if<plan::Project>(&side.node->op)) {
    const ExprRef& expr = project->exprs[i];
    const sql::Datum* constant = plan::as_constant(expr);
    if (constant && constant->is_null() && expr->type.id == sql::TypeId::kText) {
      return plan::null_constant({sql::TypeId::kUnknown}, expr->span);
    }
  }
  return plan::column_of(*side.node, i, span);
}

std::optional<BoundQuery> Binder::bind_set_operation(const ast::SetOperation& set, Span span,
                                                     const CommonTableScope* ctes) {
  if (set.op != "union") {
    not_supported(set.op == "intersect" ? "INTERSECT" : "EXCEPT",
                  "UNION ALL both sides with a column that says which, then GROUP BY and HAVING bool_or(…)",
                  set.op_span);
    return std::nullopt;
  }
  std::optional<BoundQuery> left = bind_query(*set.left, ctes);
  std::optional<BoundQuery> right = bind_query(*set.right, ctes);
  if (!left || !right) return std::nullopt;
  const uint32_t width = left->visible_columns;
  if (width != right->visible_columns) {
    sink_.report(diag::Code::kColumnCount, set.op_span,
                 fmt::format("each side of UNION must have the same number of columns: {} and {}", width,
                             right->visible_columns));
    return std::nullopt;
  }
  std::vector<std::vector<ExprRef>> sides(2);
  std::vector<std::string> names;
  for (uint32_t i = 0; i < width; ++i) {
    std::vector<ExprRef> pair = {union_column(*left, i, set.left->span),
                                 union_column(*right, i, set.right->span)};
    sql::Type type;
    if (!coerce_all(pair, "UNION", set.op_span, &type)) return std::nullopt;
    sides[0].push_back(pair[0]);
    sides[1].push_back(pair[1]);
    names.push_back(left->node->columns[i].name);
  }
  NodeRef node = plan::union_all({plan::project(left->node, sides[0], names, set.left->span),
                                  plan::project(right->node, sides[1], names, set.right->span)},
                                 names, span);
  if (!set.all) {
    std::vector<ExprRef> keys;
    for (uint32_t i = 0; i < width; ++i) keys.push_back(plan::column_of(*node, i, span));
    node = plan::aggregate(node, std::move(keys), {}, true, names, span, query_name_ + "_distinct");
  }
  return BoundQuery{std::move(node), width, {}};
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

}  // namespace sqlmill::bind
