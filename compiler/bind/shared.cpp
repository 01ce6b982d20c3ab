#include "compiler/bind/shared.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace sqlmill::bind {

using plan::ExprRef;
using plan::NodeRef;

namespace {

/// Calls `visit` for the plan of each subquery.
template <class Visit>
void for_each_subquery(const ExprRef& expr, const Visit& visit) {
  if (const auto* subquery = std::get_if<plan::Subquery>(&expr->node)) visit(*subquery);
  for (const ExprRef& part : plan::operands(expr)) for_each_subquery(part, visit);
}

bool has_working_table(const NodeRef& node) {
  if (std::holds_alternative<plan::WorkingTable>(node->op)) return true;
  bool found = false;
  for (const ExprRef& e : plan::expressions(node))
    for_each_subquery(e, [&](const plan::Subquery& s) { found = found || has_working_table(s.query); });
  const std::vector<NodeRef> inputs = plan::children(node);
  return found || std::any_of(inputs.begin(), inputs.end(), has_working_table);
}

class Sharing {
 public:
  /// `repeats`: run more than once, for rows around it.
  void count(const NodeRef& node, bool repeats) {
    if (std::holds_alternative<plan::Shared>(node->op)) {
      uses_[node.get()] += repeats ? 2 : 1;
      if (uses_[node.get()] > (repeats ? 2u : 1u)) return;
      repeats = false;
    }
    for (const ExprRef& e : plan::expressions(node)) {
      for_each_subquery(e, [&](const plan::Subquery& s) { count(s.query, !s.parameters.empty()); });
    }
    const std::vector<NodeRef> inputs = plan::children(node);
    const auto* join = std::get_if<plan::Join>(&node->op);
    const bool second_repeats =
        (join && !join->parameters.empty()) || std::holds_alternative<plan::Recursive>(node->op);
    for (size_t i = 0; i < inputs.size(); ++i) count(inputs[i], repeats || (i == 1 && second_repeats));
  }

  NodeRef rewrite(const NodeRef& node) {
    const auto known = done_.find(node.get());
    if (known != done_.end()) return known->second;
    NodeRef result = rewrite_parts(node);
    if (const auto* shared = std::get_if<plan::Shared>(&result->op)) {
      if (uses_[node.get()] == 1 || has_working_table(shared->input)) result = shared->input;
    }
    return done_[node.get()] = result;
  }

 private:
  NodeRef rewrite_parts(const NodeRef& node) {
    std::vector<NodeRef> inputs = plan::children(node);
    bool changed = false;
    for (NodeRef& input : inputs) {
      NodeRef rewritten = rewrite(input);
      changed = changed || rewritten != input;
      input = std::move(rewritten);
    }
    NodeRef result = changed ? plan::with_children(node, std::move(inputs)) : node;
    std::vector<ExprRef> exprs = plan::expressions(node);
    changed = false;
    for (ExprRef& e : exprs) {
      ExprRef rewritten = rewrite(e);
      changed = changed || rewritten != e;
      e = std::move(rewritten);
    }
    return changed ? plan::with_expressions(result, std::move(exprs)) : result;
  }

  ExprRef rewrite(const ExprRef& expr) {
    std::vector<ExprRef> parts = plan::operands(expr);
    bool changed = false;
    for (ExprRef& part : parts) {
      ExprRef rewritten = rewrite(part);
      changed = changed || rewritten != part;
      part = std::move(rewritten);
    }
    const ExprRef result = changed ? plan::with_operands(expr, std::move(parts)) : expr;
    const auto* subquery = std::get_if<plan::Subquery>(&result->node);
    if (!subquery) return result;
    NodeRef query = rewrite(subquery->query);
    if (query == subquery->query) return result;
    plan::Subquery other = *subquery;
    other.query = std::move(query);
    return plan::subquery(std::move(other), result->type, result->span);
  }

  std::unordered_map<const plan::Node*, size_t> uses_;
  std::unordered_map<const plan::Node*, NodeRef> done_;
};

}  // namespace

bool reads_working_table(const NodeRef& node, uint32_t id) {
  const auto* table = std::get_if<plan::WorkingTable>(&node->op);
  if (table && table->id == id) return true;
  bool found = false;
  for (const ExprRef& e : plan::expressions(node)) {
    for_each_subquery(e, [&](const plan::Subquery& s) { found = found || reads_working_table(s.query, id); });
  }
  const std::vector<NodeRef> inputs = plan::children(node);
  return found || std::any_of(inputs.begin(), inputs.end(),
                              [&](const NodeRef& input) { return reads_working_table(input, id); });
}

NodeRef without_needless_sharing(const NodeRef& node) {
  Sharing sharing;
  sharing.count(node, false);
  return sharing.rewrite(node);
}

}  // namespace sqlmill::bind
