// `explain --stage dataflow`.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/incremental/dataflow.h"
#include "compiler/incremental/distinct_below.h"
#include "compiler/incremental/state_bytes.h"

namespace sqlmill::incremental {

namespace {

std::string list(const std::vector<ExprRef>& exprs) {
  std::string out;
  for (const ExprRef& e : exprs) out += (out.empty() ? "" : ", ") + plan::to_string(e);
  return out;
}

std::string conditions(const std::vector<ExprRef>& filters) {
  std::string out;
  for (const ExprRef& f : filters) out += (out.empty() ? "" : " AND ") + plan::to_string(f);
  return out;
}

const Operator& find(const Dataflow& flow, OperatorId id) {
  return *std::find_if(flow.operators.begin(), flow.operators.end(),
                       [&](const Operator& op) { return op.id == id; });
}

std::string kind_of(const Operator& op) {
  if (const auto* input = std::get_if<Input>(&op.op))
    return input->relation->kind == catalog::RelationKind::kTable ? "table" : "source";
  if (const auto* map = std::get_if<Map>(&op.op)) return map->inputs.size() > 1 ? "union" : "map";
  if (std::holds_alternative<DistinctBelow>(op.op)) return "distinct below";
  return std::get<Aggregate>(op.op).calls.empty() ? "distinct" : "aggregate";
}

std::vector<OperatorId> producers(const Operator& op) {
  if (const auto* map = std::get_if<Map>(&op.op)) {
    std::vector<OperatorId> ids;
    for (const Stream& s : map->inputs) ids.push_back(s.producer);
    return ids;
  }
  if (const auto* aggregate = std::get_if<Aggregate>(&op.op)) return {aggregate->producer};
  if (const auto* below = std::get_if<DistinctBelow>(&op.op)) return {below->producer};
  return {};
}

std::string storage_text(const Dataflow& flow, const Output& output) {
  switch (output.storage) {
    case Storage::kRecords:
      return fmt::format("read from the records of {}", find(flow, output.stream.producer).name);
    case Storage::kRows:
      return "keeps its rows";
    case Storage::kNone:
      return "not kept";
  }
  __builtin_unreachable();
}

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string json_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? ", " : "") + json_string(item);
  return out + "]";
}

void append_operator(const Dataflow& flow, const Operator& op, std::string& out) {
  out += fmt::format("#{} {} {}  [stage {}, {}]\n", op.id, kind_of(op), op.name, op.stage,
                     op.append_only ? "append-only" : "retracts");
  if (const auto* input = std::get_if<Input>(&op.op)) {
    std::string columns;
    for (const plan::OutputColumn& c : op.columns) columns += (columns.empty() ? "" : ", ") + c.name;
    out += fmt::format("   reads     {} of {} columns: {}\n", op.columns.size(),
                       input->relation->columns.size(), columns);
    for (const WordColumn& word : input->words) {
      const std::string once = word.facts.empty() ? "" : "; once a value: " + list(word.facts);
      out += fmt::format("   words     {}{}\n", op.columns[word.column].name, once);
    }
  }
  for (const OperatorId id : producers(op))
    out += fmt::format("   from      #{} {}\n", id, find(flow, id).name);
  if (const auto* aggregate = std::get_if<Aggregate>(&op.op)) {
    if (!aggregate->filters.empty()) out += fmt::format("   where     {}\n", conditions(aggregate->filters));
    out +=
        fmt::format("   key       {}\n", aggregate->keys.empty() ? "none: one row" : list(aggregate->keys));
    if (aggregate->parent)
      out += fmt::format("   below     #{} {}\n", *aggregate->parent, find(flow, *aggregate->parent).name);
    for (size_t i = 0; i < aggregate->calls.size(); ++i) {
      const Operator* fed_by = feeder(flow, op.id, i);
      out += fmt::format("   computes  {}{}\n", plan::to_string(aggregate->calls[i]),
                         fed_by ? fmt::format(": fed by #{}", fed_by->id) : "");
    }
  }
  if (const auto* below = std::get_if<DistinctBelow>(&op.op)) {
    const Operator& consumer = find(flow, below->consumer);
    if (!below->filters.empty()) out += fmt::format("   where     {}\n", conditions(below->filters));
    out += fmt::format("   below     #{} {}\n", below->parent, find(flow, below->parent).name);
    out += fmt::format("   feeds     #{} {}: {}\n", consumer.id, consumer.name,
                       plan::to_string(std::get<Aggregate>(consumer.op).calls[below->call]));
  }
  if (const auto* map = std::get_if<Map>(&op.op)) {
    for (const Stream& s : map->inputs) {
      if (!s.filters.empty()) out += fmt::format("   where     {}\n", conditions(s.filters));
      out += fmt::format("   computes  {}\n", list(s.exprs));
    }
  }
  out += fmt::format("   state     {}\n", describe_state(flow, op));
  if (const std::string bytes = estimate_state(flow, op); !bytes.empty())
    out += fmt::format("   bytes     {}\n", bytes);
  std::string users;
  for (const std::string& user : op.users) users += (users.empty() ? "" : ", ") + user;
  if (op.users.size() > 1) out += fmt::format("   shared by {}\n", users);
  out += "\n";
}

}  // namespace

std::string describe_state(const Dataflow& flow, const Operator& op) {
  if (const auto* input = std::get_if<Input>(&op.op)) {
    if (input->relation->kind != catalog::RelationKind::kTable) return "none: a source keeps no rows";
    return input->relation->primary_key.empty() ? "every row" : "a row per primary key";
  }
  if (std::holds_alternative<Map>(op.op)) return "none";
  if (const auto* below = std::get_if<DistinctBelow>(&op.op))
    return fmt::format("a list of values of {} per group of #{}, kept for ever", plan::to_string(below->word),
                       below->parent);
  const auto& aggregate = std::get<Aggregate>(op.op);
  std::string out = aggregate.keys.empty()
                        ? "one record"
                        : fmt::format("a record per {}, kept {}", list(aggregate.keys),
                                      op.input_append_only ? "for ever" : "while it has rows");
  const std::vector<plan::AggregateCall>& calls = aggregate.calls;
  for (size_t i = 0; i < calls.size(); ++i) {
    const plan::AggregateCall& call = calls[i];
    const bool is_fed = feeder(flow, op.id, i) != nullptr;  // Then the values are there.
    if (call.distinct && !is_fed)
      out += fmt::format("; an entry per group and {} for {}", plan::to_string(call.argument),
                         plan::to_string(call));
    if (!plan::is_extreme(call) || op.input_append_only) continue;
    // min and max of one argument read the same entries.
    const auto reads_same = [&](const plan::AggregateCall& other) {
      return plan::is_extreme(other) && plan::over_same_values(other, call);
    };
    if (std::any_of(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(i), reads_same)) continue;
    std::string readers = plan::to_string(call);
    for (size_t j = i + 1; j < calls.size(); ++j) {
      if (reads_same(calls[j])) readers += " and " + plan::to_string(calls[j]);
    }
    out += fmt::format("; an entry per group and {} for {}, because rows can be taken back",
                       plan::to_string(call.argument), readers);
  }
  return out;
}

std::string to_text(const Dataflow& flow) {
  std::string out;
  for (const Operator& op : flow.operators) append_operator(flow, op, out);
  for (const Output& output : flow.outputs) {
    out += fmt::format("{} ◀ #{} {}: {}", output.name, output.stream.producer,
                       find(flow, output.stream.producer).name, storage_text(flow, output));
    if (!output.stream.filters.empty()) out += fmt::format("; where {}", conditions(output.stream.filters));
    out += "\n";
  }
  return out;
}

std::string to_dot(const Dataflow& flow) {
  const auto label = [](const std::string& text) { return json_string(text); };
  std::string out = "digraph dataflow {\n  rankdir=LR; node [shape=box, fontname=\"sans-serif\"];\n";
  for (const Operator& op : flow.operators) {
    out += fmt::format("  op{} [label={}];\n", op.id,
                       label(fmt::format("{} {}\n{}", kind_of(op), op.name, describe_state(flow, op))));
    for (const OperatorId id : producers(op)) out += fmt::format("  op{} -> op{};\n", id, op.id);
  }
  for (size_t i = 0; i < flow.outputs.size(); ++i) {
    out += fmt::format("  out{} [label={}, shape=ellipse];\n  op{} -> out{};\n", i,
                       label(flow.outputs[i].name), flow.outputs[i].stream.producer, i);
  }
  return out + "}\n";
}

std::string to_json(const Dataflow& flow) {
  std::string out = "{\"operators\": [";
  bool first = true;
  for (const Operator& op : flow.operators) {
    std::vector<std::string> keys, calls, columns;
    std::string from;
    for (const OperatorId id : producers(op)) from += (from.empty() ? "" : ", ") + fmt::to_string(id);
    if (const auto* aggregate = std::get_if<Aggregate>(&op.op)) {
      for (const ExprRef& e : aggregate->keys) keys.push_back(plan::to_string(e));
      for (const plan::AggregateCall& call : aggregate->calls) calls.push_back(plan::to_string(call));
    }
    for (const plan::OutputColumn& c : op.columns) columns.push_back(c.name);
    out += fmt::format(
        "{}\n  {{\"id\": {}, \"kind\": {}, \"name\": {}, \"stage\": {}, \"append_only\": {}, \"inputs\": "
        "[{}], \"columns\": {}, \"key\": {}, "
        "\"aggregates\": {}, \"state\": {}, \"used_by\": {}}}",
        first ? "" : ",", op.id, json_string(kind_of(op)), json_string(op.name), op.stage, op.append_only,
        from, json_list(columns), json_list(keys), json_list(calls), json_string(describe_state(flow, op)),
        json_list(op.users));
    first = false;
  }
  out += "],\n \"outputs\": [";
  first = true;
  for (const Output& output : flow.outputs) {
    out += fmt::format("{}\n  {{\"name\": {}, \"input\": {}, \"storage\": {}, \"append_only\": {}}}",
                       first ? "" : ",", json_string(output.name), output.stream.producer,
                       json_string(storage_text(flow, output)), output.append_only);
    first = false;
  }
  return out + "]}\n";
}

}  // namespace sqlmill::incremental
