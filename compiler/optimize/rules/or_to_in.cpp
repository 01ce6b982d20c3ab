// WHERE a = 1 OR a = 2 OR b     ⇒  WHERE a IN (1, 2) OR b
// WHERE a = 1 OR a IN (2, 3)    ⇒  WHERE a IN (1, 2, 3)
#include <algorithm>

#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;

struct Set {
  ExprRef operand;
  std::vector<ExprRef> constants;
};

bool is_value(const ExprRef& expr) {
  const sql::Datum* value = plan::as_constant(expr);
  return value && !value->is_null();
}

std::optional<Set> as_set(const ExprRef& expr) {
  if (const auto* set = std::get_if<plan::InSet>(&expr->node)) return Set{set->operand, set->constants};
  const std::optional<Equality> equality = as_equality(expr);
  if (!equality) return std::nullopt;
  if (is_value(equality->right)) return Set{equality->left, {equality->right}};
  if (is_value(equality->left)) return Set{equality->right, {equality->left}};
  return std::nullopt;
}

}  // namespace

plan::ExprRef or_to_in(const plan::ExprRef& expr) {
  const auto* logical = std::get_if<plan::Logical>(&expr->node);
  if (!logical || logical->is_and) return expr;
  std::vector<ExprRef> operands;
  std::vector<std::optional<Set>> sets;
  for (const ExprRef& operand : logical->operands) {
    std::optional<Set> set = as_set(operand);
    const auto same = [&](const std::optional<Set>& other) {
      return set && other && plan::equal(set->operand, other->operand);
    };
    const auto known = std::find_if(sets.begin(), sets.end(), same);
    // An operand that can fail is evaluated where it was.
    if (known != sets.end() && !may_fail(set->operand)) {
      (*known)->constants.insert((*known)->constants.end(), set->constants.begin(), set->constants.end());
    } else {
      operands.push_back(operand);
      sets.push_back(std::move(set));
    }
  }
  if (operands.size() == logical->operands.size()) return expr;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (sets[i] && sets[i]->constants.size() > 1)
      operands[i] = plan::in_set(sets[i]->operand, sets[i]->constants, operands[i]->span);
  }
  return operands.size() == 1 ? operands[0] : plan::logical(false, std::move(operands), expr->span);
}

}  // namespace sqlmill::optimize
