// Names, literals and operators.
#include <fmt/format.h>

#include <charconv>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::bind {

namespace {

constexpr sql::Type kBoolean{sql::TypeId::kBoolean};

std::vector<std::string> column_names(const Scope& scope) {
  std::vector<std::string> names;
  for (const ScopeTable& table : scope.tables) {
    for (const plan::OutputColumn& c : table.columns) names.push_back(c.name);
  }
  return names;
}

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
  return plan::constant(sql::Datum(sql::Text(literal.value)), {sql::TypeId::kUnknown}, span);
}

ExprRef Binder::bind_node(const ast::ColumnName& name, Span span, const ExprContext& context) {
  if (name.parts.size() > 2) {
    not_supported("names of three parts", "write table.column", span);
    return nullptr;
  }
  const std::string& column = name.parts.back().name;
  const std::string* qualifier = name.parts.size() == 2 ? &name.parts.front().name : nullptr;
  const ScopeTable* found = nullptr;
  uint32_t index = 0;
  bool table_exists = false;
  for (const ScopeTable& table : context.scope->tables) {
    if (qualifier && table.name != *qualifier) continue;
    table_exists = true;
    for (uint32_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].name != column) continue;
      if (found) {
        sink_.report(
            diag::Code::kAmbiguousColumn, span, fmt::format("column \"{}\" is ambiguous", column),
            found == &table
                ? fmt::format("\"{}\" has two columns of this name: give one another name", table.name)
                : "write its table before it: table.column");
        return nullptr;
      }
      found = &table;
      index = i;
    }
  }
  if (found) {
    const plan::OutputColumn& c = found->columns[index];
    if (c.type.id == sql::TypeId::kUnknown)
      return nullptr;  // Its declaration had an error, which was reported.
    return plan::column(found->first + index, c.name, c.type, c.nullable, span);
  }
  if (qualifier && !table_exists) {
    report_unknown_table(*qualifier, name.parts.front().span, *context.scope);
  } else {
    sink_.report(diag::Code::kUnknownColumn, span, fmt::format("column \"{}\" does not exist", column),
                 diag::did_you_mean(column, column_names(*context.scope)));
  }
  return nullptr;
}

void Binder::report_unknown_table(const std::string& name, Span span, const Scope& scope) {
  std::vector<std::string> names;
  for (const ScopeTable& table : scope.tables) names.push_back(table.name);
  std::string hint = diag::did_you_mean(name, names);
  if (hint.empty() && !names.empty()) hint = fmt::format("FROM has \"{}\"", fmt::join(names, "\", \""));
  sink_.report(diag::Code::kUnknownTable, span, fmt::format("there is no \"{}\" in FROM", name), hint);
}

ExprRef Binder::bind_node(const ast::Star&, Span span, const ExprContext&) {
  sink_.report(diag::Code::kSyntaxError, span, "* is not an expression",
               "name the column; count(*) counts rows");
  return nullptr;
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
  ExprRef left = bind_expr(*binary.left, context);
  ExprRef right = bind_expr(*binary.right, context);
  if (!left || !right) return nullptr;
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
  return make_call(binary.op, {std::move(left), std::move(right)}, span, true);
}

ExprRef Binder::bind_node(const ast::CastTo& cast, Span span, const ExprContext& context) {
  ExprRef operand = bind_expr(*cast.operand, context);
  const std::optional<sql::Type> type = bind_type(cast.type);
  if (!operand || !type) return nullptr;
  return coerce(std::move(operand), *type, sql::CastContext::kExplicit, span, "a cast");
}

ExprRef Binder::bind_node(const ast::TypedLiteral& literal, Span span, const ExprContext&) {
  const std::optional<sql::Type> type = bind_type(literal.type);
  if (!type) return nullptr;
  ExprRef text = plan::constant(sql::Datum(sql::Text(literal.value)), {sql::TypeId::kUnknown}, span);
  return coerce(std::move(text), *type, sql::CastContext::kExplicit, span, "a literal");
}

ExprRef Binder::bind_node(const ast::Subquery& subquery, Span span, const ExprContext&) {
  not_supported(subquery.form, "compute it in a view of its own and read that", span);
  return nullptr;
}

ExprRef Binder::bind_node(const ast::Unsupported& unsupported, Span span, const ExprContext&) {
  not_supported(unsupported.feature, unsupported.hint, span);
  return nullptr;
}

}  // namespace sqlmill::bind
