// SELECT a FROM t WHERE b = 5                   reads a and b of t only
// SELECT a FROM (SELECT a, f(b) FROM t) s       ⇒  SELECT a FROM t
// SELECT a FROM (SELECT a, sum(b), max(c) FROM t GROUP BY a) s  ⇒  SELECT a FROM t GROUP BY a
//
// What keeps rows (joins, sorts, windows) gets the columns that are asked for above it, and no others.
#include <algorithm>
#include <numeric>

#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::NodeRef;

/// Where columns have gone: for each old column its place among the new ones, if it is still there.
using Places = std::vector<std::optional<uint32_t>>;

struct Pruned {
  NodeRef node;
  Places places;
};

Places same_places(size_t columns) {
  Places places(columns);
  for (uint32_t i = 0; i < columns; ++i) places[i] = i;
  return places;
}

void add_columns(const ExprRef& expr, Columns& columns) {
  plan::for_each_column(expr, [&](const plan::Column& c) { columns.insert(c.index); });
}

Columns columns_of(const std::vector<ExprRef>& exprs) {
  Columns columns;
  for (const ExprRef& e : exprs) add_columns(e, columns);
  return columns;
}

Columns all_of(const NodeRef& node) {
  Columns columns;
  for (uint32_t i = 0; i < node->columns.size(); ++i) columns.insert(i);
  return columns;
}

ExprRef moved(const ExprRef& expr, const Places& places) {
  return plan::substitute(expr, [&](const plan::Column& c, const plan::Expr& e) {
    return plan::column(*places[c.index], c.name, e.type, e.nullable, e.span);
  });
}

std::vector<ExprRef> moved(std::vector<ExprRef> exprs, const Places& places) {
  for (ExprRef& e : exprs) e = moved(e, places);
  return exprs;
}

/// Exactly the columns `wanted`, in their order.
Pruned narrowed(Pruned pruned, const Columns& wanted) {
  std::vector<ExprRef> exprs;
  std::vector<std::string> names;
  Places places(pruned.places.size());
  for (const uint32_t c : wanted) {
    const uint32_t at = *pruned.places[c];
    places[c] = static_cast<uint32_t>(exprs.size());
    exprs.push_back(plan::column_of(*pruned.node, at, pruned.node->span));
    names.push_back(pruned.node->columns[at].name);
  }
  const source::Span span = pruned.node->span;
  return {projected(std::move(pruned.node), std::move(exprs), std::move(names), span), std::move(places)};
}

class Pruner {
 public:
  /// All columns stay where they are.
  NodeRef whole(const NodeRef& node) {
    if (const auto known = done_.find(node); known != done_.end()) return known->second;
    NodeRef pruned = narrowed(prune(node, all_of(node)), all_of(node)).node;
    done_.emplace(node, pruned);
    return pruned;
  }

 private:
  Pruned prune(const NodeRef& node, const Columns& wanted);
  Pruned of_scan(const NodeRef& node, const Columns& wanted);
  Pruned of(const NodeRef& node, const plan::Project& n, const Columns& wanted);
  Pruned of(const NodeRef& node, const plan::Aggregate& n, const Columns& wanted);
  Pruned of(const NodeRef& node, const plan::Union& n, const Columns& wanted);
  Pruned of(const NodeRef& node, const plan::Join& n, const Columns& wanted);
  Pruned of(const NodeRef& node, const plan::Window& n, const Columns& wanted);
  Pruned of_input(const NodeRef& node, const NodeRef& input, Columns wanted, bool keeps_rows);
  Pruned unchanged(const NodeRef& node);

  std::unordered_map<NodeRef, NodeRef> done_;
};

Pruned Pruner::prune(const NodeRef& original, const Columns& wanted) {
  const NodeRef node =
      with_rewritten_queries(original, [this](const NodeRef& query) { return whole(query); });
  struct Visitor {
    Pruner& pruner;
    const NodeRef& node;
    const Columns& wanted;
    Pruned operator()(const plan::Scan&) { return pruner.of_scan(node, wanted); }
    Pruned operator()(const plan::Filter& n) { return pruner.of_input(node, n.input, wanted, false); }
    Pruned operator()(const plan::Project& n) { return pruner.of(node, n, wanted); }
    Pruned operator()(const plan::Aggregate& n) { return pruner.of(node, n, wanted); }
    Pruned operator()(const plan::Union& n) { return pruner.of(node, n, wanted); }
    Pruned operator()(const plan::Join& n) { return pruner.of(node, n, wanted); }
    Pruned operator()(const plan::Window& n) { return pruner.of(node, n, wanted); }
    Pruned operator()(const plan::Sort& n) { return pruner.of_input(node, n.input, wanted, true); }
    Pruned operator()(const plan::Limit& n) { return pruner.of_input(node, n.input, wanted, false); }
    Pruned operator()(const plan::DistinctOn& n) { return pruner.of_input(node, n.input, wanted, true); }
    // All columns of these are compared, or read by several.
    Pruned operator()(const plan::SetOperation&) { return pruner.unchanged(node); }
    Pruned operator()(const plan::Recursive&) { return pruner.unchanged(node); }
    Pruned operator()(const plan::Shared&) { return pruner.unchanged(node); }
    Pruned operator()(const plan::WorkingTable&) { return pruner.unchanged(node); }
    Pruned operator()(const plan::Values&) { return pruner.unchanged(node); }
    Pruned operator()(const plan::TableFunction&) { return pruner.unchanged(node); }
  };
  return std::visit(Visitor{*this, node, wanted}, node->op);
}

Pruned Pruner::unchanged(const NodeRef& node) {
  std::vector<NodeRef> inputs = plan::children(node);
  for (NodeRef& input : inputs) input = whole(input);
  return {inputs.empty() ? node : plan::with_children(node, std::move(inputs)),
          same_places(node->columns.size())};
}

Pruned Pruner::of_scan(const NodeRef& node, const Columns& wanted) {
  if (wanted.size() == node->columns.size()) return unchanged(node);
  const std::vector<uint32_t> read(wanted.begin(), wanted.end());
  Places places(node->columns.size());
  for (uint32_t i = 0; i < read.size(); ++i) places[read[i]] = i;
  return {plan::scan_of(*node, read), std::move(places)};
}

/// Nodes with one input whose columns they pass on.
Pruned Pruner::of_input(const NodeRef& node, const NodeRef& input, Columns wanted, bool keeps_rows) {
  wanted.merge(columns_of(plan::expressions(node)));
  Pruned below = prune(input, wanted);
  if (keeps_rows) below = narrowed(std::move(below), wanted);
  const NodeRef current = plan::with_expressions(node, moved(plan::expressions(node), below.places));
  return {plan::with_children(current, {below.node}), std::move(below.places)};
}

Pruned Pruner::of(const NodeRef& node, const plan::Project& n, const Columns& wanted) {
  std::vector<ExprRef> exprs;
  std::vector<std::string> names;
  Places places(n.exprs.size());
  for (const uint32_t c : wanted) {
    places[c] = static_cast<uint32_t>(exprs.size());
    exprs.push_back(n.exprs[c]);
    names.push_back(node->columns[c].name);
  }
  const Pruned below = prune(n.input, columns_of(exprs));
  return {plan::project(below.node, moved(std::move(exprs), below.places), std::move(names), node->span),
          std::move(places)};
}

Pruned Pruner::of(const NodeRef& node, const plan::Aggregate& n, const Columns& wanted) {
  const size_t keys = n.keys.size();
  std::vector<plan::AggregateCall> calls;
  std::vector<std::string> names;
  Places places(node->columns.size());
  for (uint32_t i = 0; i < keys; ++i) {
    places[i] = i;
    names.push_back(node->columns[i].name);
  }
  for (uint32_t i = 0; i < n.calls.size(); ++i) {
    const auto at = static_cast<uint32_t>(keys + i);
    // An aggregate that gives one row gives it of something.
    const bool stays = wanted.contains(at) || (keys == 0 && i + 1 == n.calls.size() && calls.empty());
    if (!stays) continue;
    places[at] = static_cast<uint32_t>(keys + calls.size());
    calls.push_back(n.calls[i]);
    names.push_back(node->columns[at].name);
  }
  if (!n.sets.empty()) places.back() = static_cast<uint32_t>(keys + calls.size());
  const NodeRef fewer = plan::aggregate(n.input, n.keys, std::move(calls), n.grouped, std::move(names),
                                        node->span, node->name, n.sets);
  const std::vector<ExprRef> exprs = plan::expressions(fewer);
  const Pruned below = prune(n.input, columns_of(exprs));
  const NodeRef current = plan::with_expressions(fewer, moved(exprs, below.places));
  return {plan::with_children(current, {below.node}), std::move(places)};
}

Pruned Pruner::of(const NodeRef& node, const plan::Union& n, const Columns& wanted) {
  std::vector<NodeRef> inputs;
  std::vector<std::string> names;
  Places places(node->columns.size());
  for (const uint32_t c : wanted) {
    places[c] = static_cast<uint32_t>(names.size());
    names.push_back(node->columns[c].name);
  }
  for (const NodeRef& input : n.inputs) inputs.push_back(narrowed(prune(input, wanted), wanted).node);
  return {plan::union_all(std::move(inputs), std::move(names), node->span), std::move(places)};
}

Pruned Pruner::of(const NodeRef& node, const plan::Join& n, const Columns& wanted) {
  const size_t width = n.left->columns.size();
  Columns all = wanted;
  if (n.condition) add_columns(n.condition, all);
  Columns left = columns_of(n.parameters);
  Columns right;
  for (const uint32_t c : all) {
    if (c < width) {
      left.insert(c);
    } else {
      right.insert(c - static_cast<uint32_t>(width));
    }
  }
  const Pruned new_left = narrowed(prune(n.left, left), left);
  const Pruned new_right = narrowed(prune(n.right, right), right);
  const auto new_width = static_cast<uint32_t>(new_left.node->columns.size());
  Places places = new_left.places;
  for (const std::optional<uint32_t>& place : new_right.places)
    places.push_back(place ? std::optional(*place + new_width) : std::nullopt);
  const ExprRef condition = n.condition ? moved(n.condition, places) : nullptr;
  NodeRef joined = plan::join(n.kind, new_left.node, new_right.node, condition,
                              moved(n.parameters, new_left.places), node->span);
  places.resize(node->columns.size());
  return {std::move(joined), std::move(places)};
}

Pruned Pruner::of(const NodeRef& node, const plan::Window& n, const Columns& wanted) {
  const size_t width = n.input->columns.size();
  Columns of_input;
  std::vector<plan::WindowCall> calls;
  std::vector<uint32_t> kept;
  for (const uint32_t c : wanted) {
    if (c < width) {
      of_input.insert(c);
    } else {
      calls.push_back(n.calls[c - width]);
      kept.push_back(c);
    }
  }
  if (calls.empty()) {
    Pruned below = prune(n.input, of_input);
    below.places.resize(node->columns.size());
    return below;
  }
  const NodeRef fewer = plan::window(n.input, n.partition, n.order, std::move(calls), node->span);
  const std::vector<ExprRef> exprs = plan::expressions(fewer);
  of_input.merge(columns_of(exprs));
  const Pruned below = narrowed(prune(n.input, of_input), of_input);
  Places places = below.places;
  places.resize(node->columns.size());
  for (uint32_t i = 0; i < kept.size(); ++i)
    places[kept[i]] = static_cast<uint32_t>(below.node->columns.size()) + i;
  const NodeRef current = plan::with_expressions(fewer, moved(exprs, below.places));
  return {plan::with_children(current, {below.node}), std::move(places)};
}

}  // namespace

plan::NodeRef prune_columns(const plan::NodeRef& plan) {
  return Pruner().whole(plan);
}

}  // namespace sqlmill::optimize
