// Plans as text for people.
#include <fmt/format.h>

#include <map>

#include "compiler/catalog/catalog.h"
#include "compiler/plan/node.h"

namespace sqlmill::plan {

namespace {

std::string list(const std::vector<ExprRef>& exprs) {
  std::string out;
  for (const ExprRef& e : exprs) out += (out.empty() ? "" : ", ") + to_string(e);
  return out;
}

/// ` ORDER BY a DESC, b`, or nothing.
std::string order_text(const std::vector<SortKey>& keys) {
  return keys.empty() ? "" : " ORDER BY " + to_string(keys);
}

}  // namespace

std::string to_string(const std::vector<SortKey>& keys) {
  std::string out;
  for (const SortKey& key : keys) {
    out += (out.empty() ? "" : ", ") + to_string(key.expr) + (key.descending ? " DESC" : "");
    if (key.nulls_first != key.descending) out += key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  return out;
}

std::string to_string(const AggregateCall& call) {
  std::string out = fmt::format("{}({}", call.function->name, call.distinct ? "DISTINCT " : "");
  if (call.argument) {
    out += to_string(call.argument);
  } else if (!call.within_group) {
    out += "*";
  }
  for (const ExprRef& e : call.more_arguments) out += ", " + to_string(e);
  if (!call.within_group) out += order_text(call.order);
  out += ")";
  if (call.within_group) out += " WITHIN GROUP (ORDER BY " + to_string(call.order) + ")";
  if (call.filter) out += fmt::format(" FILTER (WHERE {})", to_string(call.filter));
  return out;
}

namespace {

std::string_view name_of(TableFunctionKind kind) {
  switch (kind) {
    case TableFunctionKind::kGenerateSeries:
      return "generate_series";
    case TableFunctionKind::kUnnest:
      return "unnest";
    case TableFunctionKind::kJsonbArrayElements:
      return "jsonb_array_elements";
    case TableFunctionKind::kJsonbArrayElementsText:
      return "jsonb_array_elements_text";
    case TableFunctionKind::kJsonbEach:
      return "jsonb_each";
    case TableFunctionKind::kJsonbEachText:
      return "jsonb_each_text";
    case TableFunctionKind::kJsonbObjectKeys:
      return "jsonb_object_keys";
    case TableFunctionKind::kJsonbPathQuery:
      return "jsonb_path_query";
    case TableFunctionKind::kRegexpMatches:
      return "regexp_matches";
    case TableFunctionKind::kRegexpSplitToTable:
      return "regexp_split_to_table";
    case TableFunctionKind::kStringToTable:
      return "string_to_table";
  }
  __builtin_unreachable();
}

std::string_view name_of(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner:
      return "Join";
    case JoinKind::kLeft:
      return "Left join";
    case JoinKind::kRight:
      return "Right join";
    case JoinKind::kFull:
      return "Full join";
    case JoinKind::kSemi:
      return "Semi join";
    case JoinKind::kAnti:
      return "Anti join";
  }
  __builtin_unreachable();
}

std::string_view name_of(WindowFunction function) {
  constexpr std::string_view kNames[] = {"",           "row_number", "rank", "dense_rank", "percent_rank",
                                         "cume_dist",  "ntile",      "lag",  "lead",       "first_value",
                                         "last_value", "nth_value"};
  return kNames[static_cast<size_t>(function)];
}

std::string bound_text(FrameBound bound, const ExprRef& offset) {
  switch (bound) {
    case FrameBound::kUnboundedPreceding:
      return "UNBOUNDED PRECEDING";
    case FrameBound::kPreceding:
      return to_string(offset) + " PRECEDING";
    case FrameBound::kCurrentRow:
      return "CURRENT ROW";
    case FrameBound::kFollowing:
      return to_string(offset) + " FOLLOWING";
    case FrameBound::kUnboundedFollowing:
      return "UNBOUNDED FOLLOWING";
  }
  __builtin_unreachable();
}

/// Nothing for the frame that one gets without a word.
std::string frame_text(const Frame& frame) {
  const bool is_default = frame.unit == FrameUnit::kRange && frame.begin == FrameBound::kUnboundedPreceding &&
                          frame.end == FrameBound::kCurrentRow && frame.exclusion == FrameExclusion::kNone;
  if (is_default) return "";
  constexpr std::string_view kUnits[] = {"ROWS", "RANGE", "GROUPS"};
  constexpr std::string_view kExclusions[] = {"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"};
  return fmt::format(" {} BETWEEN {} AND {}{}", kUnits[static_cast<size_t>(frame.unit)],
                     bound_text(frame.begin, frame.begin_offset), bound_text(frame.end, frame.end_offset),
                     kExclusions[static_cast<size_t>(frame.exclusion)]);
}

std::string call_text(const WindowCall& call) {
  const std::string text = call.function == WindowFunction::kAggregate
                               ? to_string(call.aggregate)
                               : fmt::format("{}({})", name_of(call.function), list(call.arguments));
  return text + (call.ignore_nulls ? " IGNORE NULLS" : "") + frame_text(call.frame);
}

std::string sets_text(const Aggregate& aggregate) {
  std::string out;
  for (const std::vector<uint32_t>& set : aggregate.sets) {
    std::string keys;
    for (const uint32_t key : set) keys += (keys.empty() ? "" : ", ") + to_string(aggregate.keys[key]);
    out += (out.empty() ? "(" : ", (") + keys + ")";
  }
  return out;
}

std::string head(const Node& node) {
  struct Visitor {
    const Node& node;
    std::string operator()(const Scan& n) {
      if (!n.columns) return "Scan " + n.relation->name;
      std::string names;
      for (const OutputColumn& c : node.columns) names += (names.empty() ? "" : ", ") + c.name;
      return fmt::format("Scan {} ({})", n.relation->name, names);
    }
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
      if (!n.sets.empty()) out += " in sets " + sets_text(n);
      for (size_t i = 0; i < n.calls.size(); ++i) out += (i ? ", " : ": ") + to_string(n.calls[i]);
      return out;
    }
    std::string operator()(const Union&) { return "Union all"; }
    std::string operator()(const Values& n) {
      if (n.rows.size() == 1 && n.rows[0].empty()) return "One row";
      if (n.rows.size() > 3) return fmt::format("Values of {} rows", n.rows.size());
      std::string out = "Values ";
      for (const auto& row : n.rows) out += (&row == n.rows.data() ? "(" : ", (") + list(row) + ")";
      return out;
    }
    std::string operator()(const TableFunction& n) {
      return fmt::format("Table function {}({}){}", name_of(n.kind), list(n.arguments),
                         n.ordinality ? " with ordinality" : "");
    }
    std::string operator()(const Join& n) {
      std::string out(name_of(n.kind));
      if (!n.parameters.empty()) out += " lateral, of " + list(n.parameters);
      return n.condition ? out + " on " + to_string(n.condition) : out;
    }
    std::string operator()(const Window& n) {
      std::string out = "Window";
      if (!n.partition.empty()) out += " by " + list(n.partition);
      out += order_text(n.order);
      for (size_t i = 0; i < n.calls.size(); ++i) out += (i ? ", " : ": ") + call_text(n.calls[i]);
      return out;
    }
    std::string operator()(const Sort& n) { return "Sort by " + to_string(n.keys); }
    std::string operator()(const Limit& n) {
      std::string out = "Limit";
      if (n.count) out += " " + to_string(n.count);
      if (n.with_ties) out += " with ties";
      return n.offset ? out + " offset " + to_string(n.offset) : out;
    }
    std::string operator()(const DistinctOn& n) {
      return "Distinct on " + list(n.keys) + order_text(n.order);
    }
    std::string operator()(const SetOperation& n) {
      return fmt::format("{}{}", n.is_intersect ? "Intersect" : "Except", n.all ? " all" : "");
    }
    std::string operator()(const Recursive& n) {
      return fmt::format("Recursive {}{}", n.id, n.all ? " all" : "");
    }
    std::string operator()(const WorkingTable& n) { return fmt::format("Working table {}", n.id); }
    std::string operator()(const Shared&) { return "Shared"; }
  };
  return std::visit(Visitor{node}, node.op);
}

class Printer {
 public:
  explicit Printer(const std::function<std::string(const Node&)>& note) : note_(note) {}

  std::string text(const NodeRef& node) {
    print(node, 0);
    return std::move(out_);
  }

 private:
  void print(const NodeRef& node, size_t depth) {
    indent(depth);
    out_ += head(*node) + (note_ ? note_(*node) : node->append_only ? "  [append-only]" : "");
    if (std::holds_alternative<Shared>(node->op)) {
      const auto [known, is_new] = shared_.emplace(node.get(), shared_.size() + 1);
      out_ += fmt::format(" {}{}", known->second, is_new ? "" : ", as above");
      if (!is_new) {
        out_ += "\n";
        return;
      }
    }
    out_ += "\n";
    for (const ExprRef& e : expressions(node)) print_subqueries(e, depth + 1);
    for (const NodeRef& child : children(node)) print(child, depth + 1);
  }

  void print_subqueries(const ExprRef& expr, size_t depth) {
    if (const auto* n = std::get_if<Subquery>(&expr->node)) {
      indent(depth);
      out_ += n->parameters.empty() ? "Subquery\n" : "Subquery of " + list(n->parameters) + "\n";
      print(n->query, depth + 1);
    }
    for (const ExprRef& part : operands(expr)) print_subqueries(part, depth);
  }

  void indent(size_t depth) { out_.append(depth * 2, ' '); }

  const std::function<std::string(const Node&)>& note_;
  std::string out_;
  std::map<const Node*, size_t> shared_;
};

}  // namespace

std::string to_string(const NodeRef& node, const std::function<std::string(const Node&)>& note) {
  return Printer(note).text(node);
}

std::string to_string(const NodeRef& node) {
  return to_string(node, nullptr);
}

}  // namespace sqlmill::plan
