// SELECT … FROM (t JOIN u ON …) SEMI JOIN v ON v.a = t.a  ⇒  SELECT … FROM (t SEMI JOIN v ON v.a = t.a) JOIN
// u ON …
//
// Where the join has more rows than t, so that fewer rows are looked for.
#include "compiler/optimize/estimates.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::NodeRef;

NodeRef sink(const NodeRef& node, Estimates& estimates) {
  const auto* join = std::get_if<plan::Join>(&node->op);
  const bool is_semi = join && (join->kind == plan::JoinKind::kSemi || join->kind == plan::JoinKind::kAnti);
  if (!is_semi || !join->parameters.empty() || !join->condition || !is_region(join->left) ||
      !is_harmless(join->condition) || may_fail(join->right))
    return node;
  const JoinRegion region = take_apart(join->left);
  const size_t width = join->left->columns.size();
  // The condition over the region's row, then the right's columns.
  std::vector<ExprRef> row = region.outputs;
  for (uint32_t i = 0; i < join->right->columns.size(); ++i)
    row.push_back(
        shifted(plan::column_of(*join->right, i, node->span), static_cast<int64_t>(region.width())));
  const ExprRef condition = inlined(join->condition, row);
  if (!reads_any(join->condition, 0, width)) return node;
  for (size_t i = 0; i < region.leaves.size(); ++i) {
    const uint32_t begin = region.offsets[i];
    const uint32_t end = region.offsets[i + 1];
    if (reads_any(condition, 0, begin) || reads_any(condition, end, region.width())) continue;
    estimates.learn(region);
    if (estimates.rows(region.leaves[i]) > estimates.rows(join->left)) return node;
    const ExprRef of_leaf = plan::substitute(condition, [&](const plan::Column& c, const plan::Expr& e) {
      const size_t by = c.index < region.width() ? begin : region.width() - (end - begin);
      return plan::column(c.index - static_cast<uint32_t>(by), c.name, e.type, e.nullable, e.span);
    });
    std::vector<NodeRef> leaves = region.leaves;
    leaves[i] = plan::join(join->kind, leaves[i], join->right, of_leaf, {}, node->span);
    NodeRef current = leaves[0];
    for (size_t j = 1; j < leaves.size(); ++j)
      current = plan::join(plan::JoinKind::kInner, current, leaves[j], nullptr, {}, node->span);
    std::vector<ExprRef> parts = region.conjuncts;
    parts.insert(parts.end(), region.last.begin(), region.last.end());
    // The joins get their conditions back when they are put in order.
    return projected(filtered(std::move(current), std::move(parts)), region.outputs, names_of(*node),
                     node->span);
  }
  return node;
}

}  // namespace

plan::NodeRef sink_semi_joins(const plan::NodeRef& plan, const Statistics& statistics) {
  Estimates estimates(statistics);
  return NodeRewriter([&](const NodeRef& node) { return sink(node, estimates); }).rewrite(plan);
}

}  // namespace sqlmill::optimize
