// ARRAY[…], subscripts and slices, and comparisons with the elements of an array: calls of functions whose
// names nobody can write (array.def).
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"
#include "runtime/sql/array.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::bind {

namespace {

constexpr sql::Type kInteger{sql::TypeId::kInteger};

bool is_array(const ExprRef& e) {
  return e->type.id == sql::TypeId::kArray;
}

/// The elements of a constant array of one dimension; nothing of another expression.
std::optional<std::vector<ExprRef>> constant_elements(const ExprRef& array, Span span) {
  const sql::Datum* value = plan::as_constant(array);
  if (!value || value->is_null()) return std::nullopt;
  const auto held = value->as<sql::Array>();
  const sql::ArrayReader reader(held);
  const sql::Type type = sql::element_of(array->type);
  std::vector<ExprRef> elements;
  for (int32_t i = 0; i < reader.size(); ++i) {
    elements.push_back(reader.is_null(i) ? plan::null_constant(type, span)
                                         : plan::constant(reader.at(i), type, span));
  }
  return elements;
}

}  // namespace

ExprRef Binder::bind_node(const ast::ArrayLiteral& literal, Span span, const ExprContext& context) {
  return bind_array(literal, std::nullopt, span, context);
}

ExprRef Binder::bind_array(const ast::ArrayLiteral& literal, std::optional<sql::Type> wanted, Span span,
                           const ExprContext& context) {
  if (literal.items.empty()) {
    if (wanted) return coerce(unknown_text("{}", span), *wanted, sql::CastContext::kExplicit, span, "a cast");
    sink_.report(diag::Code::kTypeMismatch, span, "cannot determine type of empty array",
                 "say it: ARRAY[]::integer[]");
    return nullptr;
  }
  bool ok = true;
  std::vector<ExprRef> items;
  for (const ast::ExprPtr& item : literal.items) {
    const auto* inner = std::get_if<ast::ArrayLiteral>(&item->node);
    ExprRef bound = inner ? bind_array(*inner, wanted, item->span, context) : bind_expr(*item, context);
    if (bound && wanted && !inner) {
      const sql::Type type = is_array(bound) ? *wanted : sql::element_of(*wanted);
      bound = coerce(std::move(bound), type, sql::CastContext::kExplicit, item->span, "an element");
    }
    ok = ok && bound;
    items.push_back(std::move(bound));
  }
  sql::Type type;
  if (!ok || !coerce_all(items, "ARRAY", span, &type)) return nullptr;
  return make_call("ARRAY[]", std::move(items), span, true);
}

ExprRef Binder::unknown_text(std::string_view text, Span span) {
  return plan::constant(sql::Datum(sql::Text(text)), {sql::TypeId::kUnknown}, span);
}

/// The elements of an int2vector or oidvector are counted from 0, those of the array that it is here from 1.
ExprRef Binder::shift_subscript(ExprRef place, int32_t by) {
  const Span span = place->span;
  return make_call("+", {std::move(place), plan::constant(sql::Datum(by), kInteger, span)}, span, true);
}

ExprRef Binder::bind_node(const ast::Subscript& subscript, Span span, const ExprContext& context) {
  // x[i][j] is one access of two places; (x[i])[j], whose span has the parenthesis, is not.
  std::vector<const ast::Subscript*> places = {&subscript};
  for (;;) {
    const ast::Expr& operand = *places.back()->operand;
    const auto* inner = std::get_if<ast::Subscript>(&operand.node);
    if (!inner || !source_.text(operand.span).ends_with(']')) break;
    places.push_back(inner);
  }
  std::reverse(places.begin(), places.end());
  ExprRef array = bind_expr(*places[0]->operand, context);
  if (!array) return nullptr;
  const bool slices =
      std::any_of(places.begin(), places.end(), [](const ast::Subscript* s) { return s->is_slice; });
  if (array->type.id == sql::TypeId::kJsonb && !slices) return bind_members(array, places, span, context);
  if (sql::type_name(array->type) == "name" && places.size() == 1 && !slices) {
    // An array of "char" to PostgreSQL, counted from 0.
    ExprRef place = bind_expr(*subscript.lower, context);
    const Span at = subscript.lower->span;
    if (place)
      place = coerce(std::move(place), kInteger, sql::CastContext::kAssignment, at, "an array subscript");
    if (!place) return nullptr;
    const ExprRef one = plan::constant(sql::Datum(int32_t{1}), kInteger, span);
    return make_call("substr", {array, shift_subscript(std::move(place), 1), one}, span, false);
  }
  if (!is_array(array)) {
    sink_.report(diag::Code::kTypeMismatch, span,
                 fmt::format("cannot subscript type {} because it does not support subscripting",
                             sql::type_name(array->type)));
    return nullptr;
  }
  const auto bind_place = [&](const ast::ExprPtr& expr) -> ExprRef {
    ExprRef place = bind_expr(*expr, context);
    if (place)
      place =
          coerce(std::move(place), kInteger, sql::CastContext::kAssignment, expr->span, "an array subscript");
    return place && sql::is_vector(array->type) ? shift_subscript(std::move(place), 1) : place;
  };
  std::vector<ExprRef> arguments = {array};
  const auto add = [&](const ast::ExprPtr& expr, int32_t otherwise) {
    arguments.push_back(expr ? bind_place(expr) : plan::constant(sql::Datum(otherwise), kInteger, span));
    return arguments.back() != nullptr;
  };
  for (const ast::Subscript* place : places) {
    // Beside a slice, one place is a slice that begins at 1.
    const bool is_end = slices && !place->is_slice;
    if (is_end) arguments.push_back(plan::constant(sql::Datum(int32_t{1}), kInteger, span));
    if (!add(place->lower, INT32_MIN)) return nullptr;
    if (place->is_slice && !add(place->upper, INT32_MAX)) return nullptr;
  }
  return make_call(slices ? "array_slice" : "array_subscript", std::move(arguments), span, false);
}

/// j['key'][0] of a jsonb, as j -> 'key' -> 0.
ExprRef Binder::bind_members(ExprRef value, const std::vector<const ast::Subscript*>& places, Span span,
                             const ExprContext& context) {
  for (const ast::Subscript* place : places) {
    ExprRef member = bind_expr(*place->lower, context);
    if (!member) return nullptr;
    value = make_call("->", {std::move(value), std::move(member)}, span, true);
    if (!value) return nullptr;
  }
  return value;
}

ExprRef Binder::bind_node(const ast::AnyOfArray& any, Span span, const ExprContext& context) {
  if (is_row(*any.operand, context)) {
    not_supported("a comparison of a row with an array", "compare its columns one by one", span);
    return nullptr;
  }
  ExprRef operand = bind_expr(*any.operand, context);
  const bool is_list = (any.op == "=" && !any.all) || (any.op == "<>" && any.all);
  const auto* literal = std::get_if<ast::ArrayLiteral>(&any.array->node);
  if (literal && is_list && !literal->items.empty()) {
    const auto nested = [](const ast::ExprPtr& item) {
      return std::holds_alternative<ast::ArrayLiteral>(item->node);
    };
    if (std::none_of(literal->items.begin(), literal->items.end(), nested)) {
      std::vector<ExprRef> items;
      if (!bind_all(literal->items, context, items) || !operand) return nullptr;
      return in_list(std::move(operand), std::move(items), any.all, span);
    }
  }
  ExprRef array = bind_expr(*any.array, context);
  if (!operand || !array) return nullptr;
  if (array->type.id == sql::TypeId::kUnknown && operand->type.id != sql::TypeId::kArray) {
    const sql::TypeId element =
        operand->type.id == sql::TypeId::kUnknown ? sql::TypeId::kText : operand->type.id;
    array = coerce(std::move(array), sql::array_of(element), sql::CastContext::kImplicit, span, "an array");
    if (!array) return nullptr;
  }
  if (!is_array(array)) {
    sink_.report(diag::Code::kTypeMismatch, any.array->span,
                 "op ANY/ALL (array) requires array on right side",
                 "write x IN (a, b), or x = ANY (ARRAY[a, b])");
    return nullptr;
  }
  if (operand->type.id == sql::TypeId::kUnknown) {
    operand = coerce(std::move(operand), sql::element_of(array->type), sql::CastContext::kImplicit, span,
                     "the operand");
    if (!operand) return nullptr;
  }
  if (is_list) {
    std::optional<std::vector<ExprRef>> items = constant_elements(plan::fold_constants(array), span);
    if (items && !items->empty()) return in_list(std::move(operand), std::move(*items), any.all, span);
  }
  return make_call(fmt::format("{} {}", any.op, any.all ? "ALL" : "ANY"),
                   {std::move(operand), std::move(array)}, span, true);
}

}  // namespace sqlmill::bind
