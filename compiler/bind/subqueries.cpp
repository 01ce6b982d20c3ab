// Queries within expressions. What they take from the row around them becomes their parameters.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

constexpr sql::Type kBoolean{sql::TypeId::kBoolean};

std::string_view form_name(const ast::Subquery& subquery) {
  switch (subquery.form) {
    case ast::SubqueryForm::kScalar:
      return "scalar subquery";
    case ast::SubqueryForm::kExists:
      return "EXISTS";
    case ast::SubqueryForm::kIn:
      return subquery.negated ? "NOT IN (SELECT …)" : "IN (SELECT …)";
    case ast::SubqueryForm::kAny:
    case ast::SubqueryForm::kAll:
      return "a comparison with ANY or ALL";
    case ast::SubqueryForm::kArray:
      return "arrays";
  }
  __builtin_unreachable();
}

}  // namespace

NodeRef Binder::bind_subquery_node(const ast::Query& query, Closure& closure, const ExprContext& context) {
  QueryContext inner;
  inner.ctes = context.scope->ctes;
  inner.closure = &closure;
  const std::optional<BoundQuery> bound = bind_query(query, inner);
  return bound ? visible(bound->node, bound->visible_columns, query.span) : nullptr;
}

ExprRef Binder::bind_node(const ast::Subquery& subquery, Span span, const ExprContext& context) {
  if (!is_ad_hoc()) {
    not_supported(form_name(subquery), "compute it in a view of its own and read that", span);
    return nullptr;
  }
  switch (subquery.form) {
    case ast::SubqueryForm::kIn:
    case ast::SubqueryForm::kAny:
    case ast::SubqueryForm::kAll:
      return bind_quantified(subquery, span, context);
    case ast::SubqueryForm::kExists: {
      Closure closure{&context, 0, {}};
      NodeRef node = bind_subquery_node(*subquery.query, closure, context);
      if (!node) return nullptr;
      return plan::subquery(
          {plan::SubqueryForm::kExists, std::move(node), std::move(closure.parameters), {}, nullptr},
          kBoolean, span);
    }
    case ast::SubqueryForm::kScalar: {
      std::vector<ExprRef> columns;
      if (!bind_row_subquery(subquery, span, context, columns)) return nullptr;
      if (columns.size() == 1) return columns[0];
      sink_.report(diag::Code::kColumnCount, span, "subquery must return only one column");
      return nullptr;
    }
    case ast::SubqueryForm::kArray:
      return bind_array_subquery(subquery, span, context);
  }
  __builtin_unreachable();
}

ExprRef Binder::bind_array_subquery(const ast::Subquery& subquery, Span span, const ExprContext& context) {
  Closure closure{&context, 0, {}};
  NodeRef node = bind_subquery_node(*subquery.query, closure, context);
  if (!node) return nullptr;
  if (node->columns.size() != 1) {
    sink_.report(diag::Code::kColumnCount, span, "subquery must return only one column");
    return nullptr;
  }
  // An array of arrays has the type of these.
  const sql::Type column = node->columns[0].type;
  const sql::Type type =
      column.id == sql::TypeId::kArray ? column : sql::array_of(column.id, std::min(column.modifier, -1));
  return plan::subquery(
      {plan::SubqueryForm::kArray, std::move(node), std::move(closure.parameters), {}, nullptr}, type, span);
}

bool Binder::bind_row_subquery(const ast::Subquery& subquery, Span span, const ExprContext& context,
                               std::vector<ExprRef>& out) {
  Closure closure{&context, 0, {}};
  NodeRef node = bind_subquery_node(*subquery.query, closure, context);
  if (!node) return false;
  const size_t width = node->columns.size();
  // With parameters each has its own, which it is run with.
  if (width > 1 && closure.parameters.empty()) node = plan::shared(std::move(node), span);
  for (uint32_t i = 0; i < width; ++i) {
    NodeRef one = width == 1
                      ? node
                      : plan::project(node, {plan::column_of(*node, i, span)}, {node->columns[i].name}, span);
    const sql::Type type = one->columns[0].type;
    out.push_back(plan::subquery(
        {plan::SubqueryForm::kScalar, std::move(one), closure.parameters, {}, nullptr}, type, span));
  }
  return true;
}

ExprRef Binder::bind_quantified(const ast::Subquery& subquery, Span span, const ExprContext& context) {
  std::vector<ExprRef> operands;
  const bool ok = bind_row(*subquery.operand, context, operands);
  Closure closure{&context, 0, {}};
  NodeRef node = bind_subquery_node(*subquery.query, closure, context);
  if (!node || !ok) return nullptr;
  if (node->columns.size() != operands.size()) {
    sink_.report(diag::Code::kColumnCount, span,
                 node->columns.size() > operands.size() ? "subquery has too many columns"
                                                        : "subquery has too few columns");
    return nullptr;
  }
  // The left side has its own type, but for literals, which take that of the column.
  std::vector<ExprRef> left;
  std::vector<ExprRef> right;
  for (uint32_t i = 0; i < operands.size(); ++i) {
    const ExprRef column = plan::column_of(*node, i, span);
    if (operands[i]->type.id == sql::TypeId::kUnknown) {
      operands[i] = coerce(operands[i], {column->type.id}, sql::CastContext::kImplicit, operands[i]->span,
                           "the left side of the subquery");
      if (!operands[i]) return nullptr;
    }
    left.push_back(plan::column(i, plan::to_string(operands[i]), operands[i]->type, operands[i]->nullable,
                                operands[i]->span));
    right.push_back(plan::column(static_cast<uint32_t>(operands.size()) + i, node->columns[i].name,
                                 column->type, column->nullable, span));
  }
  ExprRef comparison = operands.size() == 1
                           ? compare(subquery.op, left[0], right[0], span)
                           : compare_rows(subquery.op, std::move(left), std::move(right), span);
  if (!comparison) return nullptr;
  comparison = coerce(std::move(comparison), kBoolean, sql::CastContext::kImplicit, span, "the comparison");
  if (!comparison) return nullptr;
  const bool all = subquery.form == ast::SubqueryForm::kAll;
  ExprRef result = plan::subquery({all ? plan::SubqueryForm::kAll : plan::SubqueryForm::kAny, std::move(node),
                                   std::move(closure.parameters), std::move(operands), std::move(comparison)},
                                  kBoolean, span);
  return subquery.negated ? plan::negate(std::move(result), span) : result;
}

}  // namespace sqlmill::bind
