// Logical plans to operators. Filters and projections are carried along as a Stream and end up inside their
// consumer; equal operators become one; aggregates over the same rows and keys become one with all their
// calls.
#include <algorithm>
#include <functional>

#include "compiler/incremental/dataflow.h"
#include "compiler/incremental/distinct_below.h"
#include "compiler/incremental/parents.h"
#include "compiler/incremental/words.h"
#include "compiler/optimize/optimize.h"
#include "compiler/plan/verify.h"

namespace sqlmill::incremental {

namespace {

/// Beyond this many nodes a substituted expression is computed once, by a Map, instead of being repeated.
constexpr size_t kMaxFusedSize = 400;
/// An aggregate's record is at most this many calls long, so that it stays within a few cache lines.
constexpr size_t kMaxSharedCalls = 32;

bool equal(const std::vector<ExprRef>& a, const std::vector<ExprRef>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const ExprRef& x, const ExprRef& y) { return plan::equal(x, y); });
}

bool equal(const Stream& a, const Stream& b) {
  return a.producer == b.producer && equal(a.filters, b.filters) && equal(a.exprs, b.exprs);
}

/// A row for which the argument of a call fails is left out of its operator. So calls may only meet in one if
/// the same arguments can fail: one view's division by zero must not take the row from another's count.
bool fail_alike(const std::vector<plan::AggregateCall>& a, const std::vector<plan::AggregateCall>& b) {
  const auto covers = [&](const std::vector<plan::AggregateCall>& some,
                          const std::vector<plan::AggregateCall>& all) {
    return std::all_of(some.begin(), some.end(), [&](const plan::AggregateCall& call) {
      return !plan::can_fail(call) ||
             std::any_of(all.begin(), all.end(), [&](const plan::AggregateCall& other) {
               return plan::over_same_values(call, other);
             });
    });
  };
  return covers(a, b) && covers(b, a);
}

class Builder {
 public:
  Dataflow build(const bind::Script& script);

 private:
  Stream lower(const plan::NodeRef& node);
  Stream lower_node(const plan::Scan& scan, const plan::Node& node);
  Stream lower_node(const plan::Filter& filter, const plan::Node& node);
  Stream lower_node(const plan::Project& project, const plan::Node& node);
  Stream lower_node(const plan::Aggregate& aggregate, const plan::Node& node);
  Stream lower_node(const plan::Union& all, const plan::Node& node);
  template <class Other>
    requires(!plan::kInViews<Other>)
  Stream lower_node(const Other&, const plan::Node&) {
    plan::abort_not_in_views("an operator");
  }

  OperatorId add(Operator op);
  OperatorId input(const catalog::Relation* relation);
  Stream identity(OperatorId producer) const;
  Stream materialize(Stream stream, const std::vector<plan::OutputColumn>& columns, Span span);
  Stream map(std::vector<Stream> inputs, std::vector<plan::OutputColumn> columns, bool append_only,
             Span span);
  void add_output(const catalog::Relation& relation, bool is_view);
  bool is_unique_key(const Output& output, const std::vector<uint32_t>& key) const;
  void prune();
  void place();
  void note_users();

  Dataflow flow_;
  std::map<const catalog::Relation*, OperatorId> inputs_;
  optimize::Optimizer optimizer_;
  std::map<plan::NodeRef, Stream> lowered_;  // Plans share nodes.
};

ExprRef over(const ExprRef& expr, const std::vector<ExprRef>& exprs) {
  return plan::substitute(expr, [&](const plan::Column& c, const plan::Expr&) { return exprs[c.index]; });
}

OperatorId Builder::add(Operator op) {
  op.id = static_cast<OperatorId>(flow_.operators.size());
  flow_.operators.push_back(std::move(op));
  return flow_.operators.back().id;
}

OperatorId Builder::input(const catalog::Relation* relation) {
  const auto found = inputs_.find(relation);
  if (found != inputs_.end()) return found->second;
  Operator op{};
  op.name = relation->name;
  Input in{relation, {}, {}};
  for (uint32_t i = 0; i < relation->columns.size(); ++i) {
    const catalog::Column& c = relation->columns[i];
    in.columns.push_back(i);
    op.columns.push_back({c.name, c.type, c.nullable});
  }
  op.op = std::move(in);
  op.append_only = relation->append_only;
  op.spans = {relation->span};
  return inputs_[relation] = add(std::move(op));
}

Stream Builder::identity(OperatorId producer) const {
  Stream stream{producer, {}, {}};
  const Operator& op = flow_.operators[producer];
  for (uint32_t i = 0; i < op.columns.size(); ++i) {
    const plan::OutputColumn& c = op.columns[i];
    stream.exprs.push_back(plan::column(i, c.name, c.type, c.nullable, {}));
  }
  return stream;
}

Stream Builder::lower(const plan::NodeRef& node) {
  const auto found = lowered_.find(node);
  if (found != lowered_.end()) return found->second;
  Stream stream = std::visit([&](const auto& op) { return lower_node(op, *node); }, node->op);
  return lowered_[node] = std::move(stream);
}

Stream Builder::lower_node(const plan::Scan& scan, const plan::Node&) {
  return identity(input(scan.relation));
}

Stream Builder::lower_node(const plan::Filter& filter, const plan::Node&) {
  Stream stream = lower(filter.input);
  // The conjuncts keep their order: what may fail stays behind what guards it.
  const auto* logical = std::get_if<plan::Logical>(&filter.predicate->node);
  const std::vector<ExprRef> conjuncts =
      logical && logical->is_and ? logical->operands : std::vector<ExprRef>{filter.predicate};
  for (const ExprRef& conjunct : conjuncts) {
    ExprRef substituted = over(conjunct, stream.exprs);
    const bool known = std::any_of(stream.filters.begin(), stream.filters.end(),
                                   [&](const ExprRef& f) { return plan::equal(f, substituted); });
    if (!known) stream.filters.push_back(std::move(substituted));
  }
  return stream;
}

Stream Builder::lower_node(const plan::Project& project, const plan::Node& node) {
  Stream stream = lower(project.input);
  size_t size_now = 0;
  std::vector<size_t> uses(stream.exprs.size());
  for (const ExprRef& e : project.exprs) {
    plan::for_each_column(e, [&](const plan::Column& c) { ++uses[c.index]; });
  }
  for (size_t i = 0; i < uses.size(); ++i)
    size_now += (uses[i] > 1 ? uses[i] : 0) * plan::size(stream.exprs[i]);
  if (size_now > kMaxFusedSize) stream = materialize(std::move(stream), project.input->columns, node.span);
  std::vector<ExprRef> exprs;
  for (const ExprRef& e : project.exprs) exprs.push_back(over(e, stream.exprs));
  stream.exprs = std::move(exprs);
  return stream;
}

Stream Builder::materialize(Stream stream, const std::vector<plan::OutputColumn>& columns, Span span) {
  const bool append_only = flow_.operators[stream.producer].append_only;
  return map({std::move(stream)}, columns, append_only, span);
}

Stream Builder::map(std::vector<Stream> inputs, std::vector<plan::OutputColumn> columns, bool append_only,
                    Span span) {
  for (const Operator& op : flow_.operators) {
    const auto* existing = std::get_if<Map>(&op.op);
    if (existing && existing->inputs.size() == inputs.size() &&
        std::equal(inputs.begin(), inputs.end(), existing->inputs.begin(),
                   [](const Stream& a, const Stream& b) { return equal(a, b); })) {
      return identity(op.id);
    }
  }
  Operator op{};
  op.name = flow_.operators[inputs[0].producer].name + "_rows";
  op.op = Map{std::move(inputs)};
  op.columns = std::move(columns);
  op.append_only = append_only;
  op.spans = {span};
  return identity(add(std::move(op)));
}

Stream Builder::lower_node(const plan::Union& all, const plan::Node& node) {
  std::vector<Stream> inputs;
  for (const plan::NodeRef& input : all.inputs) inputs.push_back(lower(input));
  return map(std::move(inputs), node.columns, node.append_only, node.span);
}

Stream Builder::lower_node(const plan::Aggregate& aggregate, const plan::Node& node) {
  const Stream in = lower(aggregate.input);
  std::vector<ExprRef> keys;
  for (const ExprRef& key : aggregate.keys) keys.push_back(over(key, in.exprs));
  std::vector<plan::AggregateCall> calls = aggregate.calls;
  for (plan::AggregateCall& call : calls) {
    if (call.argument) call.argument = over(call.argument, in.exprs);
    for (ExprRef& argument : call.more_arguments) argument = over(argument, in.exprs);
    if (call.filter) call.filter = over(call.filter, in.exprs);
  }

  // An aggregate over the same rows by the same keys, whatever their order.
  Operator* shared = nullptr;
  for (Operator& op : flow_.operators) {
    const auto* existing = std::get_if<Aggregate>(&op.op);
    if (!existing || existing->producer != in.producer || existing->grouped != aggregate.grouped ||
        existing->keys.size() != keys.size() || !equal(existing->filters, in.filters) ||
        existing->calls.size() + calls.size() > kMaxSharedCalls || !fail_alike(existing->calls, calls) ||
        // DISTINCT of append-only input never retracts, and what reads it counts on that: no calls join it.
        op.append_only != node.append_only) {
      continue;
    }
    const bool same_keys = std::all_of(keys.begin(), keys.end(), [&](const ExprRef& key) {
      return std::any_of(existing->keys.begin(), existing->keys.end(),
                         [&](const ExprRef& k) { return plan::equal(k, key); });
    });
    if (same_keys) shared = &op;
  }
  if (!shared) {
    Operator op{};
    op.name = node.name;
    op.op = Aggregate{in.producer, in.filters, {}, {}, aggregate.grouped, {}};
    op.append_only = node.append_only;
    op.input_append_only = flow_.operators[in.producer].append_only;
    shared = &flow_.operators[add(std::move(op))];
    auto& made = std::get<Aggregate>(shared->op);
    for (size_t i = 0; i < keys.size(); ++i) {
      const bool twice = std::any_of(made.keys.begin(), made.keys.end(),
                                     [&](const ExprRef& k) { return plan::equal(k, keys[i]); });
      if (twice) continue;
      made.keys.push_back(keys[i]);
      shared->columns.push_back(node.columns[i]);
    }
  }
  shared->spans.push_back(node.span);
  auto& op = std::get<Aggregate>(shared->op);
  Stream out{shared->id, {}, {}};
  for (const ExprRef& key : keys) {
    const auto at =
        std::find_if(op.keys.begin(), op.keys.end(), [&](const ExprRef& k) { return plan::equal(k, key); });
    const auto index = static_cast<uint32_t>(at - op.keys.begin());
    out.exprs.push_back(
        plan::column(index, shared->columns[index].name, key->type, key->nullable, key->span));
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    auto at = std::find_if(op.calls.begin(), op.calls.end(),
                           [&](const auto& c) { return plan::equal(c, calls[i]); });
    if (at == op.calls.end()) {
      shared->columns.push_back(node.columns[keys.size() + i]);
      shared->append_only = false;
      at = op.calls.insert(op.calls.end(), calls[i]);
    }
    const auto index = static_cast<uint32_t>(op.keys.size() + static_cast<size_t>(at - op.calls.begin()));
    const plan::OutputColumn& c = shared->columns[index];
    // A result out of range fails where it is read.
    out.exprs.push_back(
        plan::column(index, c.name, c.type, c.nullable, calls[i].span, calls[i].function->can_fail));
  }
  return out;
}

void Builder::add_output(const catalog::Relation& relation, bool is_view) {
  Output output{};
  output.name = relation.name;
  output.is_view = is_view;
  output.span = relation.span;
  if (relation.plan) {
    output.stream = lower(optimizer_.optimize(relation.plan));
    output.columns = relation.plan->columns;
    output.visible_columns = relation.visible_columns;
    output.order = relation.order;
  } else {
    output.stream = identity(input(&relation));
    output.columns = flow_.operators[output.stream.producer].columns;
    output.visible_columns = static_cast<uint32_t>(output.columns.size());
  }
  const Operator& producer = flow_.operators[output.stream.producer];
  const auto* in = std::get_if<Input>(&producer.op);
  const bool has_records = std::holds_alternative<Aggregate>(producer.op) ||
                           (in && in->relation->kind == catalog::RelationKind::kTable);
  output.storage = has_records ? Storage::kRecords : is_view ? Storage::kRows : Storage::kNone;
  // A plain view is readable where that costs no state; otherwise it is only a part of what reads it.
  if (relation.kind == catalog::RelationKind::kView && output.storage == Storage::kNone) return;
  output.append_only = producer.append_only;
  flow_.outputs.push_back(std::move(output));
}

/// Whether the key columns tell all rows of the producer apart: they hold each of its keys as it is.
bool Builder::is_unique_key(const Output& output, const std::vector<uint32_t>& key) const {
  const Operator& producer = flow_.operators[output.stream.producer];
  std::vector<uint32_t> needed;
  if (const auto* aggregate = std::get_if<Aggregate>(&producer.op)) {
    for (uint32_t i = 0; i < aggregate->keys.size(); ++i) needed.push_back(i);
  } else if (const auto* in = std::get_if<Input>(&producer.op); in && !in->relation->primary_key.empty()) {
    needed = in->relation->primary_key;
  } else {
    return false;
  }
  return !key.empty() && std::all_of(needed.begin(), needed.end(), [&](uint32_t wanted) {
    return std::any_of(key.begin(), key.end(), [&](uint32_t k) {
      const auto* column = std::get_if<plan::Column>(&output.stream.exprs[k]->node);
      return column && column->index == wanted;
    });
  });
}

/// Columns and calls that nobody reads go, consumers first.
void Builder::prune() {
  std::vector<std::vector<bool>> used;
  for (const Operator& op : flow_.operators) used.emplace_back(op.columns.size());
  const auto mark = [&](OperatorId producer, const std::vector<ExprRef>& exprs) {
    for (const ExprRef& e : exprs) {
      plan::for_each_column(e, [&](const plan::Column& c) { used[producer][c.index] = true; });
    }
  };
  for (const Output& output : flow_.outputs) {
    mark(output.stream.producer, output.stream.exprs);
    mark(output.stream.producer, output.stream.filters);
  }
  for (size_t i = flow_.operators.size(); i-- > 0;) {
    Operator& op = flow_.operators[i];
    if (auto* map = std::get_if<Map>(&op.op)) {
      for (Stream& in : map->inputs) {
        mark(in.producer, in.filters);
        for (size_t c = 0; c < in.exprs.size(); ++c) {
          if (used[i][c]) mark(in.producer, {in.exprs[c]});
        }
      }
    } else if (auto* aggregate = std::get_if<Aggregate>(&op.op)) {
      mark(aggregate->producer, aggregate->filters);
      mark(aggregate->producer, aggregate->keys);
      for (size_t c = 0; c < aggregate->keys.size(); ++c) used[i][c] = true;
      for (size_t c = 0; c < aggregate->calls.size(); ++c) {
        if (!used[i][aggregate->keys.size() + c]) continue;
        const plan::AggregateCall& call = aggregate->calls[c];
        mark(aggregate->producer, plan::arguments(call));
        if (call.filter) mark(aggregate->producer, {call.filter});
      }
    } else if (std::get<Input>(op.op).relation->kind == catalog::RelationKind::kTable) {
      used[i].assign(used[i].size(), true);
    }
  }

  // New positions.
  std::vector<std::vector<uint32_t>> position(used.size());
  for (size_t i = 0; i < used.size(); ++i) {
    uint32_t next = 0;
    for (const bool u : used[i]) position[i].push_back(u ? next++ : 0);
  }
  const auto moved = [&](OperatorId producer, const ExprRef& e) {
    return e ? plan::substitute(e,
                                [&](const plan::Column& c, const plan::Expr& old) {
                                  return plan::column(position[producer][c.index], c.name, old.type,
                                                      old.nullable, old.span, old.can_fail);
                                })
             : e;
  };
  const auto move_all = [&](OperatorId producer, std::vector<ExprRef>& exprs) {
    for (ExprRef& e : exprs) e = moved(producer, e);
  };
  const auto keep = [](auto& items, const std::vector<bool>& which, size_t offset = 0) {
    size_t kept = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      if (which[offset + i]) std::swap(items[kept++], items[i]);
    }
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(kept), items.end());
  };
  for (size_t i = 0; i < flow_.operators.size(); ++i) {
    Operator& op = flow_.operators[i];
    if (auto* map = std::get_if<Map>(&op.op)) {
      for (Stream& in : map->inputs) {
        keep(in.exprs, used[i]);
        move_all(in.producer, in.exprs);
        move_all(in.producer, in.filters);
      }
    } else if (auto* aggregate = std::get_if<Aggregate>(&op.op)) {
      keep(aggregate->calls, used[i], aggregate->keys.size());
      move_all(aggregate->producer, aggregate->filters);
      move_all(aggregate->producer, aggregate->keys);
      for (plan::AggregateCall& call : aggregate->calls) {
        call.argument = moved(aggregate->producer, call.argument);
        move_all(aggregate->producer, call.more_arguments);
        call.filter = moved(aggregate->producer, call.filter);
      }
    } else {
      keep(std::get<Input>(op.op).columns, used[i]);
    }
    keep(op.columns, used[i]);
  }
  for (Output& output : flow_.outputs) {
    move_all(output.stream.producer, output.stream.exprs);
    move_all(output.stream.producer, output.stream.filters);
  }
}

void Builder::place() {
  bool moved = false;  // An operator that others may come after.
  for (Operator& op : flow_.operators) {
    if (const auto* in = std::get_if<Input>(&op.op)) {
      op.stage = in->relation->kind == catalog::RelationKind::kTable ? 1 : 0;
    } else if (const auto* map = std::get_if<Map>(&op.op)) {
      for (const Stream& s : map->inputs) op.stage = std::max(op.stage, flow_.operators[s.producer].stage);
    } else if (const auto* below = std::get_if<DistinctBelow>(&op.op)) {
      op.stage = flow_.operators[below->parent].stage;
      Operator& consumer = flow_.operators[below->consumer];
      if (consumer.stage > op.stage) continue;
      consumer.stage = op.stage + 1;
      moved = true;
    } else {
      const uint32_t after = flow_.operators[std::get<Aggregate>(op.op).producer].stage + 1;
      op.stage = std::max(op.stage, after);
    }
  }
  if (moved) return place();
  for (const Operator& op : flow_.operators) flow_.stages = std::max(flow_.stages, op.stage);
}

void Builder::note_users() {
  for (const Output& output : flow_.outputs) {
    std::vector<bool> reached(flow_.operators.size());
    const std::function<void(OperatorId)> reach = [&](OperatorId id) {
      if (reached[id]) return;
      reached[id] = true;
      Operator& op = flow_.operators[id];
      op.users.push_back(output.name);
      if (const auto* map = std::get_if<Map>(&op.op)) {
        for (const Stream& s : map->inputs) reach(s.producer);
      } else if (const auto* aggregate = std::get_if<Aggregate>(&op.op)) {
        reach(aggregate->producer);
        for (size_t i = 0; i < aggregate->calls.size(); ++i) {
          if (const Operator* found = feeder(flow_, id, i)) reach(found->id);
        }
      } else if (const auto* below = std::get_if<DistinctBelow>(&op.op)) {
        reach(below->parent);
      }
    };
    reach(output.stream.producer);
  }
}

Dataflow Builder::build(const bind::Script& script) {
  using Kind = catalog::RelationKind;
  for (const catalog::Relation& relation : script.catalog.relations()) {
    if (relation.kind == Kind::kSource || relation.kind == Kind::kTable) input(&relation);
  }
  for (const catalog::Relation& relation : script.catalog.relations()) {
    if (relation.kind == Kind::kTable || relation.kind == Kind::kMaterializedView ||
        relation.kind == Kind::kView) {
      if (relation.kind != Kind::kTable && !relation.plan) continue;
      add_output(relation, relation.kind == Kind::kMaterializedView);
    }
  }
  for (const catalog::Relation& relation : script.catalog.relations()) {
    if (relation.kind != Kind::kSink || !relation.plan) continue;
    const auto output = static_cast<uint32_t>(flow_.outputs.size());
    add_output(relation, false);
    flow_.sinks.push_back({&relation, output, is_unique_key(flow_.outputs[output], relation.primary_key)});
  }
  prune();
  choose_words(flow_);
  count_distinct_below(flow_);
  choose_parents(flow_);
  place();
  note_users();
  flow_.statements = script.statements;
  return std::move(flow_);
}

}  // namespace

Dataflow build(const bind::Script& script) {
  return Builder().build(script);
}

}  // namespace sqlmill::incremental
