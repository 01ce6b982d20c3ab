// What PostgreSQL calls a column of a SELECT list that has no alias.
#include <utility>

#include "compiler/ast/field_call.h"
#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

/// Of int[][]: int.
std::string element_name(std::string name) {
  while (name.ends_with("[]")) name.resize(name.size() - 2);
  return name;
}

/// PostgreSQL's own names of the types, which are not the ones that it prints.
std::string type_column_name(const std::string& written_name) {
  const std::string written = written_name.starts_with("interval ") ? "interval" : element_name(written_name);
  constexpr std::pair<sql::TypeId, std::string_view> kNames[] = {
      {sql::TypeId::kBoolean, "bool"},
      {sql::TypeId::kSmallint, "int2"},
      {sql::TypeId::kInteger, "int4"},
      {sql::TypeId::kBigint, "int8"},
      {sql::TypeId::kReal, "float4"},
      {sql::TypeId::kDouble, "float8"},
      {sql::TypeId::kTime, "time"},
      {sql::TypeId::kTimestamp, "timestamp"},
      {sql::TypeId::kTimestamptz, "timestamptz"},
      {sql::TypeId::kNumeric, "numeric"},
  };
  if (written == "character varying" || written == "varchar") return "varchar";
  const std::optional<sql::TypeId> id = sql::find_type(written);
  for (const auto& [type, name] : kNames) {
    if (id == type) return std::string(name);
  }
  return written;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// A name, and how sure it is: 2 of a column or a call, 1 of a cast or CASE, 0 of nothing.
using Named = std::pair<std::string, int>;

Named named(const ast::Expr& expr, const source::Source& source);

Named named_call(const ast::Call& call, const source::Source& source) {
  if (call.name.name == ast::kFieldCall)
    return {std::get<ast::StringLiteral>(call.arguments[1]->node).value, 2};
  // Calls with a syntax of their own are known by its word.
  constexpr std::string_view kWords[] = {"substring", "position", "current_timestamp"};
  const std::string written = lower(source.text(call.name.span));
  for (const std::string_view word : kWords) {
    if (written == word) return {written, 2};
  }
  return {call.name.name, 2};
}

Named named_subquery(const ast::Subquery& subquery, const source::Source& source) {
  switch (subquery.form) {
    case ast::SubqueryForm::kExists:
      return {"exists", 2};
    case ast::SubqueryForm::kArray:
      return {"array", 2};
    case ast::SubqueryForm::kScalar:
      break;
    case ast::SubqueryForm::kIn:
    case ast::SubqueryForm::kAny:
    case ast::SubqueryForm::kAll:
      return {"", 0};
  }
  const auto* select = std::get_if<ast::Select>(&subquery.query->body);
  if (!select || select->items.empty()) return {"", 0};
  const ast::SelectItem& first = select->items.front();
  return first.alias ? Named{first.alias->name, 2} : named(*first.expr, source);
}

Named named(const ast::Expr& expr, const source::Source& source) {
  if (const auto* column = std::get_if<ast::ColumnName>(&expr.node)) return {column->parts.back().name, 2};
  if (const auto* call = std::get_if<ast::Call>(&expr.node)) return named_call(*call, source);
  if (const auto* subquery = std::get_if<ast::Subquery>(&expr.node)) return named_subquery(*subquery, source);
  if (const auto* subscript = std::get_if<ast::Subscript>(&expr.node))
    return named(*subscript->operand, source);
  if (const auto* collate = std::get_if<ast::Collate>(&expr.node)) return named(*collate->operand, source);
  if (std::holds_alternative<ast::ArrayLiteral>(expr.node)) return {"array", 2};
  if (std::holds_alternative<ast::Row>(expr.node)) return {"row", 2};
  if (std::holds_alternative<ast::BooleanLiteral>(expr.node)) return {"bool", 1};
  if (const auto* literal = std::get_if<ast::TypedLiteral>(&expr.node))
    return {type_column_name(literal->type.name), 1};
  if (const auto* choice = std::get_if<ast::Case>(&expr.node)) {
    const Named inner = choice->otherwise ? named(*choice->otherwise, source) : Named{"", 0};
    return inner.second > 1 ? inner : Named{"case", 1};
  }
  if (const auto* cast = std::get_if<ast::CastTo>(&expr.node)) {
    const Named inner = named(*cast->operand, source);
    return inner.second > 1 ? inner : Named{type_column_name(cast->type.name), 1};
  }
  return {"", 0};
}

}  // namespace

std::string implied_name(const ast::Expr& expr, const source::Source& source) {
  const auto [name, strength] = named(expr, source);
  return strength > 0 ? name : "?column?";
}

}  // namespace sqlmill::bind
