// IS, LIKE, IN, BETWEEN and CASE.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::bind {

namespace {
constexpr sql::Type kText{sql::TypeId::kText};
}

ExprRef Binder::bind_node(const ast::Is& test, Span span, const ExprContext& context) {
  if (test.test == ast::Test::kNull && is_row(*test.operand, context)) {
    // Each way of all columns: IS NOT NULL is not the negation of IS NULL.
    std::vector<ExprRef> items;
    if (!bind_row(*test.operand, context, items)) return nullptr;
    for (ExprRef& e : items) {
      const sql::Type type = e->type.id == sql::TypeId::kUnknown ? kText : e->type;
      e = coerce(e, type, sql::CastContext::kImplicit, span, "the operand of IS NULL");
      if (!e) return nullptr;
      e = plan::is(e, plan::Test::kNull, test.negated, span);
    }
    return items.size() == 1 ? items[0] : plan::logical(true, std::move(items), span);
  }
  if (test.test == ast::Test::kNull) {
    ExprRef operand = bind_expr(*test.operand, context);
    if (!operand) return nullptr;
    operand = coerce(operand, operand->type.id == sql::TypeId::kUnknown ? kText : operand->type,
                     sql::CastContext::kImplicit, span, "the operand of IS NULL");
    return plan::is(std::move(operand), plan::Test::kNull, test.negated, span);
  }
  ExprRef operand = bind_boolean(*test.operand, context, "the operand of IS TRUE");
  if (!operand) return nullptr;
  plan::Test which = plan::Test::kNull;
  if (test.test == ast::Test::kTrue) which = plan::Test::kTrue;
  if (test.test == ast::Test::kFalse) which = plan::Test::kFalse;
  return plan::is(std::move(operand), which, test.negated, span);
}

ExprRef Binder::bind_node(const ast::IsDistinct& distinct, Span span, const ExprContext& context) {
  if (is_row(*distinct.left, context) || is_row(*distinct.right, context)) {
    std::vector<ExprRef> left;
    std::vector<ExprRef> right;
    const bool ok = bind_row(*distinct.left, context, left);
    if (!bind_row(*distinct.right, context, right) || !ok || !same_width(left, right, span)) return nullptr;
    for (size_t i = 0; i < left.size(); ++i) {
      left[i] = distinct_from(left[i], right[i], distinct.negated, span);
      if (!left[i]) return nullptr;
    }
    return left.size() == 1 ? left[0] : plan::logical(distinct.negated, std::move(left), span);
  }
  ExprRef left = bind_expr(*distinct.left, context);
  ExprRef right = bind_expr(*distinct.right, context);
  return left && right ? distinct_from(left, right, distinct.negated, span) : nullptr;
}

ExprRef Binder::distinct_from(const ExprRef& left, const ExprRef& right, bool negated, Span span) {
  std::vector<ExprRef> both = {left, right};
  sql::Type type;
  if (!coerce_all(both, "IS DISTINCT FROM", span, &type)) return nullptr;
  return plan::is_distinct(coerce_compared(left, type), coerce_compared(right, type), negated, span);
}

ExprRef Binder::bind_node(const ast::Like& like, Span span, const ExprContext& context) {
  ExprRef operand = bind_expr(*like.operand, context);
  ExprRef pattern = bind_expr(*like.pattern, context);
  ExprRef escape = like.escape ? bind_expr(*like.escape, context) : nullptr;
  if (!operand || !pattern || (like.escape && !escape)) return nullptr;
  ExprRef result;
  if (escape) {
    result = make_call(like.case_insensitive ? "ilike_escape" : "like_escape",
                       {std::move(operand), std::move(pattern), std::move(escape)}, span, false);
  } else {
    result =
        make_call(like.case_insensitive ? "~~*" : "~~", {std::move(operand), std::move(pattern)}, span, true);
  }
  return result && like.negated ? plan::negate(std::move(result), span) : result;
}

ExprRef Binder::bind_node(const ast::InList& in, Span span, const ExprContext& context) {
  if (is_row(*in.operand, context)) return bind_row_in(in, span, context);
  ExprRef operand = bind_expr(*in.operand, context);
  std::vector<ExprRef> items;
  if (!bind_all(in.items, context, items) || !operand) return nullptr;
  return in_list(std::move(operand), std::move(items), in.negated, span);
}

ExprRef Binder::in_list(ExprRef operand, std::vector<ExprRef> items, bool negated, Span span) {
  std::vector<ExprRef> all = items;
  all.push_back(operand);
  sql::Type type;
  if (!coerce_all(all, "IN", span, &type)) return nullptr;
  all.pop_back();
  for (ExprRef& e : all) e = plan::fold_constants(e);

  std::vector<ExprRef> constants;
  std::vector<ExprRef> alternatives;
  bool has_null = false;
  for (size_t i = 0; i < all.size(); ++i) {
    const sql::Datum* value = plan::as_constant(all[i]);
    if (value && value->is_null()) {
      has_null = true;
    } else if (value) {
      constants.push_back(all[i]);
    } else {
      ExprRef equal = compare("=", operand, items[i], items[i]->span);
      if (!equal) return nullptr;
      alternatives.push_back(std::move(equal));
    }
  }
  if (constants.size() > 1) {
    alternatives.insert(alternatives.begin(),
                        plan::in_set(coerce_compared(operand, type), std::move(constants), span));
  } else if (constants.size() == 1) {
    ExprRef equal = compare("=", operand, constants[0], span);
    if (!equal) return nullptr;
    alternatives.insert(alternatives.begin(), std::move(equal));
  }
  if (has_null) alternatives.push_back(plan::null_constant({sql::TypeId::kBoolean}, span));
  ExprRef result =
      alternatives.size() == 1 ? alternatives[0] : plan::logical(false, std::move(alternatives), span);
  return negated ? plan::negate(std::move(result), span) : result;
}

ExprRef Binder::bind_node(const ast::Between& between, Span span, const ExprContext& context) {
  ExprRef operand = bind_expr(*between.operand, context);
  ExprRef low = bind_expr(*between.low, context);
  ExprRef high = bind_expr(*between.high, context);
  if (!operand || !low || !high) return nullptr;
  const auto within = [&](const ExprRef& from, const ExprRef& to) -> ExprRef {
    ExprRef above = compare(">=", operand, from, span);
    ExprRef below = compare("<=", operand, to, span);
    if (!above || !below) return nullptr;
    return plan::logical(true, {std::move(above), std::move(below)}, span);
  };
  ExprRef result = within(low, high);
  if (result && between.symmetric) {
    ExprRef reversed = within(high, low);
    if (!reversed) return nullptr;
    result = plan::logical(false, {std::move(result), std::move(reversed)}, span);
  }
  return result && between.negated ? plan::negate(std::move(result), span) : result;
}

ExprRef Binder::bind_node(const ast::Case& node, Span span, const ExprContext& context) {
  ExprRef operand = node.operand ? bind_expr(*node.operand, context) : nullptr;
  if (node.operand && !operand) return nullptr;
  bool ok = true;
  std::vector<ExprRef> conditions;
  std::vector<ExprRef> results;
  for (const auto& [when, then] : node.branches) {
    ExprRef condition;
    if (operand) {
      ExprRef value = bind_expr(*when, context);
      condition = value ? compare("=", operand, std::move(value), when->span) : nullptr;
    } else {
      condition = bind_boolean(*when, context, "the condition of WHEN");
    }
    ExprRef result = bind_expr(*then, context);
    ok = ok && condition && result;
    conditions.push_back(std::move(condition));
    results.push_back(std::move(result));
  }
  if (node.otherwise) {
    results.push_back(bind_expr(*node.otherwise, context));
    ok = ok && results.back();
  } else {
    results.push_back(plan::null_constant({sql::TypeId::kUnknown}, span));
  }
  sql::Type type;
  if (!ok || !coerce_all(results, "CASE", span, &type)) return nullptr;
  std::vector<std::pair<ExprRef, ExprRef>> branches;
  for (size_t i = 0; i < conditions.size(); ++i) branches.emplace_back(conditions[i], results[i]);
  return plan::case_when(std::move(branches), results.back(), type, span);
}

}  // namespace sqlmill::bind
