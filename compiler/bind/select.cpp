// SELECT … FROM … WHERE … with DISTINCT, windows and ORDER BY.
#include "compiler/bind/select.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace sqlmill::bind {

std::optional<uint32_t> position_of(const ast::Expr& expr) {
  const auto* number = std::get_if<ast::NumberLiteral>(&expr.node);
  if (!number) return std::nullopt;
  uint32_t position = 0;
  const char* end = number->digits.data() + number->digits.size();
  const auto [at, error] = std::from_chars(number->digits.data(), end, position);
  return error == std::errc() && at == end ? std::optional(position) : std::nullopt;
}

const std::string* bare_name(const ast::Expr& expr) {
  const auto* name = std::get_if<ast::ColumnName>(&expr.node);
  return name && name->parts.size() == 1 ? &name->parts[0].name : nullptr;
}

void SelectBinder::bind_where() {
  if (!select_.where) return;
  ExprRef predicate = binder_.bind_boolean(*select_.where, {&scope_, "WHERE"}, "the condition of WHERE");
  ok_ = ok_ && predicate;
  if (predicate) node_ = plan::filter(node_, std::move(predicate), select_.where->span);
}

void SelectBinder::add(ExprRef expr, std::string name) {
  const bool keep_unknown = context_.keep_unknown && !select_.distinct && select_.distinct_on.empty();
  if (expr && expr->type.id == sql::TypeId::kUnknown && !keep_unknown) {
    expr = binder_.coerce(expr, {sql::TypeId::kText}, sql::CastContext::kImplicit, expr->span, "a column");
  }
  ok_ = ok_ && expr;
  exprs_.push_back(std::move(expr));
  names_.push_back(std::move(name));
}

void SelectBinder::bind_star(const ast::Star& star, Span span) {
  std::vector<ScopeColumn> columns;
  const auto* call = star.value ? std::get_if<ast::Call>(&star.value->node) : nullptr;
  if (call && binder_.is_populate(call->name.name)) {
    ok_ = binder_.bind_populate(*call, span, context("SELECT"), columns) && ok_;
    for (ScopeColumn& c : columns) add(std::move(c.value), std::move(c.name));
    return;
  }
  const bool is_of_function = call && binder_.is_set_call(*call);
  ok_ = (is_of_function ? binder_.bind_set_fields(*call, nullptr, span, context("SELECT"), columns)
                        : binder_.expand_star(star, span, scope_, columns)) &&
        ok_;
  for (ScopeColumn& c : columns) add(std::move(c.value), std::move(c.name));
}

void SelectBinder::bind_list() {
  const ExprContext context = this->context("SELECT");
  if (select_.items.empty() && !binder_.is_ad_hoc()) {
    binder_.not_supported("a SELECT list without columns", "list at least one column", select_.span);
    ok_ = false;
  }
  for (const ast::SelectItem& item : select_.items) {
    if (const auto* star = std::get_if<ast::Star>(&item.expr->node)) {
      bind_star(*star, item.expr->span);
      continue;
    }
    const size_t calls_before = calls_.size();
    ExprRef expr = binder_.bind_expr(*item.expr, context);
    std::string name = item.alias ? item.alias->name : implied_name(*item.expr, binder_.source_);
    // A call that stands alone is known by the name of its column.
    const bool stands_alone =
        expr && calls_.size() == calls_before + 1 && std::holds_alternative<plan::Column>(expr->node);
    if (stands_alone) calls_.back().name = name;
    add(std::move(expr), std::move(name));
  }
  visible_ = static_cast<uint32_t>(exprs_.size());
}

bool SelectBinder::is_input_column(const std::string& name) const {
  return std::any_of(scope_.columns.begin(), scope_.columns.end(),
                     [&](const ScopeColumn& c) { return c.name == name; });
}

std::optional<uint32_t> SelectBinder::find_output(const std::string& name, Span span,
                                                  std::string_view clause) {
  std::optional<uint32_t> found;
  for (uint32_t i = 0; i < visible_; ++i) {
    if (names_[i] != name) continue;
    if (!found) {
      found = i;
    } else if (binder_.is_ad_hoc() && exprs_[i] && exprs_[*found] &&
               !plan::equal(exprs_[i], exprs_[*found])) {
      binder_.sink_.report(diag::Code::kAmbiguousColumn, span,
                           fmt::format("{} \"{}\" is ambiguous", clause, name),
                           "write the position of the column in the SELECT list");
      ok_ = false;
      return found;
    }
  }
  return found;
}

bool SelectBinder::check_position(uint32_t position, std::string_view clause, Span span) {
  if (position >= 1 && position <= visible_) return true;
  binder_.sink_.report(diag::Code::kInvalidPosition, span,
                       fmt::format("{} position {} is not in the SELECT list", clause, position),
                       fmt::format("positions go from 1 to {}", visible_));
  return false;
}

/// An output's position or name, or an expression over the input, which becomes a hidden column.
std::optional<uint32_t> SelectBinder::order_column(const ast::Expr& expr, std::string_view clause) {
  if (const std::optional<uint32_t> position = position_of(expr)) {
    return check_position(*position, clause, expr.span) ? std::optional(*position - 1) : std::nullopt;
  }
  if (const std::string* name = bare_name(expr)) {
    if (const std::optional<uint32_t> output = find_output(*name, expr.span, clause)) return output;
  }
  ExprRef bound = binder_.bind_expr(expr, context(clause));
  if (!bound) return std::nullopt;
  for (uint32_t i = 0; i < exprs_.size(); ++i) {
    if (exprs_[i] && plan::equal(exprs_[i], bound)) return i;
  }
  if (select_.distinct) {
    binder_.sink_.report(diag::Code::kInvalidPosition, expr.span,
                         "for SELECT DISTINCT, ORDER BY expressions must be in the SELECT list");
    return std::nullopt;
  }
  add(std::move(bound), fmt::format("order_{}", exprs_.size() - visible_ + 1));
  return static_cast<uint32_t>(exprs_.size() - 1);
}

void SelectBinder::bind_order_by(const std::vector<ast::OrderItem>& order_by) {
  const auto add_key = [&](const ast::Expr& expr, bool descending, bool nulls_first) {
    const std::optional<uint32_t> column = order_column(expr, "ORDER BY");
    ok_ = ok_ && column;
    if (column) order_.push_back({*column, descending, nulls_first});
  };
  for (const ast::OrderItem& item : order_by) {
    const auto* row = binder_.is_ad_hoc() ? std::get_if<ast::Row>(&item.expr->node) : nullptr;
    if (!row) {
      add_key(*item.expr, item.descending, item.nulls_first.value_or(item.descending));
      continue;
    }
    // Column by column; whatever is said of NULLs is said of the row, which is none.
    for (const ast::ExprPtr& part : row->items) add_key(*part, item.descending, item.descending);
  }
}

void SelectBinder::bind_distinct_on() {
  for (const ast::ExprPtr& key : select_.distinct_on) {
    const std::optional<uint32_t> column = order_column(*key, "SELECT DISTINCT ON");
    ok_ = ok_ && column;
    if (column) distinct_on_.push_back(*column);
  }
}

void SelectBinder::for_each_expr(const std::function<void(ExprRef&)>& visit) {
  for (ExprRef& e : exprs_) visit(e);
  for (WindowCalls::Entry& entry : windows_.entries) {
    for (ExprRef& e : entry.partition) visit(e);
    for (plan::SortKey& key : entry.order) visit(key.expr);
    for (ExprRef& e : entry.call.arguments) visit(e);
    plan::AggregateCall& aggregate = entry.call.aggregate;
    if (aggregate.argument) visit(aggregate.argument);
    if (aggregate.filter) visit(aggregate.filter);
    for (ExprRef& e : aggregate.more_arguments) visit(e);
  }
  for (SetFunctions::Entry& entry : set_functions_.entries) {
    for (ExprRef& e : entry.arguments) visit(e);
  }
}

void SelectBinder::replace_columns(uint32_t first, uint32_t end,
                                   const std::function<ExprRef(uint32_t, Span)>& replacement) {
  for_each_expr([&](ExprRef& e) {
    e = plan::substitute(e, [&](const plan::Column& c, const plan::Expr& old) {
      if (c.index >= first && c.index < end) return replacement(c.index - first, old.span);
      return plan::column(c.index, c.name, old.type, old.nullable, old.span);
    });
  });
}

void SelectBinder::add_windows() {
  if (windows_.entries.empty()) return;
  const auto same_exprs = [](const std::vector<ExprRef>& a, const std::vector<ExprRef>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const ExprRef& x, const ExprRef& y) { return plan::equal(x, y); });
  };
  const auto same_window = [&](const WindowCalls::Entry& a, const WindowCalls::Entry& b) {
    return same_exprs(a.partition, b.partition) &&
           std::equal(a.order.begin(), a.order.end(), b.order.begin(), b.order.end(),
                      [](const plan::SortKey& x, const plan::SortKey& y) {
                        return x.descending == y.descending && x.nulls_first == y.nulls_first &&
                               plan::equal(x.expr, y.expr);
                      });
  };
  std::vector<std::optional<uint32_t>> columns(windows_.entries.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i]) continue;
    const WindowCalls::Entry& first = windows_.entries[i];
    std::vector<plan::WindowCall> calls;
    auto next = static_cast<uint32_t>(node_->columns.size());
    for (size_t k = i; k < columns.size(); ++k) {
      if (columns[k] || !same_window(first, windows_.entries[k])) continue;
      calls.push_back(windows_.entries[k].call);
      columns[k] = next++;
    }
    node_ = plan::window(node_, first.partition, first.order, std::move(calls), select_.span);
  }
  replace_columns(kFirstWindowColumn, kFirstSetColumn,
                  [&](uint32_t i, Span span) { return plan::column_of(*node_, *columns[i], span); });
}

uint32_t SelectBinder::join_set_functions(std::vector<SetFunctions::Entry> entries) {
  const ExprContext around{&scope_, "SELECT"};
  Closure closure{&around, 0, {}};
  for (SetFunctions::Entry& entry : entries) {
    for (ExprRef& e : entry.arguments) {
      if (!plan::as_constant(e)) e = closure.take(e, plan::to_string(e), e->span);
    }
  }
  NodeRef rows = binder_.zip_set_functions(entries, select_.span);
  const auto first = static_cast<uint32_t>(node_->columns.size());
  node_ =
      binder_.join_sides(plan::JoinKind::kInner, std::move(node_), std::move(rows), closure, select_.span);
  return first;
}

void SelectBinder::add_set_functions() {
  if (set_functions_.entries.empty()) return;
  const uint32_t first = join_set_functions(std::exchange(set_functions_.entries, {}));
  replace_columns(kFirstSetColumn, UINT32_MAX,
                  [&](uint32_t i, Span span) { return plan::column_of(*node_, first + i, span); });
}

void SelectBinder::make_distinct() {
  std::vector<ExprRef> keys;
  for (uint32_t i = 0; i < node_->columns.size(); ++i)
    keys.push_back(plan::column_of(*node_, i, exprs_[i]->span));
  node_ = plan::aggregate(node_, std::move(keys), {}, true, names_, select_.span,
                          binder_.query_name_ + "_distinct");
}

void SelectBinder::make_distinct_on() {
  std::vector<ExprRef> keys;
  for (const uint32_t column : distinct_on_)
    keys.push_back(plan::column_of(*node_, column, exprs_[column]->span));
  std::set<uint32_t> missing(distinct_on_.begin(), distinct_on_.end());
  std::vector<plan::SortKey> order;
  for (const catalog::OrderKey& key : order_) {
    const bool is_key = std::find(distinct_on_.begin(), distinct_on_.end(), key.column) != distinct_on_.end();
    if (!missing.empty() && !is_key) {
      binder_.sink_.report(diag::Code::kInvalidPosition, select_.distinct_on.front()->span,
                           "SELECT DISTINCT ON expressions must match initial ORDER BY expressions");
      ok_ = false;
      return;
    }
    missing.erase(key.column);
    order.push_back({plan::column_of(*node_, key.column, select_.span), key.descending, key.nulls_first});
  }
  for (const uint32_t column : missing)
    if (!order_.empty()) order.push_back({plan::column_of(*node_, column, select_.span), false, false});
  node_ = plan::distinct_on(node_, std::move(keys), std::move(order), select_.span);
}

std::optional<BoundQuery> SelectBinder::bind(const std::vector<ast::OrderItem>& order_by) {
  node_ = binder_.bind_from(select_, context_, scope_);
  if (!node_) return std::nullopt;
  bind_where();
  bind_list();
  bind_group_by();
  bind_having();
  bind_distinct_on();
  bind_order_by(order_by);
  if (!ok_) return std::nullopt;
  group();
  if (!ok_) return std::nullopt;
  add_windows();
  add_set_functions();
  node_ = plan::project(node_, exprs_, names_, select_.span);
  if (select_.distinct) make_distinct();
  if (!distinct_on_.empty()) make_distinct_on();
  if (!ok_) return std::nullopt;
  return BoundQuery{std::move(node_), visible_, std::move(order_)};
}

std::optional<BoundQuery> Binder::bind_select(const ast::Select& select, const ast::Query& query,
                                              const QueryContext& context) {
  return SelectBinder(*this, select, context).bind(query.order_by);
}

}  // namespace sqlmill::bind
