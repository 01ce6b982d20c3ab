// SELECT b + 1 FROM (SELECT a AS b FROM t) s  ⇒  SELECT a + 1 FROM t
//
// Unless something would be computed twice.
#include <algorithm>

#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

bool is_leaf(const plan::ExprRef& expr) {
  return plan::operands(expr).empty() && !has_subquery(expr) && !is_volatile(expr);
}

}  // namespace

plan::NodeRef merge_projects(const plan::NodeRef& node) {
  const auto* outer = std::get_if<plan::Project>(&node->op);
  const auto* inner = outer ? std::get_if<plan::Project>(&outer->input->op) : nullptr;
  if (!inner) return outer ? projected(outer->input, outer->exprs, names_of(*node), node->span) : node;
  std::vector<size_t> uses(inner->exprs.size());
  for (const plan::ExprRef& e : outer->exprs)
    plan::for_each_column(e, [&](const plan::Column& c) { ++uses[c.index]; });
  for (size_t i = 0; i < uses.size(); ++i) {
    const plan::ExprRef& e = inner->exprs[i];
    if (!is_leaf(e) && (uses[i] > 1 || is_volatile(e))) return node;
  }
  std::vector<plan::ExprRef> exprs;
  for (const plan::ExprRef& e : outer->exprs) exprs.push_back(inlined(e, inner->exprs));
  return merge_projects(plan::project(inner->input, std::move(exprs), names_of(*node), node->span));
}

}  // namespace sqlmill::optimize
