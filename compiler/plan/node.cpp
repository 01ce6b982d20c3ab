#include "compiler/plan/node.h"

#include <algorithm>

#include "compiler/catalog/catalog.h"

namespace sqlmill::plan {

namespace {

NodeRef make(decltype(Node::op) op, std::vector<OutputColumn> columns, Span span) {
  return std::make_shared<const Node>(Node{std::move(op), std::move(columns), false, span, {}});
}

std::vector<OutputColumn> joined_columns(JoinKind kind, const Node& left, const Node& right) {
  std::vector<OutputColumn> columns = left.columns;
  if (kind == JoinKind::kSemi || kind == JoinKind::kAnti) return columns;
  if (kind == JoinKind::kRight || kind == JoinKind::kFull) {
    for (OutputColumn& c : columns) c.nullable = true;
  }
  for (OutputColumn c : right.columns) {
    c.nullable = c.nullable || kind == JoinKind::kLeft || kind == JoinKind::kFull;
    columns.push_back(std::move(c));
  }
  return columns;
}

bool is_nullable(const WindowCall& call) {
  switch (call.function) {
    case WindowFunction::kAggregate:
      return call.aggregate.function->result_nullable;
    case WindowFunction::kRowNumber:
    case WindowFunction::kRank:
    case WindowFunction::kDenseRank:
    case WindowFunction::kPercentRank:
    case WindowFunction::kCumeDist:
      return false;
    case WindowFunction::kNtile:
    case WindowFunction::kLag:
    case WindowFunction::kLead:
    case WindowFunction::kFirstValue:
    case WindowFunction::kLastValue:
    case WindowFunction::kNthValue:
      return true;
  }
  __builtin_unreachable();
}

}  // namespace

NodeRef scan(const catalog::Relation* relation, Span span) {
  std::vector<OutputColumn> columns;
  if (relation->plan) {
    columns.assign(relation->plan->columns.begin(),
                   relation->plan->columns.begin() + relation->visible_columns);
  }
  for (const catalog::Column& c : relation->columns) columns.push_back({c.name, c.type, c.nullable});
  return std::make_shared<const Node>(
      Node{Scan{relation}, std::move(columns), relation->append_only, span, {}});
}

NodeRef scan_of(const Node& scan, const std::vector<uint32_t>& columns) {
  Scan op = std::get<Scan>(scan.op);
  std::vector<uint32_t> read;
  std::vector<OutputColumn> some;
  for (const uint32_t c : columns) {
    read.push_back(op.columns ? (*op.columns)[c] : c);
    some.push_back(scan.columns[c]);
  }
  op.columns = std::move(read);
  return std::make_shared<const Node>(
      Node{std::move(op), std::move(some), scan.append_only, scan.span, scan.name});
}

NodeRef filter(NodeRef input, ExprRef predicate, Span span) {
  std::vector<OutputColumn> columns = input->columns;
  const bool append_only = input->append_only;
  return std::make_shared<const Node>(
      Node{Filter{std::move(input), std::move(predicate)}, std::move(columns), append_only, span, {}});
}

NodeRef project(NodeRef input, std::vector<ExprRef> exprs, std::vector<std::string> names, Span span) {
  std::vector<OutputColumn> columns;
  for (size_t i = 0; i < exprs.size(); ++i) columns.push_back({names[i], exprs[i]->type, exprs[i]->nullable});
  const bool append_only = input->append_only;
  return std::make_shared<const Node>(
      Node{Project{std::move(input), std::move(exprs)}, std::move(columns), append_only, span, {}});
}

sql::Type result_type(const AggregateCall& call) {
  const auto last = [&] {
    if (call.within_group) return call.order.back().expr->type;
    return call.more_arguments.empty() ? call.argument->type : call.more_arguments.back()->type;
  };
  if (is_extreme(call) || call.function->result == sql::TypeId::kUnknown) return last();
  if (call.function->result != sql::TypeId::kArray) return {call.function->result};
  return last().id == sql::TypeId::kArray ? last() : sql::array_of(last().id, std::min(last().modifier, -1));
}

NodeRef aggregate(NodeRef input, std::vector<ExprRef> keys, std::vector<AggregateCall> calls, bool grouped,
                  std::vector<std::string> names, Span span, std::string name,
                  std::vector<std::vector<uint32_t>> sets) {
  std::vector<OutputColumn> columns;
  size_t i = 0;
  for (const ExprRef& key : keys) columns.push_back({names[i++], key->type, key->nullable || !sets.empty()});
  for (const AggregateCall& call : calls) {
    columns.push_back({names[i++], result_type(call), call.function->result_nullable});
  }
  if (!sets.empty()) columns.push_back({"grouping_set", {sql::TypeId::kInteger}, false});
  const bool has_equal_forms = std::any_of(
      keys.begin(), keys.end(), [](const ExprRef& key) { return sql::has_equal_forms(key->type.id); });
  // DISTINCT over rows that only come never takes one back, unless the form that a group shows can change.
  const bool append_only = input->append_only && calls.empty() && grouped && !has_equal_forms;
  return std::make_shared<const Node>(
      Node{Aggregate{std::move(input), std::move(keys), std::move(calls), grouped, std::move(sets)},
           std::move(columns), append_only, span, std::move(name)});
}

NodeRef union_all(std::vector<NodeRef> inputs, std::vector<std::string> names, Span span) {
  std::vector<OutputColumn> columns = inputs.front()->columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].name = names[i];
    for (const NodeRef& input : inputs)
      columns[i].nullable = columns[i].nullable || input->columns[i].nullable;
  }
  const bool append_only =
      std::all_of(inputs.begin(), inputs.end(), [](const NodeRef& input) { return input->append_only; });
  return std::make_shared<const Node>(
      Node{Union{std::move(inputs)}, std::move(columns), append_only, span, {}});
}

NodeRef values(std::vector<std::vector<ExprRef>> rows, std::vector<std::string> names, Span span) {
  std::vector<OutputColumn> columns;
  for (size_t i = 0; i < rows.front().size(); ++i) {
    const bool nullable =
        std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row[i]->nullable; });
    columns.push_back({names[i], rows.front()[i]->type, nullable});
  }
  return make(Values{std::move(rows)}, std::move(columns), span);
}

NodeRef table_function(TableFunctionKind kind, std::vector<ExprRef> arguments, bool ordinality,
                       std::vector<OutputColumn> columns, Span span) {
  if (ordinality) columns.push_back({"ordinality", {sql::TypeId::kBigint}, false});
  return make(TableFunction{kind, std::move(arguments), ordinality}, std::move(columns), span);
}

NodeRef join(JoinKind kind, NodeRef left, NodeRef right, ExprRef condition, std::vector<ExprRef> parameters,
             Span span) {
  std::vector<OutputColumn> columns = joined_columns(kind, *left, *right);
  return make(Join{kind, std::move(left), std::move(right), std::move(condition), std::move(parameters)},
              std::move(columns), span);
}

NodeRef window(NodeRef input, std::vector<ExprRef> partition, std::vector<SortKey> order,
               std::vector<WindowCall> calls, Span span) {
  std::vector<OutputColumn> columns = input->columns;
  for (const WindowCall& call : calls) columns.push_back({call.name, call.type, is_nullable(call)});
  return make(Window{std::move(input), std::move(partition), std::move(order), std::move(calls)},
              std::move(columns), span);
}

NodeRef sort(NodeRef input, std::vector<SortKey> keys, Span span) {
  std::vector<OutputColumn> columns = input->columns;
  return make(Sort{std::move(input), std::move(keys)}, std::move(columns), span);
}

NodeRef limit(NodeRef input, ExprRef count, ExprRef offset, bool with_ties, Span span) {
  std::vector<OutputColumn> columns = input->columns;
  return make(Limit{std::move(input), std::move(count), std::move(offset), with_ties}, std::move(columns),
              span);
}

NodeRef distinct_on(NodeRef input, std::vector<ExprRef> keys, std::vector<SortKey> order, Span span) {
  std::vector<OutputColumn> columns = input->columns;
  return make(DistinctOn{std::move(input), std::move(keys), std::move(order)}, std::move(columns), span);
}

NodeRef set_operation(bool is_intersect, bool all, NodeRef left, NodeRef right, Span span) {
  std::vector<OutputColumn> columns = left->columns;
  return make(SetOperation{is_intersect, all, std::move(left), std::move(right)}, std::move(columns), span);
}

NodeRef recursive(NodeRef base, NodeRef step, bool all, uint32_t id, Span span) {
  std::vector<OutputColumn> columns = base->columns;
  for (size_t i = 0; i < columns.size(); ++i)
    columns[i].nullable = columns[i].nullable || step->columns[i].nullable;
  return make(Recursive{std::move(base), std::move(step), all, id}, std::move(columns), span);
}

NodeRef working_table(uint32_t id, std::vector<OutputColumn> columns, Span span) {
  return make(WorkingTable{id}, std::move(columns), span);
}

NodeRef shared(NodeRef input, Span span) {
  std::vector<OutputColumn> columns = input->columns;
  return make(Shared{std::move(input)}, std::move(columns), span);
}

ExprRef column_of(const Node& node, uint32_t index, Span span) {
  const OutputColumn& c = node.columns[index];
  return column(index, c.name, c.type, c.nullable, span);
}

std::vector<ExprRef> arguments(const AggregateCall& call) {
  std::vector<ExprRef> all;
  if (call.argument) all.push_back(call.argument);
  all.insert(all.end(), call.more_arguments.begin(), call.more_arguments.end());
  return all;
}
bool over_same_values(const AggregateCall& a, const AggregateCall& b) {
  const auto same = [](const ExprRef& x, const ExprRef& y) { return x && y ? equal(x, y) : !x && !y; };
  return same(a.argument, b.argument) && same(a.filter, b.filter) &&
         std::equal(a.more_arguments.begin(), a.more_arguments.end(), b.more_arguments.begin(),
                    b.more_arguments.end(), [](const ExprRef& x, const ExprRef& y) { return equal(x, y); });
}

bool can_fail(const AggregateCall& call) {
  const std::vector<ExprRef> all = arguments(call);
  return (call.filter && call.filter->can_fail) ||
         std::any_of(all.begin(), all.end(), [](const ExprRef& e) { return e->can_fail; });
}
bool is_extreme(const AggregateCall& call) {
  return call.function->cpp == "agg::Min" || call.function->cpp == "agg::Max";
}

bool equal(const AggregateCall& a, const AggregateCall& b) {
  const auto same_key = [](const SortKey& x, const SortKey& y) {
    return x.descending == y.descending && x.nulls_first == y.nulls_first && equal(x.expr, y.expr);
  };
  return a.function == b.function && a.distinct == b.distinct && a.within_group == b.within_group &&
         over_same_values(a, b) &&
         std::equal(a.order.begin(), a.order.end(), b.order.begin(), b.order.end(), same_key);
}

}  // namespace sqlmill::plan
