// SELECT … FROM … WHERE … GROUP BY … HAVING, with DISTINCT and ORDER BY.
//
// Grouping: every expression is bound over the input row, with aggregate calls as columns from
// kFirstAggregateColumn on. When all are known, parts that equal a key become the key's column, aggregates
// their column behind the keys, and any input column that is left over is an error.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

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

/// Rewrites an expression over the input into one over the grouped row. Null: a column is neither key nor
/// aggregated; then `culprit` is that column.
ExprRef over_groups(const ExprRef& expr, const std::vector<ExprRef>& keys, ExprRef& culprit) {
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (plan::equal(expr, keys[i])) {
      const auto* c = std::get_if<plan::Column>(&expr->node);
      return plan::column(i, c ? c->name : plan::to_string(expr), expr->type, expr->nullable, expr->span);
    }
  }
  if (const auto* c = std::get_if<plan::Column>(&expr->node)) {
    if (c->index < kFirstAggregateColumn) {
      culprit = expr;
      return nullptr;
    }
    const auto index = static_cast<uint32_t>(keys.size()) + c->index - kFirstAggregateColumn;
    return plan::column(index, c->name, expr->type, expr->nullable, expr->span);
  }
  std::vector<ExprRef> parts = plan::operands(expr);
  for (ExprRef& part : parts) {
    part = over_groups(part, keys, culprit);
    if (!part) return nullptr;
  }
  return parts.empty() ? expr : plan::with_operands(expr, std::move(parts));
}

bool has_min(sql::TypeId type) {
  return std::any_of(sql::aggregates().begin(), sql::aggregates().end(),
                     [&](const sql::Aggregate& a) { return a.name == "min" && a.argument == type; });
}

std::vector<std::string> aggregate_names(const std::vector<ExprRef>& keys,
                                         const std::vector<plan::AggregateCall>& calls) {
  std::vector<std::string> names;
  for (const ExprRef& key : keys) names.push_back(plan::to_string(key));
  for (const plan::AggregateCall& call : calls)
    names.push_back(call.name.empty() ? plan::to_string(call) : call.name);
  return names;
}

}  // namespace

std::string implied_name(const ast::Expr& expr) {
  if (const auto* column = std::get_if<ast::ColumnName>(&expr.node)) return column->parts.back().name;
  if (const auto* call = std::get_if<ast::Call>(&expr.node)) return call->name.name;
  if (std::holds_alternative<ast::Case>(expr.node)) return "case";
  if (std::holds_alternative<ast::BooleanLiteral>(expr.node)) return "bool";
  if (const auto* literal = std::get_if<ast::TypedLiteral>(&expr.node)) return literal->type.name;
  if (const auto* cast = std::get_if<ast::CastTo>(&expr.node)) {
    std::string inner = implied_name(*cast->operand);
    return inner == "?column?" ? cast->type.name : inner;
  }
  return "?column?";
}

/// One SELECT on its way from syntax to plan.
class SelectBinder {
 public:
  SelectBinder(Binder& binder, const ast::Select& select, const CommonTableScope* ctes)
      : binder_(binder), select_(select), ctes_(ctes) {}

  std::optional<BoundQuery> bind(const std::vector<ast::OrderItem>& order_by);

 private:
  void bind_where();
  void bind_list();
  void bind_star(const ast::Star& star, Span span);
  void bind_group_by();
  ExprRef bind_key(const ast::Expr& key);
  void bind_having();
  void bind_order_by(const std::vector<ast::OrderItem>& order_by);
  std::optional<uint32_t> order_column(const ast::OrderItem& item);
  void group();
  ExprRef over_keys(const ExprRef& expr);
  void make_distinct();

  void add(ExprRef expr, std::string name);
  bool is_input_column(const std::string& name) const;
  std::optional<uint32_t> find_output(const std::string& name) const;
  bool check_position(uint32_t position, std::string_view clause, Span span);

  Binder& binder_;
  const ast::Select& select_;
  const CommonTableScope* ctes_;
  Scope scope_;
  NodeRef node_;
  std::vector<plan::AggregateCall> calls_;
  std::vector<ExprRef> exprs_;  // The SELECT list, then hidden columns for ORDER BY.
  std::vector<std::string> names_;
  uint32_t visible_ = 0;
  std::vector<ExprRef> keys_;
  ExprRef having_;
  std::vector<catalog::OrderKey> order_;
  bool ok_ = true;
};

void SelectBinder::bind_where() {
  if (!select_.where) return;
  ExprRef predicate = binder_.bind_boolean(*select_.where, {&scope_, "WHERE"}, "the condition of WHERE");
  ok_ = ok_ && predicate;
  if (predicate) node_ = plan::filter(node_, std::move(predicate), select_.where->span);
}

void SelectBinder::add(ExprRef expr, std::string name) {
  if (expr && expr->type.id == sql::TypeId::kUnknown) {
    expr = binder_.coerce(expr, {sql::TypeId::kText}, sql::CastContext::kImplicit, expr->span, "a column");
  }
  ok_ = ok_ && expr;
  exprs_.push_back(std::move(expr));
  names_.push_back(std::move(name));
}

void SelectBinder::bind_star(const ast::Star& star, Span span) {
  bool found = false;
  for (const ScopeTable& table : scope_.tables) {
    if (star.qualifier && star.qualifier->name != table.name) continue;
    found = true;
    for (uint32_t i = 0; i < table.columns.size(); ++i) {
      const plan::OutputColumn& c = table.columns[i];
      // A column without a type had an error in its declaration, which was reported.
      ok_ = ok_ && c.type.id != sql::TypeId::kUnknown;
      if (c.type.id != sql::TypeId::kUnknown)
        add(plan::column(table.first + i, c.name, c.type, c.nullable, span), c.name);
    }
  }
  if (found) return;
  binder_.report_unknown_table(star.qualifier->name, star.qualifier->span, scope_);
  ok_ = false;
}

void SelectBinder::bind_list() {
  const ExprContext context{&scope_, "SELECT", &calls_};
  for (const ast::SelectItem& item : select_.items) {
    if (const auto* star = std::get_if<ast::Star>(&item.expr->node)) {
      bind_star(*star, item.expr->span);
      continue;
    }
    const size_t calls_before = calls_.size();
    ExprRef expr = binder_.bind_expr(*item.expr, context);
    std::string name = item.alias ? item.alias->name : implied_name(*item.expr);
    // A call that stands alone is known by the name of its column.
    const bool stands_alone =
        expr && calls_.size() == calls_before + 1 && std::holds_alternative<plan::Column>(expr->node);
    if (stands_alone) calls_.back().name = name;
    add(std::move(expr), std::move(name));
  }
  visible_ = static_cast<uint32_t>(exprs_.size());
}

bool SelectBinder::is_input_column(const std::string& name) const {
  for (const ScopeTable& table : scope_.tables) {
    for (const plan::OutputColumn& c : table.columns) {
      if (c.name == name) return true;
    }
  }
  return false;
}

std::optional<uint32_t> SelectBinder::find_output(const std::string& name) const {
  for (uint32_t i = 0; i < visible_; ++i) {
    if (names_[i] == name) return i;
  }
  return std::nullopt;
}

bool SelectBinder::check_position(uint32_t position, std::string_view clause, Span span) {
  if (position >= 1 && position <= visible_) return true;
  binder_.sink_.report(diag::Code::kInvalidPosition, span,
                       fmt::format("{} position {} is not in the SELECT list", clause, position),
                       fmt::format("positions go from 1 to {}", visible_));
  return false;
}

/// A position, a column of the input, or the name of an output, in this order.
ExprRef SelectBinder::bind_key(const ast::Expr& key) {
  ExprRef bound;
  if (const std::optional<uint32_t> position = position_of(key)) {
    if (check_position(*position, "GROUP BY", key.span)) bound = exprs_[*position - 1];
  } else {
    const std::string* name = bare_name(key);
    const std::optional<uint32_t> output =
        name && !is_input_column(*name) ? find_output(*name) : std::nullopt;
    bound = output ? exprs_[*output] : binder_.bind_expr(key, {&scope_, "GROUP BY"});
    if (bound && bound->type.id == sql::TypeId::kUnknown) {
      bound = binder_.coerce(bound, {sql::TypeId::kText}, sql::CastContext::kImplicit, key.span, "a key");
    }
  }
  if (!bound) return nullptr;
  bool has_aggregate = false;
  plan::for_each_column(bound, [&](const plan::Column& c) {
    has_aggregate = has_aggregate || c.index >= kFirstAggregateColumn;
  });
  if (!has_aggregate) return bound;
  binder_.sink_.report(diag::Code::kMisplacedAggregate, key.span, "aggregates are not allowed in GROUP BY");
  return nullptr;
}

void SelectBinder::bind_group_by() {
  for (const ast::ExprPtr& key : select_.group_by) {
    ExprRef bound = bind_key(*key);
    ok_ = ok_ && bound;
    if (bound) keys_.push_back(std::move(bound));
  }
}

void SelectBinder::bind_having() {
  if (!select_.having) return;
  having_ = binder_.bind_boolean(*select_.having, {&scope_, "HAVING", &calls_}, "the condition of HAVING");
  ok_ = ok_ && having_;
}

/// An output's position or name, or an expression over the input, which becomes a hidden column.
std::optional<uint32_t> SelectBinder::order_column(const ast::OrderItem& item) {
  if (const std::optional<uint32_t> position = position_of(*item.expr)) {
    return check_position(*position, "ORDER BY", item.expr->span) ? std::optional(*position - 1)
                                                                  : std::nullopt;
  }
  if (const std::string* name = bare_name(*item.expr)) {
    if (const std::optional<uint32_t> output = find_output(*name)) return output;
  }
  ExprRef expr = binder_.bind_expr(*item.expr, {&scope_, "ORDER BY", &calls_});
  if (!expr) return std::nullopt;
  for (uint32_t i = 0; i < exprs_.size(); ++i) {
    if (exprs_[i] && plan::equal(exprs_[i], expr)) return i;
  }
  if (select_.distinct) {
    binder_.sink_.report(diag::Code::kInvalidPosition, item.expr->span,
                         "for SELECT DISTINCT, ORDER BY expressions must be in the SELECT list");
    return std::nullopt;
  }
  add(std::move(expr), fmt::format("order_{}", order_.size() + 1));
  return static_cast<uint32_t>(exprs_.size() - 1);
}

void SelectBinder::bind_order_by(const std::vector<ast::OrderItem>& order_by) {
  for (const ast::OrderItem& item : order_by) {
    const std::optional<uint32_t> column = order_column(item);
    ok_ = ok_ && column;
    if (column) order_.push_back({*column, item.descending, item.nulls_first.value_or(item.descending)});
  }
}

ExprRef SelectBinder::over_keys(const ExprRef& expr) {
  ExprRef culprit;
  ExprRef rewritten = over_groups(expr, keys_, culprit);
  if (rewritten) return rewritten;
  const std::string& name = std::get<plan::Column>(culprit->node).name;
  binder_.sink_.report(diag::Code::kNotGrouped, culprit->span,
                       fmt::format("column \"{}\" must appear in GROUP BY or be used in an aggregate", name),
                       has_min(culprit->type.id)
                           ? fmt::format("add \"{0}\" to GROUP BY, or write MIN(\"{0}\")", name)
                           : fmt::format("add \"{}\" to GROUP BY", name));
  ok_ = false;
  return nullptr;
}

void SelectBinder::group() {
  if (!select_.has_group_by && calls_.empty() && !having_) return;
  for (ExprRef& e : exprs_) e = over_keys(e);
  if (having_) having_ = over_keys(having_);
  if (!ok_) return;
  std::vector<std::string> names = aggregate_names(keys_, calls_);
  node_ = plan::aggregate(node_, std::move(keys_), std::move(calls_), select_.has_group_by, std::move(names),
                          select_.span, binder_.query_name_);
  if (having_) node_ = plan::filter(node_, having_, select_.having->span);
}

void SelectBinder::make_distinct() {
  std::vector<ExprRef> keys;
  for (uint32_t i = 0; i < node_->columns.size(); ++i)
    keys.push_back(plan::column_of(*node_, i, exprs_[i]->span));
  node_ = plan::aggregate(node_, std::move(keys), {}, true, names_, select_.span,
                          binder_.query_name_ + "_distinct");
}

std::optional<BoundQuery> SelectBinder::bind(const std::vector<ast::OrderItem>& order_by) {
  node_ = binder_.bind_from(select_, ctes_, scope_);
  if (!node_) return std::nullopt;
  bind_where();
  bind_list();
  bind_group_by();
  bind_having();
  bind_order_by(order_by);
  if (!ok_) return std::nullopt;
  group();
  if (!ok_) return std::nullopt;
  node_ = plan::project(node_, exprs_, names_, select_.span);
  if (select_.distinct) make_distinct();
  return BoundQuery{std::move(node_), visible_, std::move(order_)};
}

std::optional<BoundQuery> Binder::bind_select(const ast::Select& select,
                                              const std::vector<ast::OrderItem>& order_by,
                                              const CommonTableScope* ctes) {
  return SelectBinder(*this, select, ctes).bind(order_by);
}

}  // namespace sqlmill::bind
