// The rules, in their order, applied to every node from the scans up.
#include "compiler/optimize/optimize.h"
#include "compiler/optimize/rule.h"

namespace sqlmill::optimize {

namespace {

using ExprRule = plan::ExprRef (*)(const plan::ExprRef&);
using NodeRule = plan::NodeRef (*)(const plan::NodeRef&);

constexpr ExprRule kExprRules[] = {
    fold_constants,
    like_without_pattern,
};

constexpr NodeRule kNodeRules[] = {
    case_argument_to_filter,
    drop_true_filters,
};

plan::ExprRef rewrite(plan::ExprRef expr) {
  for (const ExprRule rule : kExprRules) expr = rule(expr);
  return expr;
}

}  // namespace

/// The node with its inputs and expressions rewritten; the node itself if nothing changed.
plan::NodeRef Optimizer::with_rewritten_parts(const plan::NodeRef& node) {
  bool changed = false;
  std::vector<plan::NodeRef> inputs = plan::children(node);
  for (plan::NodeRef& input : inputs) {
    plan::NodeRef rewritten = optimize(input);
    changed = changed || rewritten != input;
    input = std::move(rewritten);
  }
  const plan::NodeRef current = changed ? plan::with_children(node, std::move(inputs)) : node;
  std::vector<plan::ExprRef> exprs = plan::expressions(node);
  changed = false;
  for (plan::ExprRef& e : exprs) {
    plan::ExprRef rewritten = rewrite(e);
    changed = changed || rewritten != e;
    e = std::move(rewritten);
  }
  return changed ? plan::with_expressions(current, std::move(exprs)) : current;
}

plan::NodeRef Optimizer::optimize(const plan::NodeRef& node) {
  const auto known = done_.find(node);
  if (known != done_.end()) return known->second;
  plan::NodeRef current = with_rewritten_parts(node);
  for (const NodeRule rule : kNodeRules) current = rule(current);
  done_.emplace(node, current);
  return current;
}

plan::NodeRef optimize(const plan::NodeRef& node) {
  return Optimizer().optimize(node);
}

}  // namespace sqlmill::optimize
