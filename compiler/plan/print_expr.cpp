// Expressions as text for people.
#include <fmt/format.h>

#include "compiler/plan/expr.h"

namespace sqlmill::plan {

namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string list(const std::vector<ExprRef>& exprs, std::string_view separator) {
  std::string out;
  for (const ExprRef& e : exprs) {
    if (!out.empty()) out += separator;
    out += to_string(e);
  }
  return out;
}

std::string constant_text(const sql::Datum& value) {
  if (value.is_null()) return "NULL";
  const char category = sql::type_category(value.type());
  const std::string text = sql::to_text(value);
  if (category == 'N') return text;
  if (category == 'B') return text == "t" ? "true" : "false";
  return quoted(text);
}

std::string call_text(const Call& n, sql::Type type) {
  const std::string_view name = n.function->name;
  const bool is_operator =
      !name.empty() && !std::isalpha(static_cast<unsigned char>(name[0])) && name[0] != '_';
  if (is_operator && n.arguments.size() == 2) {
    return fmt::format("({} {} {})", to_string(n.arguments[0]),
                       name == "~~"    ? "LIKE"
                       : name == "~~*" ? "ILIKE"
                                       : name,
                       to_string(n.arguments[1]));
  }
  if (is_operator) return fmt::format("({}{})", name, list(n.arguments, ", "));
  if (name.empty()) return fmt::format("{}::{}", to_string(n.arguments[0]), type_name(type));
  return fmt::format("{}({})", name, list(n.arguments, ", "));
}

/// `(a, b) = ANY (subquery)`. The plan of the query is printed below its operator.
std::string subquery_text(const Subquery& n) {
  if (n.form == SubqueryForm::kScalar) return "(subquery)";
  if (n.form == SubqueryForm::kExists) return "EXISTS (subquery)";
  if (n.form == SubqueryForm::kArray) return "ARRAY (subquery)";
  return fmt::format("({} {} (subquery))", to_string(n.comparison),
                     n.form == SubqueryForm::kAny ? "FOR ANY OF" : "FOR ALL OF");
}

}  // namespace

std::string to_string(const ExprRef& expr) {
  struct Visitor {
    const Expr& expr;
    std::string operator()(const Column& n) { return n.name; }
    std::string operator()(const Constant& n) { return constant_text(n.value); }
    std::string operator()(const Call& n) { return call_text(n, expr.type); }
    std::string operator()(const Logical& n) {
      return "(" + list(n.operands, n.is_and ? " AND " : " OR ") + ")";
    }
    std::string operator()(const Not& n) { return "NOT " + to_string(n.operand); }
    std::string operator()(const Is& n) {
      constexpr std::string_view kWords[] = {"NULL", "TRUE", "FALSE"};
      return fmt::format("{} IS {}{}", to_string(n.operand), n.negated ? "NOT " : "",
                         kWords[static_cast<size_t>(n.test)]);
    }
    std::string operator()(const IsDistinct& n) {
      return fmt::format("{} IS {}DISTINCT FROM {}", to_string(n.left), n.negated ? "NOT " : "",
                         to_string(n.right));
    }
    std::string operator()(const Case& n) {
      std::string out = "CASE";
      for (const auto& [condition, result] : n.branches) {
        out += fmt::format(" WHEN {} THEN {}", to_string(condition), to_string(result));
      }
      const sql::Datum* otherwise = as_constant(n.otherwise);
      if (!otherwise || !otherwise->is_null()) out += " ELSE " + to_string(n.otherwise);
      return out + " END";
    }
    std::string operator()(const Coalesce& n) { return "COALESCE(" + list(n.arguments, ", ") + ")"; }
    std::string operator()(const Extreme& n) {
      return (n.greatest ? "GREATEST(" : "LEAST(") + list(n.arguments, ", ") + ")";
    }
    std::string operator()(const InSet& n) {
      if (n.constants.size() > 20)
        return fmt::format("{} IN ({} values)", to_string(n.operand), n.constants.size());
      return fmt::format("{} IN ({})", to_string(n.operand), list(n.constants, ", "));
    }
    std::string operator()(const Parameter& n) { return ":" + n.name; }
    std::string operator()(const StatementParameter& n) { return fmt::format("${}", n.index + 1); }
    std::string operator()(const Subquery& n) { return subquery_text(n); }
  };
  return std::visit(Visitor{*expr}, expr->node);
}

}  // namespace sqlmill::plan
