// SELECT max(CASE WHEN c THEN x END) …                   ⇒  SELECT max(x) FILTER (WHERE c) …
// SELECT max(CASE WHEN c THEN x END) FILTER (WHERE d) …  ⇒  SELECT max(x) FILTER (WHERE d AND c) …
//
// Aggregates of one argument ignore NULL, but for those that make a list of all in order; and x is still
// evaluated for the same rows only. So is c, but for the second form: where d is NULL, d AND c evaluates c.
// There c may not fail.
#include "compiler/optimize/rule.h"

namespace sqlmill::optimize {

namespace {

bool is_null(const plan::ExprRef& expr) {
  const sql::Datum* value = plan::as_constant(expr);
  return value && value->is_null();
}

bool ignores_nulls(const plan::AggregateCall& call) {
  return !call.function->order_matters && !call.within_group && call.more_arguments.empty();
}

bool rewrite(plan::AggregateCall& call) {
  const auto* choice = call.argument ? std::get_if<plan::Case>(&call.argument->node) : nullptr;
  if (!choice || choice->branches.size() != 1 || !is_null(choice->otherwise) || !ignores_nulls(call))
    return false;
  const auto [condition, result] = choice->branches[0];
  if (call.filter && condition->can_fail) return false;
  call.filter = call.filter ? plan::logical(true, {call.filter, condition}, condition->span) : condition;
  call.argument = result;
  return true;
}

}  // namespace

plan::NodeRef case_argument_to_filter(const plan::NodeRef& node) {
  const auto* aggregate = std::get_if<plan::Aggregate>(&node->op);
  if (!aggregate) return node;
  std::vector<plan::AggregateCall> calls = aggregate->calls;
  bool changed = false;
  for (plan::AggregateCall& call : calls) changed = rewrite(call) || changed;
  if (!changed) return node;
  std::vector<std::string> names;
  for (const plan::OutputColumn& c : node->columns) names.push_back(c.name);
  return plan::aggregate(aggregate->input, aggregate->keys, std::move(calls), aggregate->grouped,
                         std::move(names), node->span, node->name, aggregate->sets);
}

}  // namespace sqlmill::optimize
