// SELECT … FROM t WHERE true AND p  ⇒  SELECT … FROM t WHERE p
// SELECT … FROM t WHERE true        ⇒  SELECT … FROM t
#include "compiler/optimize/rule.h"

namespace sqlmill::optimize {

namespace {

bool is_true(const plan::ExprRef& expr) {
  const sql::Datum* value = plan::as_constant(expr);
  return value && !value->is_null() && value->as<bool>();
}

}  // namespace

plan::NodeRef drop_true_filters(const plan::NodeRef& node) {
  const auto* filter = std::get_if<plan::Filter>(&node->op);
  if (!filter) return node;
  if (is_true(filter->predicate)) return filter->input;
  const auto* all = std::get_if<plan::Logical>(&filter->predicate->node);
  if (!all || !all->is_and) return node;
  std::vector<plan::ExprRef> rest;
  for (const plan::ExprRef& operand : all->operands) {
    if (!is_true(operand)) rest.push_back(operand);
  }
  if (rest.size() == all->operands.size()) return node;
  if (rest.empty()) return filter->input;
  plan::ExprRef predicate =
      rest.size() == 1 ? rest[0] : plan::logical(true, std::move(rest), filter->predicate->span);
  return plan::filter(filter->input, std::move(predicate), node->span);
}

}  // namespace sqlmill::optimize
