#include "compiler/plan/node.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/catalog/catalog.h"

namespace sqlmill::plan {

NodeRef scan(const catalog::Relation* relation, Span span) {
  std::vector<OutputColumn> columns;
  for (const catalog::Column& c : relation->columns) columns.push_back({c.name, c.type, c.nullable});
  return std::make_shared<const Node>(
      Node{Scan{relation}, std::move(columns), relation->append_only, span, {}});
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
  const bool keeps_modifier = call.argument && call.argument->type.id == call.function->result &&
                              (call.function->name == "min" || call.function->name == "max");
  return keeps_modifier ? call.argument->type : sql::Type{call.function->result};
}

NodeRef aggregate(NodeRef input, std::vector<ExprRef> keys, std::vector<AggregateCall> calls, bool grouped,
                  std::vector<std::string> names, Span span, std::string name) {
  std::vector<OutputColumn> columns;
  size_t i = 0;
  for (const ExprRef& key : keys) columns.push_back({names[i++], key->type, key->nullable});
  for (const AggregateCall& call : calls) {
    columns.push_back({names[i++], result_type(call), call.function->result_nullable});
  }
  const bool has_equal_forms = std::any_of(
      keys.begin(), keys.end(), [](const ExprRef& key) { return sql::has_equal_forms(key->type.id); });
  // DISTINCT over rows that only come never takes one back, unless the form that a group shows can change.
  const bool append_only = input->append_only && calls.empty() && grouped && !has_equal_forms;
  return std::make_shared<const Node>(
      Node{Aggregate{std::move(input), std::move(keys), std::move(calls), grouped}, std::move(columns),
           append_only, span, std::move(name)});
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

ExprRef column_of(const Node& node, uint32_t index, Span span) {
  const OutputColumn& c = node.columns[index];
  return column(index, c.name, c.type, c.nullable, span);
}

bool over_same_values(const AggregateCall& a, const AggregateCall& b) {
  const auto same = [](const ExprRef& x, const ExprRef& y) { return x && y ? equal(x, y) : !x && !y; };
  return same(a.argument, b.argument) && same(a.filter, b.filter);
}

bool is_extreme(const AggregateCall& call) {
  return call.function->name == "min" || call.function->name == "max";
}

bool equal(const AggregateCall& a, const AggregateCall& b) {
  return a.function == b.function && a.distinct == b.distinct && over_same_values(a, b);
}

std::string to_string(const AggregateCall& call) {
  std::string out = fmt::format("{}({}{})", call.function->name, call.distinct ? "DISTINCT " : "",
                                call.argument ? to_string(call.argument) : "*");
  if (call.filter) out += fmt::format(" FILTER (WHERE {})", to_string(call.filter));
  return out;
}

namespace {

std::string list(const std::vector<ExprRef>& exprs) {
  std::string out;
  for (const ExprRef& e : exprs) out += (out.empty() ? "" : ", ") + to_string(e);
  return out;
}

std::string head(const Node& node) {
  struct Visitor {
    const Node& node;
    std::string operator()(const Scan& n) { return "Scan " + n.relation->name; }
    std::string operator()(const Filter& n) { return "Filter " + to_string(n.predicate); }
    std::string operator()(const Project& n) {
      std::string out = "Project";
      for (size_t i = 0; i < n.exprs.size(); ++i) {
        const std::string text = to_string(n.exprs[i]);
        out += i ? ", " : " ";
        out += text == node.columns[i].name ? text : text + " AS " + node.columns[i].name;
      }
      return out;
    }
    std::string operator()(const Aggregate& n) {
      std::string out = n.keys.empty() ? "Aggregate" : "Aggregate by " + list(n.keys);
      for (size_t i = 0; i < n.calls.size(); ++i) out += (i ? ", " : ": ") + to_string(n.calls[i]);
      return out;
    }
    std::string operator()(const Union&) { return "Union all"; }
  };
  return std::visit(Visitor{node}, node.op);
}

void print(const NodeRef& node, int depth, std::string& out) {
  out += std::string(static_cast<size_t>(depth) * 2, ' ') + head(*node) +
         (node->append_only ? "  [append-only]" : "") + "\n";
  if (const auto* n = std::get_if<Filter>(&node->op)) print(n->input, depth + 1, out);
  if (const auto* n = std::get_if<Project>(&node->op)) print(n->input, depth + 1, out);
  if (const auto* n = std::get_if<Aggregate>(&node->op)) print(n->input, depth + 1, out);
  if (const auto* n = std::get_if<Union>(&node->op)) {
    for (const NodeRef& input : n->inputs) print(input, depth + 1, out);
  }
}

}  // namespace

std::string to_string(const NodeRef& node) {
  std::string out;
  print(node, 0, out);
  return out;
}

}  // namespace sqlmill::plan
