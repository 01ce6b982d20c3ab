// WHERE (a AND b) OR (a AND c)  ⇒  WHERE a AND (b OR c)
// WHERE (a AND b) OR a          ⇒  WHERE a
//
// What is common to all may be what a join needs. It is evaluated first, so it must not be able to fail.
#include <algorithm>

#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;

bool contains(const std::vector<ExprRef>& parts, const ExprRef& part) {
  return std::any_of(parts.begin(), parts.end(), [&](const ExprRef& e) { return plan::equal(e, part); });
}

}  // namespace

plan::ExprRef factor_or(const plan::ExprRef& expr) {
  const auto* logical = std::get_if<plan::Logical>(&expr->node);
  if (!logical || logical->is_and) return expr;
  std::vector<std::vector<ExprRef>> branches;
  for (const ExprRef& operand : logical->operands) branches.push_back(conjuncts(operand));
  std::vector<ExprRef> common;
  for (const ExprRef& part : branches[0]) {
    const bool everywhere = std::all_of(branches.begin(), branches.end(),
                                        [&](const auto& branch) { return contains(branch, part); });
    if (everywhere && !may_fail(part) && !contains(common, part)) common.push_back(part);
  }
  if (common.empty()) return expr;
  std::vector<ExprRef> rests;
  bool needs_rest = true;
  for (std::vector<ExprRef>& branch : branches) {
    std::erase_if(branch, [&](const ExprRef& part) { return contains(common, part); });
    if (branch.empty()) {
      needs_rest = false;
    } else {
      rests.push_back(conjunction(std::move(branch)));
    }
  }
  if (needs_rest) common.push_back(or_to_in(plan::logical(false, std::move(rests), expr->span)));
  return conjunction(std::move(common));
}

}  // namespace sqlmill::optimize
