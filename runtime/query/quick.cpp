#include "runtime/query/quick.h"

#include <algorithm>

namespace sqlmill::rt::query {

namespace {

/// Rows of a VALUES.
constexpr size_t kFewRows = 16;

bool has_fixed_size(const plan::ExprRef& expr) {
  switch (expr->type.id) {
    case TypeId::kBoolean:
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kReal:
    case TypeId::kDouble:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz:
      return true;
    default:
      return false;
  }
}

bool is_quick(const plan::ExprRef& expr) {
  const std::vector<plan::ExprRef> operands = plan::operands(expr);
  if (!std::all_of(operands.begin(), operands.end(), [](const auto& operand) { return is_quick(operand); }))
    return false;
  if (std::holds_alternative<plan::Subquery>(expr->node)) return false;
  const auto* call = std::get_if<plan::Call>(&expr->node);
  if (!call) return true;
  // Texts are compared, but what else is done with them may take long, and so may functions of the catalogs.
  if (call->function->name == "=") return true;
  return call->function->volatility == sql::Volatility::kImmutable && has_fixed_size(expr) &&
         std::all_of(operands.begin(), operands.end(), has_fixed_size);
}

bool are_quick(const std::vector<plan::ExprRef>& exprs) {
  return std::all_of(exprs.begin(), exprs.end(), [](const auto& expr) { return is_quick(expr); });
}

}  // namespace

bool is_quick(const plan::NodeRef& plan, const Relations& relations) {
  if (const auto* project = std::get_if<plan::Project>(&plan->op))
    return are_quick(project->exprs) && is_quick(project->input, relations);
  if (const auto* filter = std::get_if<plan::Filter>(&plan->op))
    return is_quick(filter->predicate) && finds_one_row(*filter, relations);
  if (const auto* values = std::get_if<plan::Values>(&plan->op))
    return values->rows.size() <= kFewRows &&
           std::all_of(values->rows.begin(), values->rows.end(), are_quick);
  return false;
}

}  // namespace sqlmill::rt::query
