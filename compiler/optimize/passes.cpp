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
  if (!expr) return expr;
  for (const ExprRule rule : kExprRules) expr = rule(expr);
  return expr;
}

/// Whether any changed.
bool rewrite(std::vector<plan::ExprRef>& exprs) {
  bool changed = false;
  for (plan::ExprRef& e : exprs) {
    plan::ExprRef rewritten = rewrite(e);
    changed = changed || rewritten != e;
    e = std::move(rewritten);
  }
  return changed;
}

bool rewrite(std::vector<plan::AggregateCall>& calls) {
  bool changed = false;
  for (plan::AggregateCall& call : calls) {
    plan::ExprRef argument = rewrite(call.argument);
    plan::ExprRef filter = rewrite(call.filter);
    changed = changed || argument != call.argument || filter != call.filter;
    call.argument = std::move(argument);
    call.filter = std::move(filter);
  }
  return changed;
}

std::vector<std::string> names_of(const plan::Node& node) {
  std::vector<std::string> names;
  for (const plan::OutputColumn& c : node.columns) names.push_back(c.name);
  return names;
}

}  // namespace

/// The node with its inputs and expressions rewritten; the node itself if nothing changed.
plan::NodeRef Optimizer::with_rewritten_parts(const plan::NodeRef& node) {
  struct Visitor {
    Optimizer& optimizer;
    const plan::NodeRef& node;
    plan::NodeRef operator()(const plan::Scan&) { return node; }
    plan::NodeRef operator()(const plan::Filter& n) {
      plan::NodeRef input = optimizer.optimize(n.input);
      plan::ExprRef predicate = rewrite(n.predicate);
      if (input == n.input && predicate == n.predicate) return node;
      return plan::filter(std::move(input), std::move(predicate), node->span);
    }
    plan::NodeRef operator()(const plan::Project& n) {
      plan::NodeRef input = optimizer.optimize(n.input);
      std::vector<plan::ExprRef> exprs = n.exprs;
      if (!rewrite(exprs) && input == n.input) return node;
      return plan::project(std::move(input), std::move(exprs), names_of(*node), node->span);
    }
    plan::NodeRef operator()(const plan::Aggregate& n) {
      plan::NodeRef input = optimizer.optimize(n.input);
      std::vector<plan::ExprRef> keys = n.keys;
      std::vector<plan::AggregateCall> calls = n.calls;
      const bool keys_changed = rewrite(keys);
      const bool calls_changed = rewrite(calls);
      if (!keys_changed && !calls_changed && input == n.input) return node;
      return plan::aggregate(std::move(input), std::move(keys), std::move(calls), n.grouped, names_of(*node),
                             node->span, node->name);
    }
    plan::NodeRef operator()(const plan::Union& n) {
      std::vector<plan::NodeRef> inputs;
      bool changed = false;
      for (const plan::NodeRef& input : n.inputs) {
        inputs.push_back(optimizer.optimize(input));
        changed = changed || inputs.back() != input;
      }
      return changed ? plan::union_all(std::move(inputs), names_of(*node), node->span) : node;
    }
  };
  return std::visit(Visitor{*this, node}, node->op);
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
