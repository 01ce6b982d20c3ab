// SELECT … FROM big, small, middle WHERE big.a = middle.a AND middle.b = small.b
//   ⇒  SELECT … FROM big JOIN (middle JOIN small ON …) ON …
// SELECT … FROM small LEFT JOIN big ON …  ⇒  SELECT … FROM big RIGHT JOIN small ON …
// SELECT … FROM (SELECT * FROM t WHERE id = 5) t JOIN big ON big.id = t.a
//   ⇒  SELECT … FROM … t, LATERAL (SELECT * FROM big WHERE id = t.a)      where big finds rows by id
//
// Of inner joins, the two that give the fewest rows are joined first. The larger side streams by, the smaller
// one is kept; but a few rows find their partners by key.
#include <algorithm>

#include "compiler/optimize/estimates.h"
#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::JoinKind;
using plan::NodeRef;

/// As many rows are scanned in the time of one look-up.
constexpr double kScannedPerLookup = 50;
/// How much smaller the left side of an outer join must be than the right for the sides to change places.
constexpr double kWorthSwapping = 2;

/// Leaves of a region that are joined already.
struct Joined {
  NodeRef node;
  std::vector<uint32_t> columns;  // Of the region's row, in the order of the node's.
};

std::vector<uint32_t> both_columns(const Joined& a, const Joined& b) {
  std::vector<uint32_t> columns = a.columns;
  columns.insert(columns.end(), b.columns.begin(), b.columns.end());
  return columns;
}

bool has(const std::vector<uint32_t>& columns, uint32_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

bool reads_only(const ExprRef& expr, const std::vector<uint32_t>& columns) {
  bool only = true;
  plan::for_each_column(expr, [&](const plan::Column& c) { only = only && has(columns, c.index); });
  return only;
}

/// Over a row that has the region's columns in another order.
ExprRef placed(const ExprRef& expr, const std::vector<uint32_t>& columns) {
  return plan::substitute(expr, [&](const plan::Column& c, const plan::Expr& e) {
    const auto at = std::find(columns.begin(), columns.end(), c.index) - columns.begin();
    return plan::column(static_cast<uint32_t>(at), c.name, e.type, e.nullable, e.span);
  });
}

/// The relation that the rows of a plan are of, if it only filters them and selects columns.
const plan::Scan* scan_below(const NodeRef& node) {
  if (const auto* scan = std::get_if<plan::Scan>(&node->op)) return scan;
  if (const auto* filter = std::get_if<plan::Filter>(&node->op)) return scan_below(filter->input);
  if (const auto* project = std::get_if<plan::Project>(&node->op)) return scan_below(project->input);
  return nullptr;
}

class Orderer {
 public:
  explicit Orderer(const Statistics& statistics) : statistics_(statistics), estimates_(statistics) {}

  NodeRef order(const NodeRef& node) {
    if (const auto known = done_.find(node); known != done_.end()) return known->second;
    NodeRef ordered = is_region(node) ? region(node) : other(node);
    done_.emplace(node, ordered);
    return ordered;
  }

 private:
  NodeRef other(const NodeRef& node);
  NodeRef outer_or_semi(const NodeRef& node, const plan::Join& join);
  NodeRef region(const NodeRef& node);
  std::vector<Joined> leaves(const JoinRegion& region, const std::vector<EqualColumns>& equal,
                             std::vector<ExprRef>& conditions);
  Joined join(const Joined& a, const Joined& b, const std::vector<EqualColumns>& equal,
              const std::vector<ExprRef>& conditions);
  NodeRef by_lookup(const NodeRef& join);

  const Statistics& statistics_;
  Estimates estimates_;
  std::unordered_map<NodeRef, NodeRef> done_;
};

NodeRef Orderer::other(const NodeRef& node) {
  bool changed = false;
  std::vector<NodeRef> inputs = plan::children(node);
  for (NodeRef& input : inputs) {
    NodeRef ordered = order(input);
    changed = changed || ordered != input;
    input = std::move(ordered);
  }
  NodeRef current = changed ? plan::with_children(node, std::move(inputs)) : node;
  current = with_rewritten_queries(current, [this](const NodeRef& query) { return order(query); });
  const auto* join = std::get_if<plan::Join>(&current->op);
  return join && join->parameters.empty() ? outer_or_semi(current, *join) : current;
}

NodeRef Orderer::outer_or_semi(const NodeRef& node, const plan::Join& join) {
  if (NodeRef lookup = by_lookup(node)) return lookup;
  const bool swaps = join.kind == JoinKind::kLeft || join.kind == JoinKind::kFull;
  const double left = estimates_.rows(join.left);
  const double right = estimates_.rows(join.right);
  // A right side that can fail does not run where the left has no rows.
  if (!swaps || left * kWorthSwapping > right || may_fail(join.right)) return node;
  const auto left_width = static_cast<uint32_t>(join.left->columns.size());
  const auto right_width = static_cast<uint32_t>(join.right->columns.size());
  std::vector<uint32_t> columns;  // Of the row as it was, in the order of the new one.
  for (uint32_t i = 0; i < right_width; ++i) columns.push_back(left_width + i);
  for (uint32_t i = 0; i < left_width; ++i) columns.push_back(i);
  const JoinKind kind = join.kind == JoinKind::kLeft ? JoinKind::kRight : JoinKind::kFull;
  const ExprRef condition = join.condition ? placed(join.condition, columns) : nullptr;
  const NodeRef swapped = plan::join(kind, join.right, join.left, condition, {}, node->span);
  std::vector<ExprRef> exprs = columns_between(*swapped, right_width, left_width + right_width);
  for (const ExprRef& e : columns_between(*swapped, 0, right_width)) exprs.push_back(e);
  return plan::project(swapped, std::move(exprs), names_of(*node), node->span);
}

/// The join as one that looks rows of its right side up for each row of the left; null if it cannot, or
/// should not.
NodeRef Orderer::by_lookup(const NodeRef& node) {
  const auto& join = std::get<plan::Join>(node->op);
  const bool fits = join.kind == JoinKind::kInner || join.kind == JoinKind::kLeft ||
                    join.kind == JoinKind::kSemi || join.kind == JoinKind::kAnti;
  const plan::Scan* scan = scan_below(join.right);
  if (!fits || !scan || !join.condition || reads_parameter(join.right)) return nullptr;
  if (estimates_.rows(join.left) * kScannedPerLookup > statistics_.rows(*scan->relation)) return nullptr;
  const size_t width = join.left->columns.size();
  struct Found {
    Equality equality;  // Of the left's row, and the right's column.
    ExprRef part;
  };
  std::map<uint32_t, Found> found;  // By the relation's column.
  const std::vector<ExprRef> condition = conjuncts(join.condition);
  for (const ExprRef& part : condition) {
    std::optional<Equality> equality = as_equality(part);
    if (!equality) continue;
    if (reads_any(equality->left, width, SIZE_MAX)) std::swap(equality->left, equality->right);
    const plan::Column* column = as_column(equality->right);
    if (!column || column->index < width || !optimize::reads_only(equality->left, 0, width) ||
        !reads_column(equality->left) || may_fail(equality->left))
      continue;
    if (const auto from = origin(join.right, column->index - static_cast<uint32_t>(width)))
      found.emplace(from->column, Found{*equality, part});
  }
  for (const std::vector<uint32_t>& key : statistics_.lookups(*scan->relation)) {
    const bool covered =
        !key.empty() && std::all_of(key.begin(), key.end(), [&](uint32_t c) { return found.contains(c); });
    if (!covered) continue;
    std::vector<ExprRef> parameters;
    std::vector<ExprRef> parts;
    std::vector<ExprRef> rest = condition;
    for (const uint32_t c : key) {
      const Equality& equality = found.at(c).equality;
      std::erase(rest, found.at(c).part);
      const ExprRef value =
          plan::parameter(static_cast<uint32_t>(parameters.size()), plan::to_string(equality.left),
                          equality.left->type, equality.left->nullable, equality.left->span);
      parameters.push_back(equality.left);
      parts.push_back(make_equality(
          {shifted(equality.right, -static_cast<int64_t>(width)), value, equality.function}, node->span));
    }
    const NodeRef right = push_predicates(filtered(join.right, std::move(parts)));
    return plan::join(join.kind, join.left, right, conjunction(std::move(rest)), std::move(parameters),
                      node->span);
  }
  return nullptr;
}

/// Those with one leaf are taken out of `conditions`.
std::vector<Joined> Orderer::leaves(const JoinRegion& region, const std::vector<EqualColumns>& equal,
                                    std::vector<ExprRef>& conditions) {
  std::vector<Joined> parts;
  for (size_t i = 0; i < region.leaves.size(); ++i) {
    const uint32_t offset = region.offsets[i];
    std::vector<ExprRef> own;
    for (const ExprRef& e : conditions) {
      if (region.is_of_leaf(e, i)) own.push_back(shifted(e, -int64_t{offset}));
    }
    std::erase_if(conditions, [&](const ExprRef& e) { return region.is_of_leaf(e, i); });
    const NodeRef leaf = order(region.leaves[i]);
    for (const EqualColumns& set : equal) {
      std::optional<uint32_t> first;
      for (const uint32_t c : set.columns) {
        if (region.leaf_of(c) != i) continue;
        if (!first) {
          first = c - offset;
          continue;
        }
        const Equality equality{plan::column_of(*leaf, *first, leaf->span),
                                plan::column_of(*leaf, c - offset, leaf->span), set.function};
        own.push_back(make_equality(equality, leaf->span));
      }
    }
    std::vector<uint32_t> columns;
    for (uint32_t c = offset; c < region.offsets[i + 1]; ++c) columns.push_back(c);
    parts.push_back(
        {own.empty() ? leaf : push_predicates(filtered(leaf, std::move(own))), std::move(columns)});
  }
  return parts;
}

/// All conditions that both sides meet by, the larger one left.
Joined Orderer::join(const Joined& a, const Joined& b, const std::vector<EqualColumns>& equal,
                     const std::vector<ExprRef>& conditions) {
  const bool in_order = estimates_.rows(a.node) >= estimates_.rows(b.node);
  const Joined& left = in_order ? a : b;
  const Joined& right = in_order ? b : a;
  const auto build = [&](const Joined& l, const Joined& r) {
    const std::vector<uint32_t> columns = both_columns(l, r);
    std::vector<ExprRef> parts;
    for (const EqualColumns& set : equal) {
      const auto in = [&](const Joined& side) {
        return std::find_if(set.columns.begin(), set.columns.end(),
                            [&](uint32_t c) { return has(side.columns, c); });
      };
      const auto x = in(l);
      const auto y = in(r);
      if (x == set.columns.end() || y == set.columns.end()) continue;
      const auto at = [](const Joined& side, uint32_t c) {
        return static_cast<uint32_t>(std::find(side.columns.begin(), side.columns.end(), c) -
                                     side.columns.begin());
      };
      const ExprRef other =
          shifted(plan::column_of(*r.node, at(r, *y), r.node->span), static_cast<int64_t>(l.columns.size()));
      parts.push_back(make_equality({plan::column_of(*l.node, at(l, *x), l.node->span), other, set.function},
                                    l.node->span));
    }
    for (const ExprRef& e : conditions) {
      if (reads_only(e, columns) && !reads_only(e, l.columns) && !reads_only(e, r.columns))
        parts.push_back(placed(e, columns));
    }
    const source::Span span = l.node->span;
    return Joined{plan::join(JoinKind::kInner, l.node, r.node, conjunction(std::move(parts)), {}, span),
                  columns};
  };
  const Joined lookup = build(right, left);
  if (NodeRef node = by_lookup(lookup.node)) return {std::move(node), lookup.columns};
  return build(left, right);
}

NodeRef Orderer::region(const NodeRef& node) {
  JoinRegion region = take_apart(node);
  estimates_.learn(region);
  const std::vector<EqualColumns> equal = equal_columns(region);
  std::vector<ExprRef> conditions;
  std::vector<ExprRef> above;
  for (const ExprRef& e : region.conjuncts) {
    const std::optional<Equality> equality = as_equality(e);
    const bool is_known = equality && as_column(equality->left) && as_column(equality->right);
    if (!is_known) (reads_column(e) ? conditions : above).push_back(e);
  }
  above.insert(above.end(), region.last.begin(), region.last.end());
  for (ExprRef& e : conditions)
    e = with_rewritten_queries(e, [this](const NodeRef& query) { return order(query); });
  for (ExprRef& e : above)
    e = with_rewritten_queries(e, [this](const NodeRef& query) { return order(query); });

  std::vector<Joined> parts = leaves(region, equal, conditions);
  while (parts.size() > 1) {
    size_t best_a = 0;
    size_t best_b = 0;
    std::optional<Joined> best;
    std::pair<bool, double> least;  // Cross products come last.
    for (size_t a = 0; a < parts.size(); ++a) {
      for (size_t b = a + 1; b < parts.size(); ++b) {
        Joined joined = join(parts[a], parts[b], equal, conditions);
        const auto& made = std::get<plan::Join>(joined.node->op);
        const bool crosses = !made.condition && made.parameters.empty();
        const std::pair<bool, double> cost(crosses, estimates_.rows(joined.node));
        if (best && cost >= least) continue;
        best = std::move(joined);
        least = cost;
        best_a = a;
        best_b = b;
      }
    }
    parts[best_a] = std::move(*best);
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best_b));
  }
  const Joined& all = parts[0];
  for (ExprRef& e : above) e = placed(e, all.columns);
  std::vector<ExprRef> outputs;
  for (const ExprRef& e : region.outputs) outputs.push_back(placed(e, all.columns));
  return projected(filtered(all.node, std::move(above)), std::move(outputs), names_of(*node), node->span);
}

}  // namespace

plan::NodeRef order_joins(const plan::NodeRef& plan, const Statistics& statistics) {
  return Orderer(statistics).order(plan);
}

}  // namespace sqlmill::optimize
