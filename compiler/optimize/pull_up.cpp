#include "compiler/optimize/pull_up.h"

#include <algorithm>

#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::NodeRef;

bool any_reads_parameter(const std::vector<ExprRef>& exprs) {
  return std::any_of(exprs.begin(), exprs.end(), [](const ExprRef& e) { return reads_parameter(e); });
}

bool any_may_fail(const std::vector<ExprRef>& exprs) {
  return std::any_of(exprs.begin(), exprs.end(), [](const ExprRef& e) { return may_fail(e); });
}

std::vector<ExprRef> all_shifted(std::vector<ExprRef> exprs, size_t by) {
  for (ExprRef& e : exprs) e = shifted(e, static_cast<int64_t>(by));
  return exprs;
}

void append(std::vector<ExprRef>& to, std::vector<ExprRef> more) {
  to.insert(to.end(), more.begin(), more.end());
}

std::vector<plan::SortKey> inlined_keys(std::vector<plan::SortKey> keys, const std::vector<ExprRef>& exprs) {
  for (plan::SortKey& key : keys) key.expr = inlined(key.expr, exprs);
  return keys;
}

/// The inner sides, in ascending order, and then `keys`.
std::vector<plan::SortKey> ordered_within(const std::vector<Correlation>& correlations,
                                          const std::vector<plan::SortKey>& keys) {
  std::vector<plan::SortKey> order;
  for (const Correlation& c : correlations) order.push_back({c.inner, false, false});
  order.insert(order.end(), keys.begin(), keys.end());
  return order;
}

ExprRef equality_with(const Correlation& correlation, ExprRef inner) {
  return make_equality({correlation.outer, std::move(inner), correlation.function}, correlation.outer->span);
}

/// A constant of LIMIT or OFFSET.
std::optional<int64_t> row_count(const ExprRef& expr) {
  const sql::Datum* value = plan::as_constant(expr);
  const bool fits = value && !value->is_null() && value->type() == sql::TypeId::kBigint;
  return fits && value->as<int64_t>() >= 0 ? std::optional(value->as<int64_t>()) : std::nullopt;
}

// ---- One function for each kind of node. All are for plans that read parameters. ----

std::optional<Pulled> pull(const plan::Filter& filter) {
  std::optional<Pulled> p = pull_up(filter.input);
  if (!p) return std::nullopt;
  std::vector<ExprRef> local;
  for (const ExprRef& part : conjuncts(filter.predicate)) {
    const ExprRef e = inlined(part, p->outputs);
    if (p->one_row) {
      p->filters.push_back(e);
    } else if (reads_parameter(e) && has_subquery(e)) {
      return std::nullopt;
    } else if (reads_parameter(e) || (!p->predicates.empty() && may_fail(e))) {
      p->predicates.push_back(e);  // What can fail is still evaluated for the rows that met the others only.
    } else {
      local.push_back(e);
    }
  }
  p->node = filtered(std::move(p->node), std::move(local));
  return p;
}

std::optional<Pulled> pull(const plan::Project& project) {
  std::optional<Pulled> p = pull_up(project.input);
  if (!p) return std::nullopt;
  std::vector<ExprRef> outputs;
  for (const ExprRef& e : project.exprs) outputs.push_back(inlined(e, p->outputs));
  p->outputs = std::move(outputs);
  return p;
}

std::optional<Pulled> pull_inner(const plan::Join& join, source::Span span) {
  std::optional<Pulled> left = pull_up(join.left);
  std::optional<Pulled> right = left && !left->one_row ? pull_up(join.right) : std::nullopt;
  if (!right || right->one_row) return std::nullopt;
  const size_t width = left->node->columns.size();
  Pulled p{nullptr, left->outputs, left->predicates};
  append(p.outputs, all_shifted(right->outputs, width));
  append(p.predicates, all_shifted(right->predicates, width));
  std::vector<ExprRef> local;
  for (const ExprRef& part : conjuncts(join.condition)) {
    const ExprRef e = inlined(part, p.outputs);
    if (reads_parameter(e) && has_subquery(e)) return std::nullopt;
    (reads_parameter(e) || (!p.predicates.empty() && may_fail(e)) ? p.predicates : local).push_back(e);
  }
  p.node =
      plan::join(plan::JoinKind::kInner, left->node, right->node, conjunction(std::move(local)), {}, span);
  return p;
}

/// A join that keeps the left side's rows apart: what must hold for them may as well be asked above it.
std::optional<Pulled> pull_left(const plan::Join& join, source::Span span) {
  if (join.parameters.empty() && reads_parameter(join.right)) return std::nullopt;
  std::optional<Pulled> p = pull_up(join.left);
  if (!p || p->one_row) return std::nullopt;
  const size_t width = p->node->columns.size();
  std::vector<ExprRef> row = p->outputs;
  append(row, all_shifted(all_columns(*join.right), width));
  std::vector<ExprRef> parameters;
  for (const ExprRef& e : join.parameters) parameters.push_back(inlined(e, p->outputs));
  const ExprRef condition = join.condition ? inlined(join.condition, row) : nullptr;
  if (any_reads_parameter(parameters) || (condition && reads_parameter(condition))) return std::nullopt;
  const bool runs_right = !join.parameters.empty() && may_fail(join.right);
  if (!p->predicates.empty() && ((condition && may_fail(condition)) || runs_right)) return std::nullopt;
  p->node = plan::join(join.kind, p->node, join.right, condition, std::move(parameters), span);
  for (size_t i = width; i < p->node->columns.size(); ++i)
    p->outputs.push_back(plan::column_of(*p->node, static_cast<uint32_t>(i), span));
  return p;
}

std::optional<Pulled> pull(const plan::Join& join, source::Span span) {
  switch (join.kind) {
    case plan::JoinKind::kInner:
      return join.parameters.empty() ? pull_inner(join, span) : pull_left(join, span);
    case plan::JoinKind::kLeft:
    case plan::JoinKind::kSemi:
    case plan::JoinKind::kAnti:
      return pull_left(join, span);
    case plan::JoinKind::kRight:
    case plan::JoinKind::kFull:
      return std::nullopt;
  }
  __builtin_unreachable();
}

/// The call over the pulled input; false if it cannot be moved.
bool inline_call(plan::AggregateCall& call, const std::vector<ExprRef>& outputs) {
  std::vector<ExprRef> all;
  const auto replace = [&](ExprRef& e) {
    if (!e) return;
    e = inlined(e, outputs);
    all.push_back(e);
  };
  replace(call.argument);
  replace(call.filter);
  for (ExprRef& e : call.more_arguments) replace(e);
  for (plan::SortKey& key : call.order) replace(key.expr);
  return !any_reads_parameter(all) && !any_may_fail(all);
}

/// What the call gives where there are no rows of its group, over the column that then is NULL; null: not
/// known.
ExprRef over_no_rows(const plan::AggregateCall& call, ExprRef column) {
  if (call.function->result_nullable) return column;
  if (call.function->name != "count") return nullptr;
  const source::Span span = call.span;
  ExprRef zero = plan::constant(sql::Datum(int64_t{0}), column->type, span);
  return plan::coalesce({std::move(column), std::move(zero)}, {sql::TypeId::kBigint}, span);
}

std::optional<Pulled> pull(const plan::Aggregate& aggregate, const plan::Node& node) {
  if (!aggregate.sets.empty()) return std::nullopt;
  std::optional<Pulled> input = pull_up(aggregate.input);
  if (!input || input->one_row) return std::nullopt;
  const auto correlations = as_correlations(input->predicates);
  if (!correlations) return std::nullopt;
  std::vector<ExprRef> keys;
  for (const ExprRef& key : aggregate.keys) keys.push_back(inlined(key, input->outputs));
  std::vector<plan::AggregateCall> calls = aggregate.calls;
  const bool calls_move = std::all_of(calls.begin(), calls.end(),
                                      [&](plan::AggregateCall& c) { return inline_call(c, input->outputs); });
  if (!calls_move || any_reads_parameter(keys) || any_may_fail(keys)) return std::nullopt;

  // Whoever asks for one value of the inner sides gets the groups that he would have got.
  const size_t own_keys = keys.size();
  std::vector<uint32_t> places;
  std::vector<std::string> names = names_of(node);
  for (const Correlation& c : *correlations) {
    const auto same = [&](const ExprRef& key) { return plan::equal(key, c.inner); };
    const auto known = std::find_if(keys.begin(), keys.end(), same);
    places.push_back(static_cast<uint32_t>(known - keys.begin()));
    if (known != keys.end()) continue;
    names.insert(names.begin() + static_cast<std::ptrdiff_t>(keys.size()), plan::to_string(c.inner));
    keys.push_back(c.inner);
  }
  Pulled p;
  p.one_row = !aggregate.grouped && !correlations->empty();
  p.node = plan::aggregate(input->node, keys, calls, aggregate.grouped || p.one_row, std::move(names),
                           node.span, node.name);
  for (uint32_t i = 0; i < own_keys; ++i) p.outputs.push_back(plan::column_of(*p.node, i, node.span));
  for (size_t i = 0; i < calls.size(); ++i) {
    const auto at = static_cast<uint32_t>(keys.size() + i);
    const plan::OutputColumn& c = p.node->columns[at];
    ExprRef value = plan::column(at, c.name, c.type, c.nullable || p.one_row, node.span);
    if (p.one_row) value = over_no_rows(calls[i], std::move(value));
    if (!value) return std::nullopt;
    p.outputs.push_back(std::move(value));
  }
  for (size_t i = 0; i < places.size(); ++i)
    p.predicates.push_back(equality_with((*correlations)[i], plan::column_of(*p.node, places[i], node.span)));
  return p;
}

std::optional<Pulled> pull(const plan::Sort& sort, source::Span span) {
  std::optional<Pulled> p = pull_up(sort.input);
  if (!p || p->one_row) return p;
  std::vector<plan::SortKey> keys = inlined_keys(sort.keys, p->outputs);
  std::erase_if(keys, [](const plan::SortKey& key) { return !reads_column(key.expr); });
  for (const plan::SortKey& key : keys) {
    if (reads_parameter(key.expr) || may_fail(key.expr)) return std::nullopt;
  }
  if (!keys.empty()) p->node = plan::sort(p->node, std::move(keys), span);
  return p;
}

/// The first rows of each value of the inner sides.
NodeRef first_rows(const NodeRef& input, const std::vector<Correlation>& correlations,
                   const std::vector<plan::SortKey>& order, int64_t offset, int64_t count) {
  const source::Span span = input->span;
  std::vector<ExprRef> partition;
  for (const Correlation& c : correlations) partition.push_back(c.inner);
  if (count == 1 && offset == 0) {
    return plan::distinct_on(input, std::move(partition),
                             order.empty() ? order : ordered_within(correlations, order), span);
  }
  plan::WindowCall call{plan::WindowFunction::kRowNumber, {},      {}, false, {},
                        {sql::TypeId::kBigint},           "number"};
  const NodeRef numbered = plan::window(input, std::move(partition), order, {std::move(call)}, span);
  const ExprRef number = plan::column_of(*numbered, static_cast<uint32_t>(input->columns.size()), span);
  const auto compared = [&](std::string_view with, int64_t bound) {
    const sql::Function* function = find_operator(with, sql::TypeId::kBigint);
    const ExprRef constant = plan::constant(sql::Datum(bound), {sql::TypeId::kBigint}, span);
    return plan::call(function, {number, constant}, {sql::TypeId::kBoolean}, span);
  };
  std::vector<ExprRef> parts = {compared("<=", offset + count)};
  if (offset > 0) parts.push_back(compared(">", offset));
  return filtered(numbered, std::move(parts));
}

std::optional<Pulled> pull(const plan::Limit& limit) {
  constexpr int64_t kMaxRows = int64_t{1} << 40;  // Their sum is a bigint.
  if (!limit.count || limit.with_ties) return std::nullopt;
  const std::optional<int64_t> count = row_count(limit.count);
  const std::optional<int64_t> offset = limit.offset ? row_count(limit.offset) : std::optional<int64_t>(0);
  if (!count || !offset || *count > kMaxRows || *offset > kMaxRows) return std::nullopt;
  const auto* sort = std::get_if<plan::Sort>(&limit.input->op);
  std::optional<Pulled> p = pull_up(sort ? sort->input : limit.input);
  if (!p) return std::nullopt;
  if (p->one_row) return *count > 0 && *offset == 0 ? p : std::nullopt;
  const auto correlations = as_correlations(p->predicates);
  const std::vector<plan::SortKey> order =
      sort ? inlined_keys(sort->keys, p->outputs) : std::vector<plan::SortKey>();
  for (const plan::SortKey& key : order) {
    if (reads_parameter(key.expr) || may_fail(key.expr)) return std::nullopt;
  }
  if (!correlations || correlations->empty()) return std::nullopt;
  p->node = first_rows(p->node, *correlations, order, *offset, *count);
  return p;
}

std::optional<Pulled> pull(const plan::DistinctOn& distinct, source::Span span) {
  std::optional<Pulled> p = pull_up(distinct.input);
  if (!p || p->one_row) return std::nullopt;
  const auto correlations = as_correlations(p->predicates);
  if (!correlations) return std::nullopt;
  std::vector<ExprRef> keys;
  for (const Correlation& c : *correlations) keys.push_back(c.inner);
  for (const ExprRef& key : distinct.keys) keys.push_back(inlined(key, p->outputs));
  std::vector<plan::SortKey> order = inlined_keys(distinct.order, p->outputs);
  if (!order.empty()) order = ordered_within(*correlations, order);
  NodeRef node = plan::distinct_on(p->node, std::move(keys), std::move(order), span);
  const std::vector<ExprRef> exprs = plan::expressions(node);
  if (any_reads_parameter(exprs) || any_may_fail(exprs)) return std::nullopt;
  p->node = std::move(node);
  return p;
}

std::optional<Pulled> pull(const plan::Window& window, source::Span span) {
  std::optional<Pulled> p = pull_up(window.input);
  if (!p || p->one_row) return std::nullopt;
  const auto correlations = as_correlations(p->predicates);
  if (!correlations) return std::nullopt;
  std::vector<ExprRef> partition;
  for (const ExprRef& e : window.partition) partition.push_back(inlined(e, p->outputs));
  for (const Correlation& c : *correlations) partition.push_back(c.inner);
  std::vector<plan::WindowCall> calls = window.calls;
  for (plan::WindowCall& call : calls) {
    if (!inline_call(call.aggregate, p->outputs)) return std::nullopt;
    for (ExprRef& e : call.arguments) e = inlined(e, p->outputs);
  }
  const size_t width = p->node->columns.size();
  NodeRef node = plan::window(p->node, std::move(partition), inlined_keys(window.order, p->outputs),
                              std::move(calls), span);
  const std::vector<ExprRef> exprs = plan::expressions(node);
  if (any_reads_parameter(exprs) || any_may_fail(exprs)) return std::nullopt;
  p->node = std::move(node);
  append(p->outputs, columns_between(*p->node, static_cast<uint32_t>(width),
                                     static_cast<uint32_t>(p->node->columns.size())));
  return p;
}

/// All inputs must compare the same with the row around them.
std::optional<Pulled> pull(const plan::Union& all, const plan::Node& node) {
  std::vector<Correlation> first;
  std::vector<NodeRef> inputs;
  std::vector<std::string> names = names_of(node);
  for (const NodeRef& input : all.inputs) {
    const std::optional<Pulled> p = pull_up(input);
    if (!p || p->one_row || any_reads_parameter(p->outputs)) return std::nullopt;
    const auto correlations = as_correlations(p->predicates);
    if (!correlations || (!inputs.empty() && correlations->size() != first.size())) return std::nullopt;
    std::vector<ExprRef> exprs = p->outputs;
    for (size_t i = 0; i < correlations->size(); ++i) {
      const Correlation& c = (*correlations)[i];
      if (inputs.empty()) names.push_back(plan::to_string(c.inner));
      if (!inputs.empty() && !plan::equal(c.outer, first[i].outer)) return std::nullopt;
      exprs.push_back(c.inner);
    }
    if (inputs.empty()) first = *correlations;
    inputs.push_back(plan::project(p->node, std::move(exprs), names, node.span));
  }
  Pulled p;
  p.node = plan::union_all(std::move(inputs), std::move(names), node.span);
  const auto width = static_cast<uint32_t>(node.columns.size());
  p.outputs = columns_between(*p.node, 0, width);
  for (uint32_t i = 0; i < first.size(); ++i)
    p.predicates.push_back(equality_with(first[i], plan::column_of(*p.node, width + i, node.span)));
  return p;
}

}  // namespace

std::optional<Correlation> as_correlation(const ExprRef& predicate) {
  const std::optional<Equality> equality = as_equality(predicate);
  if (!equality) return std::nullopt;
  const auto is_outer = [](const ExprRef& e) { return !reads_column(e) && reads_parameter(e); };
  const auto is_inner = [](const ExprRef& e) {
    return reads_column(e) && !reads_parameter(e) && !may_fail(e);
  };
  if (is_outer(equality->left) && is_inner(equality->right))
    return Correlation{equality->left, equality->right, equality->function};
  if (is_outer(equality->right) && is_inner(equality->left))
    return Correlation{equality->right, equality->left, equality->function};
  return std::nullopt;
}

std::optional<std::vector<Correlation>> as_correlations(const std::vector<ExprRef>& predicates) {
  std::vector<Correlation> all;
  for (const ExprRef& predicate : predicates) {
    std::optional<Correlation> one = as_correlation(predicate);
    if (!one) return std::nullopt;
    all.push_back(std::move(*one));
  }
  return all;
}

std::optional<Pulled> pull_up(const NodeRef& plan) {
  if (!reads_parameter(plan)) return Pulled{plan, all_columns(*plan), {}};
  struct Visitor {
    const plan::Node& node;
    std::optional<Pulled> operator()(const plan::Filter& n) { return pull(n); }
    std::optional<Pulled> operator()(const plan::Project& n) { return pull(n); }
    std::optional<Pulled> operator()(const plan::Aggregate& n) { return pull(n, node); }
    std::optional<Pulled> operator()(const plan::Union& n) { return pull(n, node); }
    std::optional<Pulled> operator()(const plan::Join& n) { return pull(n, node.span); }
    std::optional<Pulled> operator()(const plan::Window& n) { return pull(n, node.span); }
    std::optional<Pulled> operator()(const plan::Sort& n) { return pull(n, node.span); }
    std::optional<Pulled> operator()(const plan::Limit& n) { return pull(n); }
    std::optional<Pulled> operator()(const plan::DistinctOn& n) { return pull(n, node.span); }
    // What is below these cannot be told apart by the row that it is for.
    std::optional<Pulled> operator()(const plan::Scan&) { return std::nullopt; }
    std::optional<Pulled> operator()(const plan::Values&) { return std::nullopt; }
    std::optional<Pulled> operator()(const plan::TableFunction&) { return std::nullopt; }
    std::optional<Pulled> operator()(const plan::SetOperation&) { return std::nullopt; }
    std::optional<Pulled> operator()(const plan::Recursive&) { return std::nullopt; }
    std::optional<Pulled> operator()(const plan::WorkingTable&) { return std::nullopt; }
    std::optional<Pulled> operator()(const plan::Shared&) { return std::nullopt; }
  };
  return std::visit(Visitor{*plan}, plan->op);
}

}  // namespace sqlmill::optimize
