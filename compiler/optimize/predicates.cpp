#include "compiler/optimize/predicates.h"

#include <algorithm>
#include <optional>

#include "compiler/optimize/facts.h"

namespace sqlmill::optimize {

namespace {

void add_conjuncts(const plan::ExprRef& expr, std::vector<plan::ExprRef>& parts) {
  if (const auto* logical = std::get_if<plan::Logical>(&expr->node); logical && logical->is_and) {
    for (const plan::ExprRef& operand : logical->operands) add_conjuncts(operand, parts);
  } else {
    parts.push_back(expr);
  }
}

template <class Visit>
bool any_part(const plan::ExprRef& expr, const Visit& visit) {
  if (visit(*expr)) return true;
  const std::vector<plan::ExprRef> parts = plan::operands(expr);
  return std::any_of(parts.begin(), parts.end(),
                     [&](const plan::ExprRef& part) { return any_part(part, visit); });
}

template <class Kind>
bool has(const plan::ExprRef& expr) {
  return any_part(expr, [](const plan::Expr& e) { return std::holds_alternative<Kind>(e.node); });
}

}  // namespace

std::vector<plan::ExprRef> conjuncts(const plan::ExprRef& predicate) {
  std::vector<plan::ExprRef> parts;
  if (predicate) add_conjuncts(predicate, parts);
  return parts;
}

plan::ExprRef conjunction(std::vector<plan::ExprRef> parts) {
  if (parts.empty()) return nullptr;
  if (parts.size() == 1) return parts[0];
  const source::Span span = parts[0]->span;
  return plan::logical(true, std::move(parts), span);
}

std::optional<Equality> as_equality(const plan::ExprRef& expr) {
  const auto* call = std::get_if<plan::Call>(&expr->node);
  if (!call || call->function->name != "=" || call->arguments.size() != 2) return std::nullopt;
  if (call->arguments[0]->type.id != call->arguments[1]->type.id) return std::nullopt;
  return Equality{call->arguments[0], call->arguments[1], call->function};
}

plan::ExprRef make_equality(const Equality& equality, source::Span span) {
  return plan::call(equality.function, {equality.left, equality.right}, {sql::TypeId::kBoolean}, span);
}

const plan::Column* as_column(const plan::ExprRef& expr) {
  return std::get_if<plan::Column>(&expr->node);
}

bool is_true(const plan::ExprRef& expr) {
  const sql::Datum* value = plan::as_constant(expr);
  return value && !value->is_null() && value->as<bool>();
}

bool is_never_true(const plan::ExprRef& expr) {
  const sql::Datum* value = plan::as_constant(expr);
  return value && (value->is_null() || !value->as<bool>());
}

const sql::Function* find_operator(std::string_view name, sql::TypeId type) {
  for (const sql::Function& f : sql::functions()) {
    if (f.name == name && f.arguments == std::vector{type, type}) return &f;
  }
  return nullptr;
}

bool reads_column(const plan::ExprRef& expr) {
  return has<plan::Column>(expr);
}

bool reads_any(const plan::ExprRef& expr, size_t begin, size_t end) {
  return any_part(expr, [&](const plan::Expr& e) {
    const auto* column = std::get_if<plan::Column>(&e.node);
    return column && column->index >= begin && column->index < end;
  });
}

bool reads_only(const plan::ExprRef& expr, size_t begin, size_t end) {
  return !any_part(expr, [&](const plan::Expr& e) {
    const auto* column = std::get_if<plan::Column>(&e.node);
    return column && (column->index < begin || column->index >= end);
  });
}

bool reads_parameter(const plan::ExprRef& expr) {
  return has<plan::Parameter>(expr);
}

bool has_subquery(const plan::ExprRef& expr) {
  return has<plan::Subquery>(expr);
}

bool is_volatile(const plan::ExprRef& expr) {
  return any_part(expr, [](const plan::Expr& e) {
    const auto* call = std::get_if<plan::Call>(&e.node);
    return call && call->function->volatility == sql::Volatility::kVolatile;
  });
}

namespace {

/// Columns whose NULL makes the expression NULL.
std::set<uint32_t> strict_columns(const plan::ExprRef& expr) {
  if (const auto* column = as_column(expr)) return {column->index};
  std::set<uint32_t> columns;
  if (const auto* call = std::get_if<plan::Call>(&expr->node)) {
    for (size_t i = 0; i < call->arguments.size(); ++i) {
      if (call->function->is_strict_in(i)) columns.merge(strict_columns(call->arguments[i]));
    }
  } else if (std::holds_alternative<plan::Not>(expr->node) ||
             std::holds_alternative<plan::InSet>(expr->node)) {
    columns = strict_columns(plan::operands(expr)[0]);
  }
  return columns;
}

std::set<uint32_t> of_logical(const plan::Logical& logical) {
  std::set<uint32_t> columns = columns_that_must_be_there(logical.operands[0]);
  for (size_t i = 1; i < logical.operands.size(); ++i) {
    std::set<uint32_t> others = columns_that_must_be_there(logical.operands[i]);
    if (logical.is_and) {
      columns.merge(others);
    } else {
      std::erase_if(columns, [&](uint32_t column) { return !others.contains(column); });
    }
  }
  return columns;
}

}  // namespace

std::set<uint32_t> columns_that_must_be_there(const plan::ExprRef& predicate) {
  if (const auto* logical = std::get_if<plan::Logical>(&predicate->node)) return of_logical(*logical);
  if (const auto* is = std::get_if<plan::Is>(&predicate->node)) {
    if (is->test == plan::Test::kNull)
      return is->negated ? strict_columns(is->operand) : std::set<uint32_t>();
    if (is->negated) return {};
    return is->test == plan::Test::kTrue ? columns_that_must_be_there(is->operand)
                                         : strict_columns(is->operand);
  }
  return strict_columns(predicate);
}

plan::ExprRef shifted(const plan::ExprRef& expr, int64_t by) {
  if (by == 0) return expr;
  return plan::substitute(expr, [&](const plan::Column& column, const plan::Expr& e) {
    return plan::column(static_cast<uint32_t>(column.index + by), column.name, e.type, e.nullable, e.span,
                        e.can_fail);
  });
}

plan::ExprRef inlined(const plan::ExprRef& expr, const std::vector<plan::ExprRef>& exprs) {
  return plan::substitute(expr,
                          [&](const plan::Column& column, const plan::Expr&) { return exprs[column.index]; });
}

plan::ExprRef with_parameters(const plan::ExprRef& expr, const std::vector<plan::ExprRef>& values) {
  return plan::substitute_parameters(
      expr, [&](const plan::Parameter& parameter, const plan::Expr&) { return values[parameter.index]; });
}

// ---- Failing ----

namespace {

bool is_complete_pattern(const plan::ExprRef& pattern) {
  const sql::Datum* value = plan::as_constant(pattern);
  if (!value) return false;
  if (value->is_null()) return true;
  const auto text = value->as<sql::Text>();
  const std::string_view view = text.view();
  const size_t last = view.find_last_not_of('\\');
  const size_t escapes = view.size() - (last == std::string_view::npos ? 0 : last + 1);
  return escapes % 2 == 0;
}

/// A constant by which an integer can be divided, whatever it is.
bool is_harmless_divisor(const plan::ExprRef& expr) {
  const sql::Datum* value = plan::as_constant(expr);
  if (!value) return false;
  if (value->is_null()) return true;
  switch (value->type()) {
    case sql::TypeId::kSmallint:
      return value->as<int16_t>() > 0;
    case sql::TypeId::kInteger:
      return value->as<int32_t>() > 0;
    case sql::TypeId::kBigint:
      return value->as<int64_t>() > 0;
    default:
      return false;
  }
}

bool is_integer(const plan::ExprRef& expr) {
  const sql::TypeId type = expr->type.id;
  return type == sql::TypeId::kSmallint || type == sql::TypeId::kInteger || type == sql::TypeId::kBigint;
}

/// The call itself, whatever its arguments do.
bool call_may_fail(const plan::Call& call) {
  if (!call.function->can_fail) return false;
  const std::string_view name = call.function->name;
  const std::vector<plan::ExprRef>& arguments = call.arguments;
  if ((name == "~~" || name == "~~*") && arguments.size() == 2) return !is_complete_pattern(arguments[1]);
  if ((name == "/" || name == "%") && arguments.size() == 2)
    return !is_integer(arguments[0]) || !is_harmless_divisor(arguments[1]);
  // A numeric has 131,072 digits before the point.
  const bool adds = name == "+" || name == "-" || name == "*";
  return !adds || call.function->result != sql::TypeId::kNumeric;
}

bool subquery_may_fail(const plan::Subquery& subquery) {
  if (subquery.form == plan::SubqueryForm::kScalar && !has_at_most_one_row(subquery.query)) return true;
  return may_fail(subquery.query) || (subquery.comparison && may_fail(subquery.comparison));
}

bool function_may_fail(const plan::TableFunction& function) {
  return function.kind != plan::TableFunctionKind::kUnnest &&
         !(function.kind == plan::TableFunctionKind::kGenerateSeries && function.arguments.size() == 2);
}

}  // namespace

bool may_fail(const plan::ExprRef& expr) {
  if (!expr->can_fail) return false;
  if (as_column(expr)) return true;
  if (const auto* call = std::get_if<plan::Call>(&expr->node); call && call_may_fail(*call)) return true;
  if (const auto* query = std::get_if<plan::Subquery>(&expr->node); query && subquery_may_fail(*query))
    return true;
  const std::vector<plan::ExprRef> parts = plan::operands(expr);
  return std::any_of(parts.begin(), parts.end(), [](const plan::ExprRef& part) { return may_fail(part); });
}

bool is_harmless(const plan::ExprRef& expr) {
  return !may_fail(expr) && !is_volatile(expr);
}

bool may_fail(const plan::NodeRef& plan) {
  const std::vector<plan::ExprRef> exprs = plan::expressions(plan);
  if (std::any_of(exprs.begin(), exprs.end(), [](const plan::ExprRef& e) { return may_fail(e); }))
    return true;
  if (std::holds_alternative<plan::Recursive>(plan->op)) return true;
  if (const auto* function = std::get_if<plan::TableFunction>(&plan->op);
      function && function_may_fail(*function))
    return true;
  const std::vector<plan::NodeRef> inputs = plan::children(plan);
  return std::any_of(inputs.begin(), inputs.end(), [](const plan::NodeRef& n) { return may_fail(n); });
}

}  // namespace sqlmill::optimize
