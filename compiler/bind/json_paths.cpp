// The type jsonpath, and the functions that take one.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::bind {

namespace {

const sql::Function& path_from_text() {
  static const sql::Function& kFunction =
      *std::find_if(sql::functions().begin(), sql::functions().end(),
                    [](const sql::Function& f) { return f.name == "jsonpath(text)"; });
  return kFunction;
}

}  // namespace

/// A literal is read now, so that what is wrong with it is an error of the statement; a text as it comes.
ExprRef Binder::coerce_to_path(ExprRef expr, bool is_explicit, bool* reported) {
  const Span span = expr->span;
  const bool is_unknown = expr->type.id == sql::TypeId::kUnknown;
  if (!is_unknown && (!is_explicit || expr->type.id != sql::TypeId::kText)) return nullptr;
  if (const auto* parameter = std::get_if<plan::StatementParameter>(&expr->node); parameter && is_unknown) {
    sql::Type& inferred = parameters_[parameter->index];
    if (inferred.id == sql::TypeId::kUnknown) inferred = sql::kJsonPathType;
    if (inferred.id != sql::TypeId::kText) return nullptr;
    expr = plan::statement_parameter(parameter->index, inferred, span);
  } else if (is_unknown) {
    const sql::Datum* literal = plan::as_constant(expr);
    if (!literal) return nullptr;
    if (literal->is_null()) return plan::null_constant(sql::kJsonPathType, span);
    rt::base::Arena arena(256);
    sql::Context evaluation(arena);
    const std::array arguments = {sql::Datum(literal->as<sql::Text>())};
    const sql::Datum path = path_from_text().evaluate(evaluation, arguments);
    if (!evaluation.failed()) return plan::constant(path, sql::kJsonPathType, span);
    sink_.report(diag::Code::kInvalidValue, span, evaluation.error().message, "",
                 sql::sqlstate(evaluation.error().code));
    *reported = true;
    return nullptr;
  }
  return plan::call(&path_from_text(), {std::move(expr)}, sql::kJsonPathType, span);
}

/// The second argument of the functions and operators that take a path. True for all others.
bool Binder::bind_path_argument(std::string_view function, std::vector<ExprRef>& arguments, Span span) {
  const bool is_operator = function == "@?" || function == "@@";
  if ((!is_operator && !function.starts_with("jsonb_path_")) || arguments.size() < 2) return true;
  ExprRef& path = arguments[1];
  if (path->type.id == sql::TypeId::kUnknown) {
    path = coerce(path, sql::kJsonPathType, sql::CastContext::kImplicit, path->span, "an argument");
    return path != nullptr;
  }
  if (path->type == sql::kJsonPathType || path->type.id != sql::TypeId::kText) return true;
  const std::string_view kind = is_operator ? "operator" : "function";
  sink_.report(diag::Code::kUnknownFunction, span,
               is_operator ? fmt::format("{} does not exist: jsonb {} text", kind, function)
                           : fmt::format("{} does not exist: {}(jsonb, text)", kind, function),
               "cast the path: (…)::jsonpath");
  return false;
}

}  // namespace sqlmill::bind
