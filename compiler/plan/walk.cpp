// Operators by their inputs and expressions, whatever they are: for rules that do not care, and for equality.
#include <algorithm>
#include <cassert>

#include "compiler/plan/node.h"

namespace sqlmill::plan {

namespace {

// What `visit` is called with is a reference into the operator: const if that is.

template <class Op, class Visit>
void each_input(Op& op, const Visit& visit) {
  if constexpr (requires { op.inputs; }) {
    for (auto& input : op.inputs) visit(input);
  } else if constexpr (requires { op.input; }) {
    visit(op.input);
  } else if constexpr (requires { op.left; }) {
    visit(op.left);
    visit(op.right);
  } else if constexpr (requires { op.base; }) {
    visit(op.base);
    visit(op.step);
  }
}

template <class Visit>
struct ExprVisitor {
  const Visit& visit;

  void one(auto& expr) const {
    if (expr) visit(expr);
  }
  void all(auto& exprs) const {
    for (auto& e : exprs) visit(e);
  }
  void keys(auto& keys) const {
    for (auto& key : keys) visit(key.expr);
  }
  void call(auto& c) const {
    one(c.argument);
    one(c.filter);
    all(c.more_arguments);
    keys(c.order);
  }
  void window_call(auto& c) const {
    call(c.aggregate);
    all(c.arguments);
    one(c.frame.begin_offset);
    one(c.frame.end_offset);
  }
};

template <class Op, class Visit>
void each_expr(Op& op, const Visit& visit) {
  using Plain = std::remove_const_t<Op>;
  const ExprVisitor<Visit> v{visit};
  if constexpr (std::is_same_v<Plain, Filter>) {
    v.one(op.predicate);
  } else if constexpr (std::is_same_v<Plain, Project>) {
    v.all(op.exprs);
  } else if constexpr (std::is_same_v<Plain, Aggregate>) {
    v.all(op.keys);
    for (auto& c : op.calls) v.call(c);
  } else if constexpr (std::is_same_v<Plain, Values>) {
    for (auto& row : op.rows) v.all(row);
  } else if constexpr (std::is_same_v<Plain, TableFunction>) {
    v.all(op.arguments);
  } else if constexpr (std::is_same_v<Plain, Join>) {
    v.one(op.condition);
    v.all(op.parameters);
  } else if constexpr (std::is_same_v<Plain, Window>) {
    v.all(op.partition);
    v.keys(op.order);
    for (auto& c : op.calls) v.window_call(c);
  } else if constexpr (std::is_same_v<Plain, Sort>) {
    v.keys(op.keys);
  } else if constexpr (std::is_same_v<Plain, Limit>) {
    v.one(op.count);
    v.one(op.offset);
  } else if constexpr (std::is_same_v<Plain, DistinctOn>) {
    v.all(op.keys);
    v.keys(op.order);
  }
}

std::vector<std::string> names_of(const Node& node) {
  std::vector<std::string> names;
  for (const OutputColumn& c : node.columns) names.push_back(c.name);
  return names;
}

/// The operator by its constructor, with the names of `like`.
struct Rebuild {
  const NodeRef& like;

  NodeRef operator()(Scan&) const { return like; }
  NodeRef operator()(Filter& n) const { return filter(n.input, n.predicate, like->span); }
  NodeRef operator()(Project& n) const { return project(n.input, n.exprs, names_of(*like), like->span); }
  NodeRef operator()(Aggregate& n) const {
    return aggregate(n.input, n.keys, n.calls, n.grouped, names_of(*like), like->span, like->name, n.sets);
  }
  NodeRef operator()(Union& n) const { return union_all(n.inputs, names_of(*like), like->span); }
  NodeRef operator()(Values& n) const { return values(n.rows, names_of(*like), like->span); }
  NodeRef operator()(TableFunction& n) const {
    std::vector<OutputColumn> columns = like->columns;
    if (n.ordinality) columns.pop_back();
    return table_function(n.kind, n.arguments, n.ordinality, std::move(columns), like->span);
  }
  NodeRef operator()(Join& n) const {
    return join(n.kind, n.left, n.right, n.condition, n.parameters, like->span);
  }
  NodeRef operator()(Window& n) const { return window(n.input, n.partition, n.order, n.calls, like->span); }
  NodeRef operator()(Sort& n) const { return sort(n.input, n.keys, like->span); }
  NodeRef operator()(Limit& n) const { return limit(n.input, n.count, n.offset, n.with_ties, like->span); }
  NodeRef operator()(DistinctOn& n) const { return distinct_on(n.input, n.keys, n.order, like->span); }
  NodeRef operator()(SetOperation& n) const {
    return set_operation(n.is_intersect, n.all, n.left, n.right, like->span);
  }
  NodeRef operator()(Recursive& n) const { return recursive(n.base, n.step, n.all, n.id, like->span); }
  NodeRef operator()(WorkingTable&) const { return like; }
  NodeRef operator()(Shared& n) const { return shared(n.input, like->span); }
};

/// All of an operator that is neither input nor expression, as numbers.
class Shape {
 public:
  static std::vector<uint64_t> of(const Node& node) {
    Shape shape;
    shape.add(node.op.index());
    std::visit([&](const auto& op) { shape.op(op); }, node.op);
    return std::move(shape.numbers_);
  }

 private:
  void add(auto number) { numbers_.push_back(static_cast<uint64_t>(number)); }
  void add_pointer(const void* pointer) { numbers_.push_back(reinterpret_cast<uintptr_t>(pointer)); }
  void keys(const std::vector<SortKey>& keys) {
    add(keys.size());
    for (const SortKey& key : keys) add(key.descending * 2 + key.nulls_first);
  }
  void call(const AggregateCall& c) {
    add_pointer(c.function);
    add((c.argument != nullptr) * 8 + (c.filter != nullptr) * 4 + c.distinct * 2 + c.within_group);
    add(c.more_arguments.size());
    keys(c.order);
  }

  void op(const Scan& n) {
    add_pointer(n.relation);
    if (!n.columns) return;
    add(n.columns->size());
    for (const uint32_t column : *n.columns) add(column);
  }
  void op(const Filter&) {}
  void op(const Project&) {}
  void op(const Aggregate& n) {
    add(n.grouped);
    add(n.keys.size());
    for (const AggregateCall& c : n.calls) call(c);
    for (const auto& set : n.sets) {
      add(set.size());
      for (const uint32_t key : set) add(key);
    }
  }
  void op(const Union&) {}
  void op(const Values& n) { add(n.rows.size()); }
  void op(const TableFunction& n) { add(static_cast<uint64_t>(n.kind) * 2 + n.ordinality); }
  void op(const Join& n) { add(static_cast<uint64_t>(n.kind) * 2 + (n.condition != nullptr)); }
  void op(const Window& n) {
    add(n.partition.size());
    keys(n.order);
    for (const WindowCall& c : n.calls) {
      add(c.function);
      call(c.aggregate);
      add(c.arguments.size() * 2 + c.ignore_nulls);
      add(c.frame.unit);
      add(c.frame.begin);
      add(c.frame.end);
      add(c.frame.exclusion);
    }
  }
  void op(const Sort& n) { keys(n.keys); }
  void op(const Limit& n) { add((n.count != nullptr) * 4 + (n.offset != nullptr) * 2 + n.with_ties); }
  void op(const DistinctOn& n) {
    add(n.keys.size());
    keys(n.order);
  }
  void op(const SetOperation& n) { add(n.is_intersect * 2 + n.all); }
  void op(const Recursive& n) { add(static_cast<uint64_t>(n.id) * 2 + n.all); }
  void op(const WorkingTable& n) { add(n.id); }
  void op(const Shared&) {}

  std::vector<uint64_t> numbers_;
};

}  // namespace

std::vector<NodeRef> children(const NodeRef& node) {
  std::vector<NodeRef> all;
  std::visit([&](const auto& op) { each_input(op, [&](const NodeRef& n) { all.push_back(n); }); }, node->op);
  return all;
}

NodeRef with_children(const NodeRef& node, std::vector<NodeRef> children) {
  auto op = node->op;
  size_t i = 0;
  std::visit([&](auto& o) { each_input(o, [&](NodeRef& n) { n = std::move(children[i++]); }); }, op);
  assert(i == children.size());
  return std::visit(Rebuild{node}, op);
}

std::vector<ExprRef> expressions(const NodeRef& node) {
  std::vector<ExprRef> all;
  std::visit([&](const auto& op) { each_expr(op, [&](const ExprRef& e) { all.push_back(e); }); }, node->op);
  return all;
}

NodeRef with_expressions(const NodeRef& node, std::vector<ExprRef> exprs) {
  auto op = node->op;
  size_t i = 0;
  std::visit([&](auto& o) { each_expr(o, [&](ExprRef& e) { e = std::move(exprs[i++]); }); }, op);
  assert(i == exprs.size());
  return std::visit(Rebuild{node}, op);
}

bool equal(const NodeRef& a, const NodeRef& b) {
  if (a == b) return true;
  if (Shape::of(*a) != Shape::of(*b)) return false;
  const std::vector<ExprRef> exprs = expressions(a);
  const std::vector<ExprRef> other_exprs = expressions(b);
  const std::vector<NodeRef> inputs = children(a);
  const std::vector<NodeRef> other_inputs = children(b);
  return std::equal(exprs.begin(), exprs.end(), other_exprs.begin(), other_exprs.end(),
                    [](const ExprRef& x, const ExprRef& y) { return equal(x, y); }) &&
         std::equal(inputs.begin(), inputs.end(), other_inputs.begin(), other_inputs.end(),
                    [](const NodeRef& x, const NodeRef& y) { return equal(x, y); });
}

size_t hash(const NodeRef& node) {
  size_t h = 0;
  for (const uint64_t number : Shape::of(*node)) h = h * 31 + number;
  for (const ExprRef& e : expressions(node)) h = h * 1099511628211ull + hash(e);
  for (const NodeRef& child : children(node)) h = h * 1099511628211ull + hash(child);
  return h;
}

}  // namespace sqlmill::plan
