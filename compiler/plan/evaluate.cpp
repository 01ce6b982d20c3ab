#include "compiler/plan/evaluate.h"

#include <algorithm>

#include "compiler/plan/verify.h"

namespace sqlmill::plan {

namespace {

using sql::Datum;

struct Evaluator {
  sql::Context& context;
  std::span<const Datum> row;
  const Expr& expr;

  Datum eval(const ExprRef& e) { return evaluate(context, e, row); }
  static bool is_true(const Datum& d) { return !d.is_null() && d.as<bool>(); }
  static Datum null_boolean() { return Datum::null(sql::TypeId::kBoolean); }

  Datum operator()(const Column& n) { return row[n.index]; }
  Datum operator()(const Constant& n) { return n.value; }
  Datum operator()(const Call& n) {
    std::vector<Datum> arguments;
    for (const ExprRef& a : n.arguments) {
      arguments.push_back(eval(a));
      if (context.failed()) return Datum::null(expr.type.id);
    }
    return n.function->evaluate(context, arguments);
  }
  Datum operator()(const Logical& n) {
    bool saw_null = false;
    for (const ExprRef& o : n.operands) {
      const Datum d = eval(o);
      if (context.failed()) return null_boolean();
      if (d.is_null()) {
        saw_null = true;
      } else if (d.as<bool>() != n.is_and) {
        return Datum(!n.is_and);
      }
    }
    return saw_null ? null_boolean() : Datum(n.is_and);
  }
  Datum operator()(const Not& n) {
    const Datum d = eval(n.operand);
    return d.is_null() ? null_boolean() : Datum(!d.as<bool>());
  }
  Datum operator()(const Is& n) {
    const Datum d = eval(n.operand);
    bool result = false;
    switch (n.test) {
      case Test::kNull:
        result = d.is_null();
        break;
      case Test::kTrue:
        result = is_true(d);
        break;
      case Test::kFalse:
        result = !d.is_null() && !d.as<bool>();
        break;
    }
    return Datum(result != n.negated);
  }
  Datum operator()(const IsDistinct& n) {
    const Datum a = eval(n.left);
    const Datum b = eval(n.right);
    const bool distinct = a.is_null() || b.is_null() ? a.is_null() != b.is_null() : compare(a, b) != 0;
    return Datum(distinct != n.negated);
  }
  Datum operator()(const Case& n) {
    for (const auto& [condition, result] : n.branches) {
      const Datum d = eval(condition);
      if (context.failed()) return Datum::null(expr.type.id);
      if (is_true(d)) return eval(result);
    }
    return eval(n.otherwise);
  }
  Datum operator()(const Coalesce& n) {
    for (const ExprRef& a : n.arguments) {
      const Datum d = eval(a);
      if (!d.is_null() || context.failed()) return d;
    }
    return Datum::null(expr.type.id);
  }
  Datum operator()(const Extreme& n) {
    Datum best = Datum::null(expr.type.id);
    for (const ExprRef& a : n.arguments) {
      const Datum d = eval(a);
      if (d.is_null()) continue;
      const int order = best.is_null() ? 0 : compare(d, best);
      if (best.is_null() || (n.greatest ? order > 0 : order < 0)) best = d;
    }
    return best;
  }
  Datum operator()(const InSet& n) {
    const Datum d = eval(n.operand);
    if (d.is_null()) return null_boolean();
    return Datum(std::any_of(n.constants.begin(), n.constants.end(),
                             [&](const ExprRef& c) { return compare(d, *as_constant(c)) == 0; }));
  }
  // What comes from outside of the row is the executor's to bring.
  template <class Other>
    requires(!kExprInViews<Other>)
  Datum operator()(const Other&) {
    abort_not_in_views("a parameter or a subquery");
  }
};

bool is_constant(const ExprRef& e) {
  return as_constant(e) != nullptr;
}

}  // namespace

sql::Datum evaluate(sql::Context& context, const ExprRef& expr, std::span<const sql::Datum> row) {
  return std::visit(Evaluator{context, row, *expr}, expr->node);
}

ExprRef fold_constants(const ExprRef& expr) {
  std::vector<ExprRef> parts = operands(expr);
  if (parts.empty()) return expr;
  bool changed = false;
  for (ExprRef& part : parts) {
    ExprRef folded = fold_constants(part);
    changed = changed || folded != part;
    part = std::move(folded);
  }
  const bool all_constant = std::all_of(parts.begin(), parts.end(), is_constant);
  const ExprRef rebuilt = changed ? with_operands(expr, std::move(parts)) : expr;
  if (!all_constant || std::holds_alternative<Subquery>(expr->node)) return rebuilt;
  const auto* call = std::get_if<Call>(&rebuilt->node);
  if (call && call->function->volatility != sql::Volatility::kImmutable) return rebuilt;
  rt::base::Arena arena(256);
  sql::Context context(arena);
  const sql::Datum value = evaluate(context, rebuilt, {});
  return context.failed() ? rebuilt : constant(value, expr->type, expr->span);
}

}  // namespace sqlmill::plan
