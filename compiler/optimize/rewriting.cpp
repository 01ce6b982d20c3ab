#include "compiler/optimize/rewriting.h"

#include <algorithm>

#include "compiler/optimize/predicates.h"

namespace sqlmill::optimize {

plan::NodeRef NodeRewriter::rewrite(const plan::NodeRef& node) {
  if (const auto known = done_.find(node); known != done_.end()) return known->second;
  bool changed = false;
  std::vector<plan::NodeRef> inputs = plan::children(node);
  for (plan::NodeRef& input : inputs) {
    plan::NodeRef rewritten = rewrite(input);
    changed = changed || rewritten != input;
    input = std::move(rewritten);
  }
  plan::NodeRef current = changed ? plan::with_children(node, std::move(inputs)) : node;
  current = with_rewritten_queries(current, [this](const plan::NodeRef& n) { return rewrite(n); });
  current = rule_(current);
  done_.emplace(node, current);
  return current;
}

plan::ExprRef with_rewritten_queries(const plan::ExprRef& expr, const NodeRewriter::Rule& rewrite) {
  std::vector<plan::ExprRef> parts = plan::operands(expr);
  bool changed = false;
  for (plan::ExprRef& part : parts) {
    plan::ExprRef rewritten = with_rewritten_queries(part, rewrite);
    changed = changed || rewritten != part;
    part = std::move(rewritten);
  }
  plan::ExprRef current = changed ? plan::with_operands(expr, std::move(parts)) : expr;
  const auto* subquery = std::get_if<plan::Subquery>(&current->node);
  if (!subquery) return current;
  plan::NodeRef query = rewrite(subquery->query);
  if (query == subquery->query) return current;
  plan::Subquery other = *subquery;
  other.query = std::move(query);
  return plan::subquery(std::move(other), current->type, current->span);
}

plan::NodeRef with_rewritten_queries(const plan::NodeRef& node, const NodeRewriter::Rule& rewrite) {
  std::vector<plan::ExprRef> exprs = plan::expressions(node);
  bool changed = false;
  for (plan::ExprRef& expr : exprs) {
    plan::ExprRef rewritten = with_rewritten_queries(expr, rewrite);
    changed = changed || rewritten != expr;
    expr = std::move(rewritten);
  }
  return changed ? plan::with_expressions(node, std::move(exprs)) : node;
}

plan::NodeRef with_rewritten_frame(const plan::NodeRef& node,
                                   const std::function<plan::ExprRef(const plan::ExprRef&)>& rewrite) {
  std::vector<plan::NodeRef> inputs = plan::children(node);
  const auto* join = std::get_if<plan::Join>(&node->op);
  bool changed = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (i == 1 && join && !join->parameters.empty()) break;
    plan::NodeRef rewritten = with_rewritten_frame(inputs[i], rewrite);
    changed = changed || rewritten != inputs[i];
    inputs[i] = std::move(rewritten);
  }
  const plan::NodeRef current = changed ? plan::with_children(node, std::move(inputs)) : node;
  std::vector<plan::ExprRef> exprs = plan::expressions(current);
  changed = false;
  for (plan::ExprRef& expr : exprs) {
    plan::ExprRef rewritten = rewrite(expr);
    changed = changed || rewritten != expr;
    expr = std::move(rewritten);
  }
  return changed ? plan::with_expressions(current, std::move(exprs)) : current;
}

std::vector<std::string> names_of(const plan::Node& node) {
  std::vector<std::string> names;
  for (const plan::OutputColumn& column : node.columns) names.push_back(column.name);
  return names;
}

std::vector<plan::ExprRef> all_columns(const plan::Node& node) {
  return columns_between(node, 0, static_cast<uint32_t>(node.columns.size()));
}

std::vector<plan::ExprRef> columns_between(const plan::Node& node, uint32_t begin, uint32_t end) {
  std::vector<plan::ExprRef> exprs;
  for (uint32_t i = begin; i < end; ++i) exprs.push_back(plan::column_of(node, i, node.span));
  return exprs;
}

plan::NodeRef projected(plan::NodeRef input, std::vector<plan::ExprRef> exprs, std::vector<std::string> names,
                        source::Span span) {
  bool same = exprs.size() == input->columns.size();
  for (uint32_t i = 0; same && i < exprs.size(); ++i) {
    const plan::Column* column = as_column(exprs[i]);
    same = column && column->index == i && input->columns[i].name == names[i];
  }
  return same ? input : plan::project(std::move(input), std::move(exprs), std::move(names), span);
}

plan::NodeRef filtered(plan::NodeRef input, std::vector<plan::ExprRef> parts) {
  if (std::any_of(parts.begin(), parts.end(), is_never_true)) {
    const source::Span span = input->span;
    const plan::ExprRef zero = plan::constant(sql::Datum(int64_t{0}), {sql::TypeId::kBigint}, span);
    return plan::limit(std::move(input), zero, nullptr, false, span);
  }
  std::vector<plan::ExprRef> distinct;
  for (const plan::ExprRef& part : parts) {
    if (is_true(part)) continue;
    const auto is_same = [&](const plan::ExprRef& other) {
      return plan::equal(part, other) && !is_volatile(part);
    };
    if (std::none_of(distinct.begin(), distinct.end(), is_same)) distinct.push_back(part);
  }
  if (distinct.empty()) return input;
  const auto cost = [](const plan::ExprRef& e) { return has_subquery(e) ? 2 : may_fail(e) ? 1 : 0; };
  std::stable_sort(distinct.begin(), distinct.end(),
                   [&](const plan::ExprRef& a, const plan::ExprRef& b) { return cost(a) < cost(b); });
  const source::Span span = distinct[0]->span;
  return plan::filter(std::move(input), conjunction(std::move(distinct)), span);
}

}  // namespace sqlmill::optimize
