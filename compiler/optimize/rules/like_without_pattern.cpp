// SELECT … WHERE url LIKE '/products/%'  ⇒  SELECT … WHERE starts_with(url, '/products/')
// SELECT … WHERE url LIKE '/home'        ⇒  SELECT … WHERE url = '/home'
//
// Besides being faster, neither can fail, which LIKE can by its pattern.
#include <string>
#include <string_view>

#include "compiler/optimize/rule.h"

namespace sqlmill::optimize {

namespace {

const sql::Function* find_function(std::string_view name) {
  for (const sql::Function& f : sql::functions()) {
    const bool on_texts = f.arguments == std::vector{sql::TypeId::kText, sql::TypeId::kText};
    if (f.name == name && on_texts) return &f;
  }
  return nullptr;
}

plan::ExprRef simplify(const plan::ExprRef& expr) {
  const auto* call = std::get_if<plan::Call>(&expr->node);
  if (!call || call->function->name != "~~") return expr;
  const sql::Datum* pattern = plan::as_constant(call->arguments[1]);
  if (!pattern || pattern->is_null()) return expr;
  const auto text = pattern->as<sql::Text>();
  std::string_view literal = text.view();
  const bool is_prefix = literal.ends_with('%');
  if (is_prefix) literal.remove_suffix(1);
  if (literal.find_first_of("%_\\") != std::string_view::npos) return expr;
  const sql::Function* function = find_function(is_prefix ? "starts_with" : "=");
  if (!function) return expr;
  const plan::ExprRef constant =
      plan::constant(sql::Datum(sql::Text(literal)), {sql::TypeId::kText}, call->arguments[1]->span);
  return plan::call(function, {call->arguments[0], constant}, expr->type, expr->span);
}

}  // namespace

plan::ExprRef like_without_pattern(const plan::ExprRef& expr) {
  std::vector<plan::ExprRef> parts = plan::operands(expr);
  bool changed = false;
  for (plan::ExprRef& part : parts) {
    plan::ExprRef simpler = like_without_pattern(part);
    changed = changed || simpler != part;
    part = std::move(simpler);
  }
  return simplify(changed ? plan::with_operands(expr, std::move(parts)) : expr);
}

}  // namespace sqlmill::optimize
