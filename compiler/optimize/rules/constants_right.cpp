// WHERE 5 < a   ⇒  WHERE a > 5
// WHERE $1 = a  ⇒  WHERE a = $1
#include <array>

#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"

namespace sqlmill::optimize {

plan::ExprRef constants_right(const plan::ExprRef& expr) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kMirrored{
      {{"=", "="}, {"<>", "<>"}, {"<", ">"}, {">", "<"}, {"<=", ">="}, {">=", "<="}}};
  const auto* call = std::get_if<plan::Call>(&expr->node);
  if (!call || call->arguments.size() != 2 || reads_column(call->arguments[0]) ||
      !reads_column(call->arguments[1]) || call->arguments[0]->type.id != call->arguments[1]->type.id)
    return expr;
  for (const auto& [name, mirrored] : kMirrored) {
    if (call->function->name != name) continue;
    const sql::Function* function = find_operator(mirrored, call->arguments[0]->type.id);
    if (!function) return expr;
    return plan::call(function, {call->arguments[1], call->arguments[0]}, expr->type, expr->span);
  }
  return expr;
}

}  // namespace sqlmill::optimize
