// The rules for ad hoc queries, in their order. Those of expressions are shared with views (passes.cpp) as
// far as views have them.
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"
#include "compiler/optimize/rule.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::NodeRef;

using ExprRule = ExprRef (*)(const ExprRef&);
using NodeRule = NodeRef (*)(const NodeRef&);
using PlanRule = NodeRef (*)(const NodeRef&, const Statistics&);

/// These go over all parts of an expression themselves.
constexpr ExprRule kWholeExprRules[] = {
    fold_constants,
    like_without_pattern,
};

/// These look at one node of an expression whose operands are already rewritten.
constexpr ExprRule kExprRules[] = {
    constants_right,
    simplify_booleans,
    factor_or,
    or_to_in,
};

ExprRef simplified_parts(const ExprRef& expr) {
  std::vector<ExprRef> parts = plan::operands(expr);
  bool changed = false;
  for (ExprRef& part : parts) {
    ExprRef rewritten = simplified_parts(part);
    changed = changed || rewritten != part;
    part = std::move(rewritten);
  }
  ExprRef current = changed ? plan::with_operands(expr, std::move(parts)) : expr;
  for (const ExprRule rule : kExprRules) current = rule(current);
  return current;
}

NodeRef simplify_expressions(const NodeRef& node) {
  std::vector<ExprRef> exprs = plan::expressions(node);
  bool changed = false;
  for (ExprRef& e : exprs) {
    ExprRef rewritten = e;
    for (const ExprRule rule : kWholeExprRules) rewritten = rule(rewritten);
    rewritten = simplified_parts(rewritten);
    changed = changed || rewritten != e;
    e = std::move(rewritten);
  }
  return changed ? plan::with_expressions(node, std::move(exprs)) : node;
}

/// A rule of single nodes, of whole plans.
template <NodeRule rule>
NodeRef everywhere(const NodeRef& plan, const Statistics&) {
  return NodeRewriter(rule).rewrite(plan);
}

template <NodeRule rule>
NodeRef at_once(const NodeRef& plan, const Statistics&) {
  return rule(plan);
}

constexpr PlanRule kRules[] = {
    everywhere<simplify_expressions>,
    everywhere<case_argument_to_filter>,
    everywhere<drop_true_filters>,
    // Subqueries become joins before anything is moved: what they read of the row around them stands near
    // their top.
    everywhere<lateral_to_join>,
    everywhere<subqueries_to_joins>,
    everywhere<merge_projects>,
    at_once<push_predicates>,
    // Outer joins that have become inner ones bring more conditions together.
    at_once<push_predicates>,
    everywhere<drop_sorts>,
    everywhere<drop_distinct>,
    everywhere<semi_to_inner>,
    sink_semi_joins,
    order_joins,
    everywhere<push_limits>,
    everywhere<merge_projects>,
    at_once<prune_columns>,
    everywhere<merge_projects>,
};

}  // namespace

plan::NodeRef optimize_query(const plan::NodeRef& plan, const Statistics& statistics) {
  NodeRef current = plan;
  for (const PlanRule rule : kRules) current = rule(current, statistics);
  return current;
}

}  // namespace sqlmill::optimize
