// `'t'::regclass` and its kin in queries: names of objects, and the numbers that pg_catalog has for them.
// There are no values of such types here: of a text the cast gives the number, of a number the name, because
// that is what each is for (`attrelid = 't'::regclass`, `SELECT oid::regclass`). Where another cast follows
// it says which of both is wanted.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/ast/field_call.h"
#include "compiler/bind/binder.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::bind {

namespace {

constexpr std::string_view kObjectTypes[] = {"regclass", "regtype", "regproc",      "regprocedure",
                                             "regrole",  "regoper", "regnamespace", "regoperator"};
constexpr std::string_view kToOid = "to oid";
constexpr std::string_view kToName = "to name";

}  // namespace

bool Binder::is_object_type(std::string_view type) {
  return std::find(std::begin(kObjectTypes), std::end(kObjectTypes), type) != std::end(kObjectTypes);
}

/// `what` is the name of a session function that only the binder can call, because it has a space.
ExprRef Binder::object_call(std::string_view what, std::string_view type, ExprRef operand, Span span) {
  const std::string name = fmt::format("{}: {}", what, type);
  for (const sql::Function& function : catalog().session_functions()) {
    if (function.name != name) continue;
    operand = coerce(std::move(operand), function.argument(0), sql::CastContext::kExplicit, span, "a cast");
    const sql::Type type = what == kToOid                           ? *sql::find_postgres_type("oid")
                           : function.result == sql::TypeId::kArray ? sql::array_of(function.result_element)
                                                                    : sql::Type{function.result};
    return operand ? plan::call(&function, {std::move(operand)}, type, span) : nullptr;
  }
  not_supported(fmt::format("type {}", type), "write the oid, or the name", span);
  return nullptr;
}

ExprRef Binder::bind_object(const ast::Expr& operand, std::string_view type, Span span,
                            const ExprContext& context) {
  // Cast twice is cast once.
  const auto* inner = std::get_if<ast::CastTo>(&operand.node);
  if (inner && inner->type.name == type) return bind_object(*inner->operand, type, span, context);
  ExprRef value = bind_expr(operand, context);
  if (!value) return nullptr;
  const bool is_text = value->type.id == sql::TypeId::kUnknown || value->type.id == sql::TypeId::kText;
  return object_call(is_text ? kToOid : kToName, type, std::move(value), span);
}

ExprRef Binder::bind_object_as(const ast::CastTo& object, const ast::TypeName& type, Span span,
                               const ExprContext& context) {
  const std::optional<sql::Type> target = bind_type(type);
  ExprRef value = bind_expr(*object.operand, context);
  if (!target || !value) return nullptr;
  const bool is_text = value->type.id == sql::TypeId::kUnknown || value->type.id == sql::TypeId::kText;
  const bool wants_name = target->id == sql::TypeId::kText;
  if (is_text) value = object_call(kToOid, object.type.name, std::move(value), span);
  if (value && wants_name) value = object_call(kToName, object.type.name, std::move(value), span);
  return value ? coerce(std::move(value), *target, sql::CastContext::kExplicit, span, "a cast") : nullptr;
}

/// `(value).field`, of a table in FROM, of a function that gives rows, and of rows that functions of the
/// catalogs give, whose fields are numbers.
ExprRef Binder::bind_field(const ast::Call& call, Span span, const ExprContext& context) {
  const ast::Expr& operand = *call.arguments[0];
  if (is_whole_row(operand, context)) {
    const ast::Identifier field{std::get<ast::StringLiteral>(call.arguments[1]->node).value, call.name.span};
    return bind_node(ast::ColumnName{{std::get<ast::ColumnName>(operand.node).parts[0], field}}, span,
                     context);
  }
  if (const auto* inner = std::get_if<ast::Call>(&operand.node); inner && is_populate(inner->name.name)) {
    const std::string& field = std::get<ast::StringLiteral>(call.arguments[1]->node).value;
    std::vector<ScopeColumn> columns;
    if (!bind_populate(*inner, span, context, columns)) return nullptr;
    for (ScopeColumn& column : columns) {
      if (column.name == field) return std::move(column.value);
    }
    sink_.report(diag::Code::kUnknownColumn, span,
                 fmt::format("column \"{}\" not found in data type", field));
    return nullptr;
  }
  if (const auto* inner = std::get_if<ast::Call>(&operand.node);
      inner && is_set_call(*inner) && inner->name.name.starts_with("json")) {
    std::vector<ScopeColumn> columns;
    const std::string& field = std::get<ast::StringLiteral>(call.arguments[1]->node).value;
    return bind_set_fields(*inner, &field, span, context, columns) ? columns.front().value : nullptr;
  }
  ExprRef value = is_ad_hoc() ? bind_expr(*call.arguments[0], context) : nullptr;
  if (is_ad_hoc() && !value) return nullptr;
  if (!value || value->type != sql::kRowType) {
    not_supported("fields of composite values", std::string(ast::kNoFieldsHint), span);
    return nullptr;
  }
  const std::string& name = std::get<ast::StringLiteral>(call.arguments[1]->node).value;
  value = make_call("->>", {std::move(value), unknown_text(name, span)}, span, true);
  return value
             ? coerce(std::move(value), {sql::TypeId::kInteger}, sql::CastContext::kExplicit, span, "a field")
             : nullptr;
}

/// The system column `tableoid` of a table in FROM: the oid of the relation. Null: there is no such table.
ExprRef Binder::bind_tableoid(const std::string* qualifier, const Scope& scope, Span span) {
  for (const ScopeTable& table : scope.tables) {
    if (!table.relation || (qualifier && table.name != *qualifier)) continue;
    const std::string name = fmt::format("\"{}\".\"{}\"", table.relation->schema, table.relation->name);
    return object_call(kToOid, "regclass", unknown_text(name, span), span);
  }
  return nullptr;
}

}  // namespace sqlmill::bind
