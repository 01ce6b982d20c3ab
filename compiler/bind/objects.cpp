// `'t'::regclass` and its kin in queries: names of objects, and the numbers that pg_catalog has for them.
// There are no values of such types here: of a text the cast gives the number, of a number the name, because
// that is what each is for (`attrelid = 't'::regclass`, `SELECT oid::regclass`). Where another cast follows
// it says which of both is wanted.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"

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
    return operand ? plan::call(&function, {std::move(operand)}, {function.result}, span) : nullptr;
  }
  not_supported(fmt::format("type {}", type), "write the oid, or the name", span);
  return nullptr;
}

ExprRef Binder::bind_object(const ast::Expr& operand, std::string_view type, Span span,
                            const ExprContext& context) {
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

}  // namespace sqlmill::bind
