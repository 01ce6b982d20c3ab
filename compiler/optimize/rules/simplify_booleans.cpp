// WHERE a AND true AND (b AND c)   ⇒  WHERE a AND b AND c
// WHERE a OR true                  ⇒  WHERE true
// WHERE NOT (a < 1 OR b IS NULL)   ⇒  WHERE a >= 1 AND b IS NOT NULL
#include <array>

#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;

ExprRef boolean(bool value, source::Span span) {
  return plan::constant(sql::Datum(value), {sql::TypeId::kBoolean}, span);
}

ExprRef simplify(const plan::Logical& logical, const ExprRef& expr) {
  std::vector<ExprRef> operands;
  for (const ExprRef& operand : logical.operands) {
    const sql::Datum* value = plan::as_constant(operand);
    if (value && !value->is_null()) {
      if (value->as<bool>() != logical.is_and) return boolean(!logical.is_and, expr->span);
      continue;
    }
    const auto* inner = std::get_if<plan::Logical>(&operand->node);
    if (inner && inner->is_and == logical.is_and) {
      operands.insert(operands.end(), inner->operands.begin(), inner->operands.end());
    } else {
      operands.push_back(operand);
    }
  }
  if (operands.empty()) return boolean(logical.is_and, expr->span);
  if (operands.size() == 1) return operands[0];
  return operands == logical.operands ? expr : plan::logical(logical.is_and, std::move(operands), expr->span);
}

/// NULL is less than nothing and not less: the negations hold for all values, NaN included, which has its
/// place in the order.
ExprRef negated(const plan::Call& call, const ExprRef& expr) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOpposites{
      {{"=", "<>"}, {"<>", "="}, {"<", ">="}, {">=", "<"}, {">", "<="}, {"<=", ">"}}};
  for (const auto& [name, opposite] : kOpposites) {
    if (call.function->name != name || call.arguments.size() != 2) continue;
    if (call.arguments[0]->type.id != call.arguments[1]->type.id) return nullptr;
    const sql::Function* function = find_operator(opposite, call.arguments[0]->type.id);
    return function ? plan::call(function, call.arguments, expr->type, expr->span) : nullptr;
  }
  return nullptr;
}

ExprRef simplify(const plan::Not& negation, const ExprRef& expr) {
  const ExprRef& operand = negation.operand;
  if (const auto* inner = std::get_if<plan::Not>(&operand->node)) return inner->operand;
  if (const auto* is = std::get_if<plan::Is>(&operand->node))
    return plan::is(is->operand, is->test, !is->negated, expr->span);
  if (const auto* is = std::get_if<plan::IsDistinct>(&operand->node))
    return plan::is_distinct(is->left, is->right, !is->negated, expr->span);
  if (const auto* logical = std::get_if<plan::Logical>(&operand->node)) {
    std::vector<ExprRef> operands;
    for (const ExprRef& e : logical->operands)
      operands.push_back(simplify_booleans(plan::negate(e, e->span)));
    return simplify_booleans(plan::logical(!logical->is_and, std::move(operands), expr->span));
  }
  const auto* call = std::get_if<plan::Call>(&operand->node);
  const ExprRef opposite = call ? negated(*call, operand) : nullptr;
  return opposite ? opposite : expr;
}

}  // namespace

plan::ExprRef simplify_booleans(const plan::ExprRef& expr) {
  if (const auto* logical = std::get_if<plan::Logical>(&expr->node)) return simplify(*logical, expr);
  if (const auto* negation = std::get_if<plan::Not>(&expr->node)) return simplify(*negation, expr);
  return expr;
}

}  // namespace sqlmill::optimize
