// Names, literals and operators.
#include <fmt/format.h>

#include <charconv>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::bind {

namespace {

constexpr sql::Type kBoolean{sql::TypeId::kBoolean};

}  // namespace

ExprRef Binder::bind_expr(const ast::Expr& expr, const ExprContext& context) {
  ExprRef bound =
      std::visit([&](const auto& node) { return bind_node(node, expr.span, context); }, expr.node);
  return bound ? plan::fold_constants(bound) : nullptr;
}

bool Binder::bind_all(const std::vector<ast::ExprPtr>& exprs, const ExprContext& context,
                      std::vector<ExprRef>& out) {
  bool ok = true;
  for (const ast::ExprPtr& e : exprs) {
    ExprRef bound = bind_expr(*e, context);
    ok = ok && bound;
    out.push_back(std::move(bound));
  }
  return ok;
}

ExprRef Binder::bind_boolean(const ast::Expr& expr, const ExprContext& context, std::string_view what) {
  ExprRef bound = bind_expr(expr, context);
  return bound ? coerce(std::move(bound), kBoolean, sql::CastContext::kImplicit, expr.span, what) : nullptr;
}

ExprRef Binder::bind_node(const ast::NullLiteral&, Span span, const ExprContext&) {
  return plan::null_constant({sql::TypeId::kUnknown}, span);
}

ExprRef Binder::bind_node(const ast::BooleanLiteral& literal, Span span, const ExprContext&) {
  return plan::constant(sql::Datum(literal.value), kBoolean, span);
}

ExprRef Binder::bind_node(const ast::NumberLiteral& literal, Span span, const ExprContext&) {
  const std::string& digits = literal.digits;
  int64_t integer = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), integer);
  if (error == std::errc() && end == digits.data() + digits.size()) {
    if (integer <= INT32_MAX)
      return plan::constant(sql::Datum(static_cast<int32_t>(integer)), {sql::TypeId::kInteger}, span);
    return plan::constant(sql::Datum(integer), {sql::TypeId::kBigint}, span);
  }
  rt::base::Arena arena(256);
  sql::Context evaluation(arena);
  const sql::Datum value = sql::from_text(evaluation, sql::TypeId::kNumeric, digits);
  if (evaluation.failed()) {
    sink_.report(diag::Code::kInvalidValue, span, evaluation.error().message);
    return nullptr;
  }
  return plan::constant(value, {sql::TypeId::kNumeric}, span);
}

ExprRef Binder::bind_node(const ast::StringLiteral& literal, Span span, const ExprContext&) {
  return unknown_text(literal.value, span);
}

ExprRef Binder::bind_node(const ast::Parameter& parameter, Span span, const ExprContext&) {
  if (!is_ad_hoc()) {
    not_supported("a parameter ($1)", "write the value itself", span);
    return nullptr;
  }
  if (parameters_.size() < parameter.number) parameters_.resize(parameter.number);
  return plan::statement_parameter(parameter.number - 1, parameters_[parameter.number - 1], span);
}

ExprRef Binder::bind_node(const ast::Unary& unary, Span span, const ExprContext& context) {
  if (unary.op == "not") {
    ExprRef operand = bind_boolean(*unary.operand, context, "the operand of NOT");
    return operand ? plan::negate(std::move(operand), span) : nullptr;
  }
  if (const auto* number = std::get_if<ast::NumberLiteral>(&unary.operand->node); number && unary.op == "-") {
    // The smallest bigint has no positive counterpart.
    if (number->digits == "9223372036854775808")
      return plan::constant(sql::Datum(INT64_MIN), {sql::TypeId::kBigint}, span);
    if (number->digits == "2147483648")
      return plan::constant(sql::Datum(int64_t{INT32_MIN}), {sql::TypeId::kBigint}, span);
  }
  ExprRef operand = bind_expr(*unary.operand, context);
  if (!operand) return nullptr;
  return make_call(unary.op, {std::move(operand)}, span, true);
}

void Binder::flatten_logical(const ast::Expr& expr, const std::string& op, const ExprContext& context,
                             bool& ok, std::vector<ExprRef>& out) {
  if (const auto* binary = std::get_if<ast::Binary>(&expr.node); binary && binary->op == op) {
    flatten_logical(*binary->left, op, context, ok, out);
    flatten_logical(*binary->right, op, context, ok, out);
    return;
  }
  ExprRef bound = bind_boolean(expr, context, op == "and" ? "an operand of AND" : "an operand of OR");
  ok = ok && bound;
  out.push_back(std::move(bound));
}

ExprRef Binder::bind_node(const ast::Binary& binary, Span span, const ExprContext& context) {
  if (binary.op == "and" || binary.op == "or") {
    std::vector<ExprRef> operands;
    bool ok = true;
    flatten_logical(*binary.left, binary.op, context, ok, operands);
    flatten_logical(*binary.right, binary.op, context, ok, operands);
    return ok ? plan::logical(binary.op == "and", std::move(operands), span) : nullptr;
  }
  if (is_row(*binary.left, context) || is_row(*binary.right, context)) {
    std::vector<ExprRef> left;
    std::vector<ExprRef> right;
    const bool ok = bind_row(*binary.left, context, left);
    if (!bind_row(*binary.right, context, right) || !ok) return nullptr;
    const bool constructed = std::holds_alternative<ast::Row>(binary.left->node) ||
                             std::holds_alternative<ast::Row>(binary.right->node);
    if (!constructed && (binary.op == "=" || binary.op == "<>"))
      return compare_table_rows(binary.op == "<>", left, right, span);
    return compare_rows(binary.op, std::move(left), std::move(right), span);
  }
  ExprRef left = bind_expr(*binary.left, context);
  ExprRef right = bind_expr(*binary.right, context);
  if (!left || !right) return nullptr;
  // `oid::regtype = 'text'::regtype`: of the number the cast gives the name, of the name the number.
  for (const bool is_left : {true, false}) {
    ExprRef& name = is_left ? left : right;
    const auto* cast = std::get_if<ast::CastTo>(&(is_left ? binary.left : binary.right)->node);
    if (!is_ad_hoc() || !cast || !is_object_type(cast->type.name) || name->type.id != sql::TypeId::kText ||
        (is_left ? right : left)->type.id != sql::TypeId::kBigint)
      continue;
    name = bind_expr(*cast->operand, context);
    if (!name) return nullptr;
  }
  if (binary.op == "||") {
    // PostgreSQL's anynonarray || text: the other operand is taken as its text.
    const auto is_text = [](const ExprRef& e) { return e->type.id == sql::TypeId::kText; };
    for (ExprRef* e : {&left, &right}) {
      const bool other_is_text =
          is_text(e == &left ? right : left) || (e == &left ? right : left)->type.id == sql::TypeId::kUnknown;
      const sql::TypeId id = (*e)->type.id;
      if (other_is_text && !is_text(*e) && id != sql::TypeId::kUnknown && id != sql::TypeId::kBytea &&
          id != sql::TypeId::kJsonb && id != sql::TypeId::kArray) {
        *e = coerce(*e, {sql::TypeId::kText}, sql::CastContext::kExplicit, (*e)->span, "an operand of ||");
        if (!*e) return nullptr;
      }
    }
  }
  const bool negated = binary.op == "!~~" || binary.op == "!~~*";
  ExprRef result = make_call(std::string_view(binary.op).substr(negated ? 1 : 0),
                             {std::move(left), std::move(right)}, span, true);
  return result && negated ? plan::negate(std::move(result), span) : result;
}

ExprRef Binder::bind_node(const ast::CastTo& cast, Span span, const ExprContext& context) {
  if (is_ad_hoc()) {
    if (is_object_type(cast.type.name)) return bind_object(*cast.operand, cast.type.name, span, context);
    if (cast.type.name == "regtype[]") {
      ExprRef oids = bind_expr(*cast.operand, context);
      return oids ? object_call("to names", "regtype", std::move(oids), span) : nullptr;
    }
    const auto* inner = std::get_if<ast::CastTo>(&cast.operand->node);
    if (inner && is_object_type(inner->type.name)) return bind_object_as(*inner, cast.type, span, context);
  }
  if (time_digits(cast.type) || cast.type.name == "jsonpath") {
    ExprRef operand = bind_expr(*cast.operand, context);
    return operand ? cast_to(std::move(operand), cast.type, span, "a cast") : nullptr;
  }
  const std::optional<sql::Type> type = bind_type(cast.type);
  // The elements of ARRAY[…]::t[] are cast one by one.
  const auto* array = std::get_if<ast::ArrayLiteral>(&cast.operand->node);
  if (array && type && type->id == sql::TypeId::kArray) return bind_array(*array, type, span, context);
  ExprRef operand = bind_expr(*cast.operand, context);
  if (!operand || !type) return nullptr;
  const sql::PostgresType* known = sql::postgres_type(operand->type);
  if (known && known->name == "regproc" && type->id == sql::TypeId::kText)
    return object_call("to name", known->name, std::move(operand), span);
  return coerce(std::move(operand), *type, sql::CastContext::kExplicit, span, "a cast");
}

ExprRef Binder::bind_node(const ast::TypedLiteral& literal, Span span, const ExprContext&) {
  if (is_ad_hoc() && is_object_type(literal.type.name))
    return object_call("to oid", literal.type.name, unknown_text(literal.value, span), span);
  if (literal.type.name.starts_with("interval ")) return bind_interval_with_fields(literal, span);
  return cast_to(unknown_text(literal.value, span), literal.type, span, "a literal");
}

ExprRef Binder::bind_node(const ast::Collate& collate, Span span, const ExprContext& context) {
  const std::string& name = collate.collation.name;
  if (is_ad_hoc() && (name == "C" || name == "default" || name == "POSIX" || name == "ucs_basic"))
    return bind_expr(*collate.operand, context);
  not_supported("COLLATE", "leave it out: text compares by its bytes, as in collation \"C\"", span);
  return nullptr;
}

ExprRef Binder::bind_node(const ast::Unsupported& unsupported, Span span, const ExprContext&) {
  not_supported(unsupported.feature, unsupported.hint, span);
  return nullptr;
}

}  // namespace sqlmill::bind
