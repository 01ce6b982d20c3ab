// Bound statements as text for people: `sqlmill explain --query`.
#include <fmt/format.h>

#include "compiler/bind/bind.h"
#include "compiler/catalog/catalog.h"

namespace sqlmill::bind {

namespace {

std::string indented(const std::string& text) {
  std::string out;
  bool at_begin = true;
  for (const char c : text) {
    if (at_begin) out += "  ";
    at_begin = c == '\n';
    out += c;
  }
  return out;
}

std::string assignments_text(const catalog::Relation& table,
                             const std::vector<std::pair<uint32_t, plan::ExprRef>>& assignments) {
  std::string out;
  for (const auto& [column, value] : assignments)
    out +=
        fmt::format("{}{} = {}", out.empty() ? "" : ", ", table.columns[column].name, plan::to_string(value));
  return out;
}

std::string where_text(const plan::ExprRef& where) {
  return where ? "  Where " + plan::to_string(where) + "\n" : "";
}

std::string returning_text(const Returning& returning) {
  std::string out;
  for (const plan::ExprRef& e : returning.exprs) out += (out.empty() ? "" : ", ") + plan::to_string(e);
  return out.empty() ? "" : "  Returning " + out + "\n";
}

struct Printer {
  std::string operator()(const QueryStatement& s) { return plan::to_string(s.node); }
  std::string operator()(const InsertStatement& s) {
    std::string out = "Insert into " + s.table->name + "\n";
    if (s.on_conflict) {
      const std::string set = assignments_text(*s.table, s.on_conflict->assignments);
      out += set.empty() ? "  On conflict nothing\n" : "  On conflict set " + set + "\n";
      out += where_text(s.on_conflict->where);
    }
    return out + returning_text(s.returning) + indented(plan::to_string(s.rows));
  }
  std::string operator()(const UpdateStatement& s) {
    std::string out =
        fmt::format("Update {}\n  Set {}\n", s.table->name, assignments_text(*s.table, s.assignments));
    out += where_text(s.where) + returning_text(s.returning);
    return s.from ? out + indented(plan::to_string(s.from)) : out;
  }
  std::string operator()(const DeleteStatement& s) {
    std::string out =
        "Delete from " + s.table->name + "\n" + where_text(s.where) + returning_text(s.returning);
    return s.from ? out + indented(plan::to_string(s.from)) : out;
  }
  std::string operator()(const ExplainStatement& s) {
    return (s.analyze ? "Explain analyze\n" : "Explain\n") + indented(to_string(*s.statement));
  }
};

}  // namespace

std::string to_string(const BoundStatement& statement) {
  std::string out;
  for (const plan::OutputColumn& c : statement.columns)
    out += fmt::format("{}{} {}", out.empty() ? "columns: " : ", ", c.name, sql::type_name(c.type));
  if (!out.empty()) out += "\n";
  for (size_t i = 0; i < statement.parameters.size(); ++i)
    out += fmt::format("{}${} {}", i ? ", " : "parameters: ", i + 1, sql::type_name(statement.parameters[i]));
  if (!statement.parameters.empty()) out += "\n";
  return out + std::visit(Printer{}, statement.node);
}

}  // namespace sqlmill::bind
