#include "runtime/query/join_condition.h"

namespace sqlmill::rt::query {

namespace {

enum class Side { kNone, kLeft, kRight, kBoth };

Side side_of(const plan::ExprRef& expr, size_t left_columns) {
  bool left = false;
  bool right = false;
  plan::for_each_column(
      expr, [&](const plan::Column& column) { (column.index < left_columns ? left : right) = true; });
  return left && right ? Side::kBoth : left ? Side::kLeft : right ? Side::kRight : Side::kNone;
}

plan::ExprRef shift(const plan::ExprRef& expr, size_t left_columns) {
  return plan::substitute(expr, [&](const plan::Column& column, const plan::Expr& e) {
    return plan::column(column.index - static_cast<uint32_t>(left_columns), column.name, e.type, e.nullable,
                        e.span);
  });
}

/// A subquery in it would be evaluated for all rows of a side, which may fail for rows that do not meet.
bool add_key(const plan::ExprRef& part, size_t left_columns, JoinCondition& condition) {
  plan::ExprRef a;
  plan::ExprRef b;
  bool nulls_match = false;
  if (const auto* call = std::get_if<plan::Call>(&part->node)) {
    if (call->function->name != "=" || call->arguments.size() != 2) return false;
    a = call->arguments[0];
    b = call->arguments[1];
  } else if (const auto* distinct = std::get_if<plan::IsDistinct>(&part->node);
             distinct && distinct->negated) {
    a = distinct->left;
    b = distinct->right;
    nulls_match = true;
  } else {
    return false;
  }
  if (a->type.id != b->type.id || a->can_fail || b->can_fail) return false;
  const Side side_a = side_of(a, left_columns);
  const Side side_b = side_of(b, left_columns);
  if (side_a == Side::kLeft && side_b == Side::kRight) {
    condition.keys.push_back({a, shift(b, left_columns), nulls_match});
  } else if (side_a == Side::kRight && side_b == Side::kLeft) {
    condition.keys.push_back({b, shift(a, left_columns), nulls_match});
  } else {
    return false;
  }
  return true;
}

void split(const plan::ExprRef& part, size_t left_columns, JoinCondition& condition,
           std::vector<plan::ExprRef>& rest) {
  if (const auto* logical = std::get_if<plan::Logical>(&part->node); logical && logical->is_and) {
    for (const plan::ExprRef& operand : logical->operands) split(operand, left_columns, condition, rest);
  } else if (!add_key(part, left_columns, condition)) {
    rest.push_back(part);
  }
}

}  // namespace

JoinCondition split_condition(const plan::ExprRef& condition, size_t left_columns) {
  JoinCondition result;
  std::vector<plan::ExprRef> rest;
  if (condition) split(condition, left_columns, result, rest);
  if (rest.size() == 1) result.rest = rest[0];
  if (rest.size() > 1) result.rest = plan::logical(true, std::move(rest), condition->span);
  return result;
}

}  // namespace sqlmill::rt::query
