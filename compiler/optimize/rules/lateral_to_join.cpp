// SELECT … FROM t, LATERAL (SELECT * FROM u WHERE u.a = t.a) s
//   ⇒  SELECT … FROM t JOIN u ON u.a = t.a
// SELECT … FROM t, LATERAL (SELECT max(b) FROM u WHERE u.a = t.a) s
//   ⇒  SELECT … FROM t LEFT JOIN (SELECT a, max(b) FROM u GROUP BY a) s ON s.a = t.a
// SELECT … FROM t, LATERAL (SELECT t.a + 1 AS b) s
//   ⇒  SELECT …, t.a + 1 AS b FROM t
//
// The right side no longer runs for each row of the left. If it can fail, it must not run where the left has
// no rows: only a left join is sure to ask its left side first.
#include <algorithm>

#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/pull_up.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::JoinKind;
using plan::NodeRef;

bool is_one_row_of_nothing(const NodeRef& node) {
  const auto* values = std::get_if<plan::Values>(&node->op);
  return values && values->rows.size() == 1 && values->rows[0].empty();
}

class LateralJoin {
 public:
  LateralJoin(const plan::Node& node, const plan::Join& join, Pulled pulled)
      : node_(node), join_(join), pulled_(std::move(pulled)), width_(join.left->columns.size()) {}

  /// Null: it must stay.
  NodeRef to_join() {
    if (is_one_row_of_nothing(pulled_.node)) {
      pulled_.one_row = true;
      pulled_.filters = std::exchange(pulled_.predicates, {});
    }
    switch (join_.kind) {
      case JoinKind::kInner:
        return inner();
      case JoinKind::kLeft:
        return pulled_.one_row ? left_of_one_row() : left();
      case JoinKind::kSemi:
      case JoinKind::kAnti:
      case JoinKind::kRight:
      case JoinKind::kFull:
        return nullptr;
    }
    __builtin_unreachable();
  }

 private:
  /// Over the new join's row: the left's columns, then the pulled node's.
  ExprRef over(const NodeRef& row, const ExprRef& expr) const {
    const std::vector<ExprRef> columns = all_columns(*row);
    const std::vector<ExprRef> right(columns.begin() + static_cast<std::ptrdiff_t>(width_), columns.end());
    return with_parameters(inlined(expr, right), join_.parameters);
  }
  std::vector<ExprRef> over(const NodeRef& row, std::vector<ExprRef> exprs) const {
    for (ExprRef& e : exprs) e = over(row, e);
    return exprs;
  }
  NodeRef joined(JoinKind kind, std::vector<ExprRef> condition) const {
    if (is_one_row_of_nothing(pulled_.node)) return join_.left;
    return plan::join(kind, join_.left, pulled_.node, conjunction(std::move(condition)), {}, node_.span);
  }
  /// What the lateral join gives, over the new join's row.
  std::vector<ExprRef> outputs(const NodeRef& row) const {
    std::vector<ExprRef> exprs = columns_between(*row, 0, static_cast<uint32_t>(width_));
    for (const ExprRef& e : over(row, pulled_.outputs)) exprs.push_back(e);
    return exprs;
  }
  /// The row as it is before anything is said of unmatched ones.
  NodeRef inner_row() const { return joined(JoinKind::kInner, {}); }
  NodeRef done(NodeRef row, std::vector<ExprRef> exprs) const {
    return projected(std::move(row), std::move(exprs), names_of(node_), node_.span);
  }

  NodeRef inner() const {
    const NodeRef inner = inner_row();
    if (!pulled_.one_row) {
      std::vector<ExprRef> condition = over(inner, pulled_.predicates);
      for (const ExprRef& part : conjuncts(join_.condition))
        condition.push_back(inlined(part, outputs(inner)));
      const NodeRef row = joined(JoinKind::kInner, std::move(condition));
      return done(row, outputs(row));
    }
    const NodeRef row = joined(JoinKind::kLeft, over(inner, pulled_.predicates));
    std::vector<ExprRef> filters = over(row, pulled_.filters);
    for (const ExprRef& part : conjuncts(join_.condition)) filters.push_back(inlined(part, outputs(row)));
    return done(filtered(row, std::move(filters)), outputs(row));
  }

  NodeRef left() const {
    const NodeRef inner = inner_row();
    std::vector<ExprRef> condition = over(inner, pulled_.predicates);
    for (const ExprRef& part : conjuncts(join_.condition)) condition.push_back(inlined(part, outputs(inner)));
    const NodeRef row = joined(JoinKind::kLeft, std::move(condition));
    std::vector<ExprRef> exprs = outputs(row);
    for (size_t i = width_; i < exprs.size(); ++i) {
      if (!as_column(pulled_.outputs[i - width_])) exprs[i] = where_matched(row, exprs[i]);
      if (!exprs[i]) return nullptr;
    }
    return done(row, std::move(exprs));
  }

  /// NULL where the left's row has met none; null if that cannot be seen.
  ExprRef where_matched(const NodeRef& row, const ExprRef& expr) const {
    for (const ExprRef& predicate : pulled_.predicates) {
      const std::optional<Correlation> correlation = as_correlation(predicate);
      if (!correlation) continue;
      const ExprRef met = plan::is(over(row, correlation->inner), plan::Test::kNull, true, expr->span);
      return plan::case_when({{met, expr}}, plan::null_constant(expr->type, expr->span), expr->type,
                             expr->span);
    }
    return nullptr;
  }

  NodeRef left_of_one_row() const {
    const NodeRef row = joined(JoinKind::kLeft, over(inner_row(), pulled_.predicates));
    std::vector<ExprRef> exprs = outputs(row);
    std::vector<ExprRef> filters = over(row, pulled_.filters);
    for (const ExprRef& part : conjuncts(join_.condition)) filters.push_back(inlined(part, exprs));
    const ExprRef there = conjunction(std::move(filters));
    for (size_t i = width_; there && i < exprs.size(); ++i) {
      const ExprRef e = exprs[i];
      exprs[i] = plan::case_when({{there, e}}, plan::null_constant(e->type, e->span), e->type, e->span);
    }
    return done(row, std::move(exprs));
  }

  const plan::Node& node_;
  const plan::Join& join_;
  Pulled pulled_;
  const size_t width_;
};

}  // namespace

plan::NodeRef lateral_to_join(const plan::NodeRef& node) {
  const auto* join = std::get_if<plan::Join>(&node->op);
  if (!join || join->parameters.empty()) return node;
  if (!reads_parameter(join->right))
    return plan::join(join->kind, join->left, join->right, join->condition, {}, node->span);
  std::optional<Pulled> pulled = pull_up(join->right);
  if (!pulled || (join->kind != JoinKind::kLeft && may_fail(pulled->node))) return node;
  const plan::NodeRef rewritten = LateralJoin(*node, *join, std::move(*pulled)).to_join();
  return rewritten ? rewritten : node;
}

}  // namespace sqlmill::optimize
