#include "compiler/incremental/distinct_below.h"

#include <algorithm>

#include "compiler/incremental/parents.h"
#include "compiler/incremental/words.h"

namespace sqlmill::incremental {

namespace {

bool is_word(const Dataflow& flow, OperatorId source, const ExprRef& expr) {
  const auto* column = std::get_if<plan::Column>(&expr->node);
  const auto* input = std::get_if<Input>(&flow.operators[source].op);
  return column && input &&
         std::any_of(input->words.begin(), input->words.end(),
                     [&](const WordColumn& word) { return word.column == column->index; });
}

bool counts_below(const plan::AggregateCall& call) {
  if (!call.distinct || call.function->cpp != "agg::Count" || (call.filter && call.filter->can_fail))
    return false;
  const auto* column = std::get_if<plan::Column>(&call.argument->node);
  return column && is_identifier(column->name) && !sql::has_equal_forms(call.argument->type.id);
}

/// The rows of which a value counts.
std::vector<ExprRef> filters_of(const Aggregate& aggregate, const plan::AggregateCall& call) {
  std::vector<ExprRef> filters = aggregate.filters;
  if (call.filter) filters.push_back(call.filter);
  if (call.argument->nullable)
    filters.push_back(plan::is(call.argument, plan::Test::kNull, true, call.argument->span));
  return filters;
}

/// The aggregate by `value` of at least the rows that pass the filters.
OperatorId find_or_add_parent(Dataflow& flow, OperatorId consumer, const ExprRef& value,
                              const std::vector<ExprRef>& filters) {
  const OperatorId producer = std::get<Aggregate>(flow.operators[consumer].op).producer;
  for (const Operator& op : flow.operators) {
    const auto* aggregate = std::get_if<Aggregate>(&op.op);
    if (aggregate && aggregate->producer == producer && aggregate->keys.size() == 1 &&
        plan::equal(aggregate->keys[0], value) && contains(filters, aggregate->filters) &&
        !can_fail(*aggregate))
      return op.id;
  }
  Operator op{};
  op.id = static_cast<OperatorId>(flow.operators.size());
  op.name = flow.operators[producer].name + "_" + std::get<plan::Column>(value->node).name;
  op.op = Aggregate{producer, filters, {value}, {}, true, {}};
  op.columns = {flow.operators[producer].columns[std::get<plan::Column>(value->node).index]};
  op.append_only = op.input_append_only = true;
  op.spans = flow.operators[consumer].spans;
  flow.operators.push_back(std::move(op));
  return flow.operators.back().id;
}

}  // namespace

void count_distinct_below(Dataflow& flow) {
  const size_t count = flow.operators.size();
  for (OperatorId id = 0; id < count; ++id) {
    const auto* found = std::get_if<Aggregate>(&flow.operators[id].op);
    if (!found || !flow.operators[id].input_append_only || found->keys.size() != 1 ||
        !is_word(flow, found->producer, found->keys[0]) || can_fail(*found))
      continue;
    const Aggregate aggregate = *found;
    for (size_t i = 0; i < aggregate.calls.size(); ++i) {
      const plan::AggregateCall& call = aggregate.calls[i];
      if (!counts_below(call)) continue;
      const std::vector<ExprRef> filters = filters_of(aggregate, call);
      const OperatorId parent = find_or_add_parent(flow, id, call.argument, filters);
      Operator op{};
      op.id = static_cast<OperatorId>(flow.operators.size());
      op.name = flow.operators[id].name + "_" + flow.operators[id].columns[1 + i].name;
      op.op = DistinctBelow{aggregate.producer, filters, aggregate.keys[0], parent, id, i};
      op.append_only = op.input_append_only = true;
      op.spans = flow.operators[id].spans;
      flow.operators.push_back(std::move(op));
    }
  }
}

const Operator* feeder(const Dataflow& flow, OperatorId consumer, size_t call) {
  const auto found = std::find_if(flow.operators.begin(), flow.operators.end(), [&](const Operator& op) {
    const auto* below = std::get_if<DistinctBelow>(&op.op);
    return below && below->consumer == consumer && below->call == call;
  });
  return found == flow.operators.end() ? nullptr : &*found;
}

}  // namespace sqlmill::incremental
