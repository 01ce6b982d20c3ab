// The rules, in their order, applied to every node from the scans up.
#include "compiler/optimize/optimize.h"
#include "compiler/optimize/rule.h"

namespace sqlmill::optimize {

namespace {

using Rule = plan::NodeRef (*)(const plan::NodeRef&);

constexpr Rule kRules[] = {
    fold_constants,
    drop_true_filters,
};

std::vector<std::string> names_of(const plan::Node& node) {
  std::vector<std::string> names;
  for (const plan::OutputColumn& c : node.columns) names.push_back(c.name);
  return names;
}

plan::NodeRef with_optimized_inputs(const plan::NodeRef& node) {
  struct Visitor {
    const plan::NodeRef& node;
    plan::NodeRef operator()(const plan::Scan&) { return node; }
    plan::NodeRef operator()(const plan::Filter& n) {
      plan::NodeRef input = optimize(n.input);
      return input == n.input ? node : plan::filter(std::move(input), n.predicate, node->span);
    }
    plan::NodeRef operator()(const plan::Project& n) {
      plan::NodeRef input = optimize(n.input);
      return input == n.input ? node : plan::project(std::move(input), n.exprs, names_of(*node), node->span);
    }
    plan::NodeRef operator()(const plan::Aggregate& n) {
      plan::NodeRef input = optimize(n.input);
      if (input == n.input) return node;
      return plan::aggregate(std::move(input), n.keys, n.calls, n.grouped, names_of(*node), node->span, node->name);
    }
    plan::NodeRef operator()(const plan::Union& n) {
      std::vector<plan::NodeRef> inputs;
      bool changed = false;
      for (const plan::NodeRef& input : n.inputs) {
        inputs.push_back(optimize(input));
        changed = changed || inputs.back() != input;
      }
      return changed ? plan::union_all(std::move(inputs), names_of(*node), node->span) : node;
    }
  };
  return std::visit(Visitor{node}, node->op);
}

}  // namespace

plan::NodeRef optimize(const plan::NodeRef& node) {
  plan::NodeRef current = with_optimized_inputs(node);
  for (const Rule rule : kRules) current = rule(current);
  return current;
}

}  // namespace sqlmill::optimize
