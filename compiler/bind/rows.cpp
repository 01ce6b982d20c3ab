// Rows, (a, b): each use of one becomes expressions over its items.
#include <fmt/format.h>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

bool is_row(const ast::Expr& expr) {
  if (std::holds_alternative<ast::Row>(expr.node)) return true;
  const auto* star = std::get_if<ast::Star>(&expr.node);
  return star && star->qualifier;
}

ExprRef Binder::bind_node(const ast::Row&, Span span, const ExprContext&) {
  not_supported("row values", "compare or list the columns one by one", span);
  return nullptr;
}

bool Binder::bind_row(const ast::Expr& expr, const ExprContext& context, std::vector<ExprRef>& out) {
  if (const auto* subquery = std::get_if<ast::Subquery>(&expr.node);
      subquery && subquery->form == ast::SubqueryForm::kScalar && is_ad_hoc())
    return bind_row_subquery(*subquery, expr.span, context, out);
  if (const auto* star = std::get_if<ast::Star>(&expr.node)) {
    std::vector<ScopeColumn> columns;
    if (!expand_star(*star, expr.span, *context.scope, columns)) return false;
    for (ScopeColumn& c : columns) out.push_back(std::move(c.value));
    return true;
  }
  const auto* row = std::get_if<ast::Row>(&expr.node);
  if (!row) {
    out.push_back(bind_expr(expr, context));
    return out.back() != nullptr;
  }
  bool ok = true;
  for (const ast::ExprPtr& item : row->items) {
    if (std::holds_alternative<ast::Star>(item->node)) {
      ok = bind_row(*item, context, out) && ok;
    } else {
      out.push_back(bind_expr(*item, context));
      ok = ok && out.back();
    }
  }
  return ok;
}

bool Binder::same_width(const std::vector<ExprRef>& left, const std::vector<ExprRef>& right, Span span) {
  if (left.size() == right.size() && !left.empty()) return true;
  sink_.report(diag::Code::kColumnCount, span,
               left.empty() || right.empty() ? "cannot compare rows of zero length"
                                             : "unequal number of entries in row expressions");
  return false;
}

ExprRef Binder::rows_equal(const std::vector<ExprRef>& left, const std::vector<ExprRef>& right, Span span) {
  if (!same_width(left, right, span)) return nullptr;
  std::vector<ExprRef> all;
  for (size_t i = 0; i < left.size(); ++i) {
    all.push_back(compare("=", left[i], right[i], span));
    if (!all.back()) return nullptr;
  }
  return all.size() == 1 ? all[0] : plan::logical(true, std::move(all), span);
}

ExprRef Binder::compare_rows(std::string_view op, std::vector<ExprRef> left, std::vector<ExprRef> right,
                             Span span) {
  if (!same_width(left, right, span)) return nullptr;
  if (op == "=") return rows_equal(left, right, span);
  if (op == "<>") {
    ExprRef equal = rows_equal(left, right, span);
    return equal ? plan::negate(std::move(equal), span) : nullptr;
  }
  if (op != "<" && op != "<=" && op != ">" && op != ">=") {
    sink_.report(diag::Code::kNotSupported, span, fmt::format("rows cannot be compared with {}", op),
                 "row comparison operators are =, <>, <, <=, > and >=");
    return nullptr;
  }
  // The first item that differs decides: a < c OR (a = c AND b <= d).
  const std::string strict(op.substr(0, 1));
  ExprRef result = compare(op, left.back(), right.back(), span);
  for (size_t i = left.size() - 1; i-- > 0 && result;) {
    ExprRef before = compare(strict, left[i], right[i], span);
    ExprRef equal = compare("=", left[i], right[i], span);
    if (!before || !equal) return nullptr;
    result = plan::logical(
        false, {std::move(before), plan::logical(true, {std::move(equal), std::move(result)}, span)}, span);
  }
  return result;
}

ExprRef Binder::bind_row_in(const ast::InList& in, Span span, const ExprContext& context) {
  std::vector<ExprRef> left;
  if (!bind_row(*in.operand, context, left)) return nullptr;
  std::vector<ExprRef> alternatives;
  for (const ast::ExprPtr& item : in.items) {
    std::vector<ExprRef> right;
    ExprRef equal = bind_row(*item, context, right) ? rows_equal(left, right, item->span) : nullptr;
    if (!equal) return nullptr;
    alternatives.push_back(std::move(equal));
  }
  ExprRef result =
      alternatives.size() == 1 ? alternatives[0] : plan::logical(false, std::move(alternatives), span);
  return in.negated ? plan::negate(std::move(result), span) : result;
}

}  // namespace sqlmill::bind
