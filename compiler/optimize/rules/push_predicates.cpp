// SELECT … FROM t, u WHERE t.a = u.a AND t.b = 5       ⇒  SELECT … FROM (SELECT * FROM t WHERE b = 5) t JOIN
// u ON t.a = u.a SELECT … FROM t JOIN u ON t.a = u.a WHERE t.a = 5    ⇒  … t.a = 5 AND u.a = 5 SELECT … FROM
// t LEFT JOIN u ON … WHERE u.b > 1       ⇒  SELECT … FROM t JOIN u ON … WHERE u.b > 1 SELECT … FROM (SELECT
// a, sum(b) FROM t GROUP BY a) s WHERE a = 5
//   ⇒  SELECT a, sum(b) FROM t WHERE a = 5 GROUP BY a
// SELECT … FROM t, u WHERE (t.a = 1 AND u.b = 2) OR (t.a = 3 AND u.b = 4)
//   ⇒  … AND t.a IN (1, 3) AND u.b IN (2, 4)
//
// Conditions go down as far as they have a meaning, so that fewer rows come up. What can fail goes below
// neither a join nor an aggregate: it would be evaluated for rows that these take away.
#include <algorithm>
#include <unordered_map>

#include "compiler/optimize/facts.h"
#include "compiler/optimize/join_region.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::JoinKind;
using plan::NodeRef;
using Parts = std::vector<ExprRef>;

void append(Parts& to, const Parts& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// Columns of one side that a condition's truth needs.
Columns within(const Columns& columns, size_t begin, size_t end) {
  Columns result;
  for (const uint32_t c : columns) {
    if (c >= begin && c < end) result.insert(c - static_cast<uint32_t>(begin));
  }
  return result;
}

Columns must_be_there(const Parts& parts) {
  Columns columns;
  for (const ExprRef& part : parts) columns.merge(columns_that_must_be_there(part));
  return columns;
}

/// Where equal values may differ, only a comparison says the same of both.
bool says_the_same_of_equals(const ExprRef& expr) {
  if (const auto* column = as_column(expr)) return column && !sql::has_equal_forms(expr->type.id);
  const auto* call = std::get_if<plan::Call>(&expr->node);
  constexpr std::string_view kComparisons[] = {"=", "<>", "<", "<=", ">", ">="};
  const bool compares = call && std::find(std::begin(kComparisons), std::end(kComparisons),
                                          call->function->name) != std::end(kComparisons);
  const bool sees_value = compares || std::holds_alternative<plan::InSet>(expr->node) ||
                          (std::holds_alternative<plan::Is>(expr->node) &&
                           std::get<plan::Is>(expr->node).test == plan::Test::kNull);
  const Parts operands = plan::operands(expr);
  return std::all_of(operands.begin(), operands.end(), [&](const ExprRef& operand) {
    return (sees_value && as_column(operand)) || says_the_same_of_equals(operand);
  });
}

/// Parts of (a AND b) OR (c AND d) that speak of one leaf, as one condition of it; null if a branch has none.
ExprRef restriction(const plan::Logical& either, const JoinRegion& region, size_t leaf) {
  Parts branches;
  for (const ExprRef& branch : either.operands) {
    Parts of_leaf;
    for (const ExprRef& part : conjuncts(branch)) {
      if (region.is_of_leaf(part, leaf) && !has_subquery(part)) of_leaf.push_back(part);
    }
    if (of_leaf.empty()) return nullptr;
    branches.push_back(conjunction(std::move(of_leaf)));
  }
  const source::Span span = branches[0]->span;
  return or_to_in(factor_or(plan::logical(false, std::move(branches), span)));
}

/// Conditions of single leaves that follow from the others.
Parts derived(const JoinRegion& region) {
  Parts parts;
  for (const ExprRef& part : region.conjuncts) {
    const auto* either = std::get_if<plan::Logical>(&part->node);
    if (!either || either->is_and) continue;
    for (size_t leaf = 0; leaf < region.leaves.size(); ++leaf) {
      if (region.is_of_leaf(part, leaf)) break;
      if (ExprRef more = restriction(*either, region, leaf)) parts.push_back(std::move(more));
    }
  }
  for (const EqualColumns& equal : equal_columns(region)) {
    for (size_t i = 0; i < equal.columns.size(); ++i) {
      const size_t leaf = region.leaf_of(equal.columns[i]);
      const auto reference = [&](uint32_t c) {
        const size_t of = region.leaf_of(c);
        const NodeRef& node = region.leaves[of];
        return shifted(plan::column_of(*node, c - region.offsets[of], node->span), region.offsets[of]);
      };
      const ExprRef column = reference(equal.columns[i]);
      if (equal.constant) {
        if (equal.constant->type.id == column->type.id)
          parts.push_back(make_equality({column, equal.constant, equal.function}, column->span));
      } else if (i > 0 && region.leaf_of(equal.columns[i - 1]) == leaf) {
        parts.push_back(
            make_equality({reference(equal.columns[i - 1]), column, equal.function}, column->span));
      }
    }
  }
  return parts;
}

class Pusher {
 public:
  /// The rows of `node` for which all of `parts` hold. Rows in which one of the columns `present` is NULL do
  /// not matter.
  NodeRef push(const NodeRef& node, Parts parts, const Columns& present);

 private:
  NodeRef of(const NodeRef& node, const plan::Filter& n, Parts parts, const Columns& present);
  NodeRef of(const NodeRef& node, const plan::Project& n, const Parts& parts, const Columns& present);
  NodeRef of(const NodeRef& node, const plan::Aggregate& n, const Parts& parts);
  NodeRef of(const NodeRef& node, const plan::Union& n, const Parts& parts);
  NodeRef of(const NodeRef& node, const plan::Window& n, const Parts& parts);
  NodeRef of(const NodeRef& node, const plan::DistinctOn& n, const Parts& parts);
  NodeRef of(const NodeRef& node, const plan::SetOperation& n, const Parts& parts);
  NodeRef of(const NodeRef& node, const plan::Join& n, Parts parts, const Columns& present);
  NodeRef of(const NodeRef& node, const plan::Shared& n, const Parts& parts);
  NodeRef region(const NodeRef& node, const Parts& parts, const Columns& present);
  NodeRef one_sided(const NodeRef& node, const plan::Join& n, const Parts& parts, const Columns& present);
  NodeRef full(const NodeRef& node, const plan::Join& n, const Parts& parts);
  NodeRef lateral(const NodeRef& node, const plan::Join& n, const Parts& parts);
  /// Nothing goes below.
  NodeRef stop(const NodeRef& node, const Parts& parts);

  std::unordered_map<NodeRef, NodeRef> shared_;
};

NodeRef Pusher::push(const NodeRef& node, Parts parts, const Columns& present) {
  if (std::any_of(parts.begin(), parts.end(), is_never_true)) return filtered(push(node, {}, {}), parts);
  if (is_region(node)) return region(node, parts, present);
  struct Visitor {
    Pusher& pusher;
    const NodeRef& node;
    Parts& parts;
    const Columns& present;
    NodeRef operator()(const plan::Filter& n) { return pusher.of(node, n, std::move(parts), present); }
    NodeRef operator()(const plan::Project& n) { return pusher.of(node, n, parts, present); }
    NodeRef operator()(const plan::Aggregate& n) { return pusher.of(node, n, parts); }
    NodeRef operator()(const plan::Union& n) { return pusher.of(node, n, parts); }
    NodeRef operator()(const plan::Join& n) { return pusher.of(node, n, std::move(parts), present); }
    NodeRef operator()(const plan::Window& n) { return pusher.of(node, n, parts); }
    NodeRef operator()(const plan::Sort& n) {
      return plan::with_children(node, {pusher.push(n.input, std::move(parts), present)});
    }
    NodeRef operator()(const plan::DistinctOn& n) { return pusher.of(node, n, parts); }
    NodeRef operator()(const plan::SetOperation& n) { return pusher.of(node, n, parts); }
    NodeRef operator()(const plan::Shared& n) { return pusher.of(node, n, parts); }
    NodeRef operator()(const plan::Limit&) { return pusher.stop(node, parts); }
    NodeRef operator()(const plan::Scan&) { return pusher.stop(node, parts); }
    NodeRef operator()(const plan::Values&) { return pusher.stop(node, parts); }
    NodeRef operator()(const plan::TableFunction&) { return pusher.stop(node, parts); }
    NodeRef operator()(const plan::Recursive&) { return pusher.stop(node, parts); }
    NodeRef operator()(const plan::WorkingTable&) { return pusher.stop(node, parts); }
  };
  return std::visit(Visitor{*this, node, parts, present}, node->op);
}

NodeRef Pusher::stop(const NodeRef& node, const Parts& parts) {
  std::vector<NodeRef> inputs = plan::children(node);
  for (NodeRef& input : inputs) input = push(input, {}, {});
  return filtered(inputs.empty() ? node : plan::with_children(node, std::move(inputs)), parts);
}

NodeRef Pusher::of(const NodeRef&, const plan::Filter& n, Parts parts, const Columns& present) {
  Parts all = conjuncts(n.predicate);
  append(all, parts);
  Columns there = must_be_there(all);
  there.insert(present.begin(), present.end());
  return push(n.input, std::move(all), there);
}

NodeRef Pusher::of(const NodeRef& node, const plan::Project& n, const Parts& parts, const Columns& present) {
  Parts below;
  Parts above;
  for (const ExprRef& part : parts) {
    bool repeats = false;  // What is dear, or not the same twice, is computed once.
    plan::for_each_column(part, [&](const plan::Column& c) {
      repeats = repeats || has_subquery(n.exprs[c.index]) || is_volatile(n.exprs[c.index]);
    });
    if (repeats) {
      above.push_back(part);
    } else {
      below.push_back(simplify_booleans(inlined(part, n.exprs)));
    }
  }
  Columns there;
  for (const uint32_t c : present) {
    if (const plan::Column* column = as_column(n.exprs[c])) there.insert(column->index);
  }
  there.merge(must_be_there(below));
  return filtered(plan::with_children(node, {push(n.input, std::move(below), there)}), std::move(above));
}

NodeRef Pusher::of(const NodeRef& node, const plan::Aggregate& n, const Parts& parts) {
  Parts below;
  Parts above;
  for (const ExprRef& part : parts) {
    const bool moves = n.grouped && n.sets.empty() && reads_column(part) &&
                       reads_only(part, 0, n.keys.size()) && says_the_same_of_equals(part);
    const ExprRef e = moves ? inlined(part, n.keys) : nullptr;
    if (e && is_harmless(e)) {
      below.push_back(e);
    } else {
      above.push_back(part);
    }
  }
  const Columns there = must_be_there(below);
  return filtered(plan::with_children(node, {push(n.input, std::move(below), there)}), std::move(above));
}

NodeRef Pusher::of(const NodeRef& node, const plan::Union& n, const Parts& parts) {
  std::vector<NodeRef> inputs;
  for (const NodeRef& input : n.inputs) {
    Parts own = parts;
    for (ExprRef& part : own) part = inlined(part, all_columns(*input));
    inputs.push_back(push(input, std::move(own), must_be_there(parts)));
  }
  return plan::with_children(node, std::move(inputs));
}

/// Those of `parts` that say something of whole groups, which the node keeps together by `keys`.
std::pair<Parts, Parts> split_by_keys(const Parts& parts, const Parts& keys) {
  Columns columns;
  for (const ExprRef& key : keys) {
    if (const plan::Column* column = as_column(key)) columns.insert(column->index);
  }
  std::pair<Parts, Parts> result;
  for (const ExprRef& part : parts) {
    bool of_keys = reads_column(part) && is_harmless(part) && says_the_same_of_equals(part);
    plan::for_each_column(part,
                          [&](const plan::Column& c) { of_keys = of_keys && columns.contains(c.index); });
    (of_keys ? result.first : result.second).push_back(part);
  }
  return result;
}

NodeRef Pusher::of(const NodeRef& node, const plan::Window& n, const Parts& parts) {
  auto [below, above] = split_by_keys(parts, n.partition);
  return filtered(plan::with_children(node, {push(n.input, std::move(below), {})}), std::move(above));
}

NodeRef Pusher::of(const NodeRef& node, const plan::DistinctOn& n, const Parts& parts) {
  auto [below, above] = split_by_keys(parts, n.keys);
  return filtered(plan::with_children(node, {push(n.input, std::move(below), {})}), std::move(above));
}

NodeRef Pusher::of(const NodeRef& node, const plan::SetOperation& n, const Parts& parts) {
  auto [below, above] = split_by_keys(parts, all_columns(*node));
  return filtered(plan::with_children(node, {push(n.left, below, {}), push(n.right, below, {})}),
                  std::move(above));
}

NodeRef Pusher::of(const NodeRef& node, const plan::Shared& n, const Parts& parts) {
  NodeRef& input = shared_[n.input];
  if (!input) input = push(n.input, {}, {});
  return filtered(plan::with_children(node, {input}), parts);
}

// ---- Joins ----

NodeRef Pusher::region(const NodeRef& node, const Parts& parts, const Columns& present) {
  JoinRegion region = take_apart(node);
  for (const ExprRef& part : parts) region.add(inlined(part, region.outputs));
  for (ExprRef& part : derived(region)) region.add(std::move(part));
  Columns there = must_be_there(region.conjuncts);
  there.merge(must_be_there(region.last));
  for (const uint32_t c : present) {
    if (const plan::Column* column = as_column(region.outputs[c])) there.insert(column->index);
  }
  std::vector<Parts> conditions(region.leaves.size());  // Each where the last of its leaves comes in.
  std::vector<Parts> of_leaf(region.leaves.size());
  Parts above;
  for (const ExprRef& part : region.conjuncts) {
    uint32_t last = 0;
    if (!reads_column(part)) above.push_back(part);
    plan::for_each_column(part, [&](const plan::Column& c) { last = std::max(last, c.index); });
    const size_t leaf = region.leaf_of(last);
    if (region.is_of_leaf(part, leaf)) {
      of_leaf[leaf].push_back(shifted(part, -int64_t{region.offsets[leaf]}));
    } else if (reads_column(part)) {
      conditions[leaf].push_back(part);
    }
  }
  append(above, region.last);
  NodeRef current;
  for (size_t i = 0; i < region.leaves.size(); ++i) {
    const Columns of_this = within(there, region.offsets[i], region.offsets[i + 1]);
    const NodeRef leaf = push(region.leaves[i], std::move(of_leaf[i]), of_this);
    current = i == 0 ? leaf
                     : plan::join(JoinKind::kInner, current, leaf, conjunction(std::move(conditions[i])), {},
                                  node->span);
  }
  return projected(filtered(std::move(current), std::move(above)), region.outputs, names_of(*node),
                   node->span);
}

NodeRef Pusher::of(const NodeRef& node, const plan::Join& n, Parts parts, const Columns& present) {
  if (!n.parameters.empty()) return lateral(node, n, parts);
  const size_t width = n.left->columns.size();
  const size_t end = node->columns.size();
  Columns there = must_be_there(parts);
  there.insert(present.begin(), present.end());
  const bool left_is_there = !within(there, 0, width).empty();
  const bool right_is_there = !within(there, width, end).empty();
  switch (n.kind) {
    case JoinKind::kInner:
      break;  // A region.
    case JoinKind::kLeft:
      if (right_is_there && !may_fail(n.right))  // That does not run where the left has no rows.
        return push(plan::join(JoinKind::kInner, n.left, n.right, n.condition, {}, node->span), parts,
                    present);
      return one_sided(node, n, parts, present);
    case JoinKind::kSemi:
    case JoinKind::kAnti:
      return one_sided(node, n, parts, present);
    case JoinKind::kRight: {
      // The other way round.
      const auto right_width = static_cast<int64_t>(n.right->columns.size());
      const auto swapped = [&](const plan::Column& c, const plan::Expr& e) {
        const int64_t by = c.index < width ? right_width : -static_cast<int64_t>(width);
        return plan::column(static_cast<uint32_t>(c.index + by), c.name, e.type, e.nullable, e.span);
      };
      const ExprRef condition = n.condition ? plan::substitute(n.condition, swapped) : nullptr;
      const NodeRef left = plan::join(JoinKind::kLeft, n.right, n.left, condition, {}, node->span);
      Parts exprs = columns_between(*left, static_cast<uint32_t>(right_width), static_cast<uint32_t>(end));
      append(exprs, columns_between(*left, 0, static_cast<uint32_t>(right_width)));
      return push(plan::project(left, std::move(exprs), names_of(*node), node->span), std::move(parts),
                  present);
    }
    case JoinKind::kFull: {
      if (!left_is_there && !right_is_there) return full(node, n, parts);
      const JoinKind kind = !right_is_there  ? JoinKind::kLeft
                            : !left_is_there ? JoinKind::kRight
                                             : JoinKind::kInner;
      return push(plan::join(kind, n.left, n.right, n.condition, {}, node->span), std::move(parts), present);
    }
  }
  return stop(node, parts);
}

NodeRef Pusher::full(const NodeRef& node, const plan::Join& n, const Parts& parts) {
  return filtered(plan::with_children(node, {push(n.left, {}, {}), push(n.right, {}, {})}), parts);
}

/// Left, semi and anti joins: what is asked of the left side is asked below; of the right side only the
/// condition asks.
NodeRef Pusher::one_sided(const NodeRef& node, const plan::Join& n, const Parts& parts,
                          const Columns& present) {
  const size_t width = n.left->columns.size();
  Parts left;
  Parts right;
  Parts above;
  Parts condition;
  for (const ExprRef& part : parts) {
    const bool goes = reads_only(part, 0, width) && reads_column(part) && is_harmless(part);
    (goes ? left : above).push_back(part);
  }
  for (const ExprRef& part : conjuncts(n.condition)) {
    const bool moves = reads_column(part) && is_harmless(part);
    if (moves && reads_only(part, width, SIZE_MAX)) {
      right.push_back(shifted(part, -static_cast<int64_t>(width)));
    } else if (moves && n.kind == JoinKind::kSemi && reads_only(part, 0, width)) {
      left.push_back(part);
    } else {
      condition.push_back(part);
    }
  }
  const Columns needed = must_be_there(condition);
  Columns left_there = within(present, 0, width);
  left_there.merge(must_be_there(left));
  if (n.kind == JoinKind::kSemi) left_there.merge(within(needed, 0, width));
  const NodeRef new_left = push(n.left, std::move(left), left_there);
  const std::map<uint32_t, ExprRef> constants = constant_columns(new_left);
  for (const ExprRef& part : condition) {
    const std::optional<Equality> equality = as_equality(part);
    if (!equality) continue;
    for (const auto& [a, b] :
         {std::pair(equality->left, equality->right), std::pair(equality->right, equality->left)}) {
      const plan::Column* column = as_column(a);
      const auto known = column && column->index < width ? constants.find(column->index) : constants.end();
      if (known == constants.end() || !reads_column(b) || !reads_only(b, width, SIZE_MAX) || may_fail(b))
        continue;
      const ExprRef other = shifted(b, -static_cast<int64_t>(width));
      right.push_back(make_equality({other, known->second, equality->function}, part->span));
    }
  }
  Columns right_there = within(needed, width, SIZE_MAX);
  right_there.merge(must_be_there(right));
  const NodeRef new_right = push(n.right, std::move(right), right_there);
  return filtered(plan::join(n.kind, new_left, new_right, conjunction(std::move(condition)), {}, node->span),
                  std::move(above));
}

/// Parameters mean another row on the right side.
NodeRef Pusher::lateral(const NodeRef& node, const plan::Join& n, const Parts& parts) {
  const size_t width = n.left->columns.size();
  Parts left;
  Parts right;
  Parts above;
  for (const ExprRef& part : parts) {
    const bool moves = reads_column(part) && is_harmless(part);
    if (moves && reads_only(part, 0, width)) {
      left.push_back(part);
    } else if (moves && n.kind == JoinKind::kInner && reads_only(part, width, SIZE_MAX) &&
               !reads_parameter(part)) {
      right.push_back(shifted(part, -static_cast<int64_t>(width)));
    } else {
      above.push_back(part);
    }
  }
  const Columns left_there = must_be_there(left);
  const Columns right_there = must_be_there(right);
  NodeRef joined = plan::with_children(
      node, {push(n.left, std::move(left), left_there), push(n.right, std::move(right), right_there)});
  return filtered(std::move(joined), std::move(above));
}

}  // namespace

plan::NodeRef push_predicates(const plan::NodeRef& plan) {
  Pusher pusher;
  NodeRewriter queries([&](const NodeRef& node) {
    return with_rewritten_queries(node, [&](const NodeRef& query) { return pusher.push(query, {}, {}); });
  });
  return pusher.push(queries.rewrite(plan), {}, {});
}

}  // namespace sqlmill::optimize
