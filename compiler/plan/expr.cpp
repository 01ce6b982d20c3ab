#include "compiler/plan/expr.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/plan/constant_arguments.h"
#include "compiler/plan/node.h"

namespace sqlmill::plan {

namespace {

bool any_nullable(const std::vector<ExprRef>& exprs) {
  return std::any_of(exprs.begin(), exprs.end(), [](const ExprRef& e) { return e->nullable; });
}
bool all_nullable(const std::vector<ExprRef>& exprs) {
  return std::all_of(exprs.begin(), exprs.end(), [](const ExprRef& e) { return e->nullable; });
}
bool any_fails(const std::vector<ExprRef>& exprs) {
  return std::any_of(exprs.begin(), exprs.end(), [](const ExprRef& e) { return e->can_fail; });
}

template <class Node>
ExprRef make(Node node, sql::Type type, bool nullable, bool can_fail, Span span) {
  return std::make_shared<const Expr>(Expr{std::move(node), type, nullable, can_fail, span});
}

constexpr sql::Type kBoolean{sql::TypeId::kBoolean};

}  // namespace

ExprRef column(uint32_t index, std::string name, sql::Type type, bool nullable, Span span, bool can_fail) {
  return make(Column{index, std::move(name)}, type, nullable, can_fail, span);
}

ExprRef constant(const sql::Datum& value, sql::Type type, Span span) {
  auto memory = std::make_shared<rt::base::Arena>(64);
  const sql::Datum kept = value.is_null() ? sql::Datum::null(type.id) : copy(value, *memory);
  return make(Constant{kept, std::move(memory)}, type, value.is_null(), false, span);
}

ExprRef null_constant(sql::Type type, Span span) {
  return constant(sql::Datum::null(type.id), type, span);
}

ExprRef call(const sql::Function* function, std::vector<ExprRef> arguments, sql::Type type, Span span) {
  bool nullable = function->result_nullable;
  for (size_t i = 0; i < arguments.size(); ++i)
    nullable = nullable || (arguments[i]->nullable && function->is_strict_in(i));
  Call node{function, std::move(arguments)};
  const bool can_fail = any_fails(node.arguments) || fails_by_itself(node);
  return make(std::move(node), type, nullable, can_fail, span);
}

bool fails_by_itself(const Call& call) {
  return call.function->can_fail && !never_fails(*call.function, call.arguments);
}

ExprRef logical(bool is_and, std::vector<ExprRef> operands, Span span) {
  const bool nullable = any_nullable(operands);
  const bool can_fail = any_fails(operands);
  return make(Logical{is_and, std::move(operands)}, kBoolean, nullable, can_fail, span);
}

ExprRef negate(ExprRef operand, Span span) {
  const bool nullable = operand->nullable;
  const bool can_fail = operand->can_fail;
  return make(Not{std::move(operand)}, kBoolean, nullable, can_fail, span);
}

ExprRef is(ExprRef operand, Test test, bool negated, Span span) {
  const bool can_fail = operand->can_fail;
  return make(Is{std::move(operand), test, negated}, kBoolean, false, can_fail, span);
}

ExprRef is_distinct(ExprRef left, ExprRef right, bool negated, Span span) {
  const bool can_fail = left->can_fail || right->can_fail;
  return make(IsDistinct{std::move(left), std::move(right), negated}, kBoolean, false, can_fail, span);
}

ExprRef case_when(std::vector<std::pair<ExprRef, ExprRef>> branches, ExprRef otherwise, sql::Type type,
                  Span span) {
  bool nullable = otherwise->nullable;
  bool can_fail = otherwise->can_fail;
  for (const auto& [condition, result] : branches) {
    nullable = nullable || result->nullable;
    can_fail = can_fail || condition->can_fail || result->can_fail;
  }
  return make(Case{std::move(branches), std::move(otherwise)}, type, nullable, can_fail, span);
}

ExprRef coalesce(std::vector<ExprRef> arguments, sql::Type type, Span span) {
  const bool nullable = all_nullable(arguments);
  const bool can_fail = any_fails(arguments);
  return make(Coalesce{std::move(arguments)}, type, nullable, can_fail, span);
}

ExprRef extreme(bool greatest, std::vector<ExprRef> arguments, sql::Type type, Span span) {
  const bool nullable = all_nullable(arguments);
  const bool can_fail = any_fails(arguments);
  return make(Extreme{greatest, std::move(arguments)}, type, nullable, can_fail, span);
}

ExprRef in_set(ExprRef operand, std::vector<ExprRef> constants, Span span) {
  const bool nullable = operand->nullable;
  const bool can_fail = operand->can_fail;
  return make(InSet{std::move(operand), std::move(constants)}, kBoolean, nullable, can_fail, span);
}

ExprRef parameter(uint32_t index, std::string name, sql::Type type, bool nullable, Span span) {
  return make(Parameter{index, std::move(name)}, type, nullable, false, span);
}

ExprRef statement_parameter(uint32_t index, sql::Type type, Span span) {
  return make(StatementParameter{index}, type, true, false, span);
}

ExprRef subquery(Subquery node, sql::Type type, Span span) {
  bool nullable = true;
  if (node.form == SubqueryForm::kExists || node.form == SubqueryForm::kArray) nullable = false;
  if (node.form == SubqueryForm::kAny || node.form == SubqueryForm::kAll)
    nullable = node.comparison->nullable;
  // What a query fails of is known when it runs only.
  return make(std::move(node), type, nullable, true, span);
}

const sql::Datum* as_constant(const ExprRef& expr) {
  const auto* node = std::get_if<Constant>(&expr->node);
  return node ? &node->value : nullptr;
}

std::vector<ExprRef> operands(const ExprRef& expr) {
  struct Visitor {
    std::vector<ExprRef> operator()(const Column&) { return {}; }
    std::vector<ExprRef> operator()(const Constant&) { return {}; }
    std::vector<ExprRef> operator()(const Call& n) { return n.arguments; }
    std::vector<ExprRef> operator()(const Logical& n) { return n.operands; }
    std::vector<ExprRef> operator()(const Not& n) { return {n.operand}; }
    std::vector<ExprRef> operator()(const Is& n) { return {n.operand}; }
    std::vector<ExprRef> operator()(const IsDistinct& n) { return {n.left, n.right}; }
    std::vector<ExprRef> operator()(const Case& n) {
      std::vector<ExprRef> all;
      for (const auto& [condition, result] : n.branches) {
        all.push_back(condition);
        all.push_back(result);
      }
      all.push_back(n.otherwise);
      return all;
    }
    std::vector<ExprRef> operator()(const Coalesce& n) { return n.arguments; }
    std::vector<ExprRef> operator()(const Extreme& n) { return n.arguments; }
    std::vector<ExprRef> operator()(const InSet& n) { return {n.operand}; }
    std::vector<ExprRef> operator()(const Parameter&) { return {}; }
    std::vector<ExprRef> operator()(const StatementParameter&) { return {}; }
    std::vector<ExprRef> operator()(const Subquery& n) {
      std::vector<ExprRef> all = n.parameters;
      all.insert(all.end(), n.operands.begin(), n.operands.end());
      return all;
    }
  };
  return std::visit(Visitor{}, expr->node);
}

ExprRef with_operands(const ExprRef& expr, std::vector<ExprRef> ops) {
  struct Visitor {
    const ExprRef& expr;
    std::vector<ExprRef>& ops;
    ExprRef operator()(const Column&) { return expr; }
    ExprRef operator()(const Constant&) { return expr; }
    ExprRef operator()(const Call& n) { return call(n.function, std::move(ops), expr->type, expr->span); }
    ExprRef operator()(const Logical& n) { return logical(n.is_and, std::move(ops), expr->span); }
    ExprRef operator()(const Not&) { return negate(ops[0], expr->span); }
    ExprRef operator()(const Is& n) { return is(ops[0], n.test, n.negated, expr->span); }
    ExprRef operator()(const IsDistinct& n) { return is_distinct(ops[0], ops[1], n.negated, expr->span); }
    ExprRef operator()(const Case& n) {
      std::vector<std::pair<ExprRef, ExprRef>> branches;
      for (size_t i = 0; i < n.branches.size(); ++i) branches.emplace_back(ops[2 * i], ops[2 * i + 1]);
      return case_when(std::move(branches), ops.back(), expr->type, expr->span);
    }
    ExprRef operator()(const Coalesce&) { return coalesce(std::move(ops), expr->type, expr->span); }
    ExprRef operator()(const Extreme& n) {
      return extreme(n.greatest, std::move(ops), expr->type, expr->span);
    }
    ExprRef operator()(const InSet& n) { return in_set(ops[0], n.constants, expr->span); }
    ExprRef operator()(const Parameter&) { return expr; }
    ExprRef operator()(const StatementParameter&) { return expr; }
    ExprRef operator()(const Subquery& n) {
      Subquery other = n;
      const auto left = ops.begin() + static_cast<std::ptrdiff_t>(n.parameters.size());
      other.parameters.assign(ops.begin(), left);
      other.operands.assign(left, ops.end());
      return subquery(std::move(other), expr->type, expr->span);
    }
  };
  return std::visit(Visitor{expr, ops}, expr->node);
}

namespace {

template <class Leaf>
ExprRef replace_leaves(const ExprRef& expr,
                       const std::function<ExprRef(const Leaf&, const Expr&)>& replacement) {
  if (const auto* node = std::get_if<Leaf>(&expr->node)) return replacement(*node, *expr);
  std::vector<ExprRef> parts = operands(expr);
  bool changed = false;
  for (ExprRef& part : parts) {
    ExprRef replaced = replace_leaves(part, replacement);
    changed = changed || replaced != part;
    part = std::move(replaced);
  }
  return changed ? with_operands(expr, std::move(parts)) : expr;
}

}  // namespace

ExprRef substitute(const ExprRef& expr,
                   const std::function<ExprRef(const Column&, const Expr&)>& replacement) {
  return replace_leaves(expr, replacement);
}

ExprRef substitute_parameters(const ExprRef& expr,
                              const std::function<ExprRef(const Parameter&, const Expr&)>& replacement) {
  return replace_leaves(expr, replacement);
}

void for_each_column(const ExprRef& expr, const std::function<void(const Column&)>& visit) {
  if (const auto* node = std::get_if<Column>(&expr->node)) visit(*node);
  for (const ExprRef& part : operands(expr)) for_each_column(part, visit);
}

size_t size(const ExprRef& expr) {
  size_t total = 1;
  for (const ExprRef& part : operands(expr)) total += size(part);
  return total;
}

namespace {

bool same_datum(const sql::Datum& a, const sql::Datum& b) {
  if (a.type() != b.type() || a.is_null() != b.is_null()) return false;
  return a.is_null() || sql::to_text(a) == sql::to_text(b);
}

/// Equality of the nodes apart from their operands.
bool same_node(const Expr& a, const Expr& b) {
  if (a.node.index() != b.node.index() || !(a.type == b.type)) return false;
  if (const auto* n = std::get_if<Column>(&a.node)) return n->index == std::get<Column>(b.node).index;
  if (const auto* n = std::get_if<Constant>(&a.node))
    return same_datum(n->value, std::get<Constant>(b.node).value);
  if (const auto* n = std::get_if<Call>(&a.node)) return n->function == std::get<Call>(b.node).function;
  if (const auto* n = std::get_if<Logical>(&a.node)) return n->is_and == std::get<Logical>(b.node).is_and;
  if (const auto* n = std::get_if<Is>(&a.node)) {
    const Is& other = std::get<Is>(b.node);
    return n->test == other.test && n->negated == other.negated;
  }
  if (const auto* n = std::get_if<IsDistinct>(&a.node))
    return n->negated == std::get<IsDistinct>(b.node).negated;
  if (const auto* n = std::get_if<Extreme>(&a.node)) return n->greatest == std::get<Extreme>(b.node).greatest;
  if (const auto* n = std::get_if<InSet>(&a.node)) {
    const auto& other = std::get<InSet>(b.node).constants;
    return n->constants.size() == other.size() &&
           std::equal(n->constants.begin(), n->constants.end(), other.begin(),
                      [](const ExprRef& x, const ExprRef& y) { return equal(x, y); });
  }
  if (const auto* n = std::get_if<Parameter>(&a.node)) return n->index == std::get<Parameter>(b.node).index;
  if (const auto* n = std::get_if<StatementParameter>(&a.node))
    return n->index == std::get<StatementParameter>(b.node).index;
  if (const auto* n = std::get_if<Subquery>(&a.node)) {
    const Subquery& other = std::get<Subquery>(b.node);
    return n->form == other.form && n->parameters.size() == other.parameters.size() &&
           equal(n->query, other.query) &&
           (n->comparison ? other.comparison && equal(n->comparison, other.comparison) : !other.comparison);
  }
  return true;
}

}  // namespace

bool equal(const ExprRef& a, const ExprRef& b) {
  if (a == b) return true;
  if (!same_node(*a, *b)) return false;
  const std::vector<ExprRef> left = operands(a);
  const std::vector<ExprRef> right = operands(b);
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!equal(left[i], right[i])) return false;
  }
  return true;
}

size_t hash(const ExprRef& expr) {
  size_t h = expr->node.index() * 0x9e3779b97f4a7c15ull + static_cast<size_t>(expr->type.id);
  if (const auto* n = std::get_if<Column>(&expr->node)) h = h * 31 + n->index;
  if (const auto* n = std::get_if<Constant>(&expr->node)) {
    h = h * 31 + (n->value.is_null() ? 1 : std::hash<std::string>()(sql::to_text(n->value)));
  }
  if (const auto* n = std::get_if<Call>(&expr->node)) h = h * 31 + std::hash<const void*>()(n->function);
  if (const auto* n = std::get_if<Parameter>(&expr->node)) h = h * 31 + n->index;
  if (const auto* n = std::get_if<StatementParameter>(&expr->node)) h = h * 31 + n->index;
  if (const auto* n = std::get_if<Subquery>(&expr->node))
    h = h * 31 + static_cast<size_t>(n->form) + hash(n->query);
  for (const ExprRef& part : operands(expr)) h = h * 1099511628211ull + hash(part);
  return h;
}

}  // namespace sqlmill::plan
