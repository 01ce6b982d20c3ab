// One SELECT on its way from syntax to plan. select.cpp has the clauses in their order, grouping.cpp GROUP
// BY.
//
// Every expression is bound over the input row, with aggregate calls as columns from kFirstAggregateColumn
// on, window calls from kFirstWindowColumn and so on. When all are known, parts that equal a key become the
// key's column, aggregates their column behind the keys, and any input column that is left over is an error;
// then window calls become the columns behind those, and functions that give several rows theirs.
#pragma once

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

/// `2`, as a position in the SELECT list.
std::optional<uint32_t> position_of(const ast::Expr& expr);
/// `a`, as a name that may be an output's.
const std::string* bare_name(const ast::Expr& expr);

class SelectBinder {
 public:
  SelectBinder(Binder& binder, const ast::Select& select, const QueryContext& context)
      : binder_(binder), select_(select), context_(context) {
    windows_.named = &select.windows;
  }

  std::optional<BoundQuery> bind(const std::vector<ast::OrderItem>& order_by);

 private:
  using Sets = std::vector<std::vector<uint32_t>>;

  ExprContext context(std::string_view clause) {
    return {&scope_, clause, &calls_, false, &windows_, &set_functions_, &groupings_};
  }
  void bind_where();
  void bind_list();
  void bind_star(const ast::Star& star, Span span);
  void bind_group_by();
  Sets sets_of(const ast::GroupItem& item);
  Sets sets_of_items(const std::vector<ast::GroupItem>& items, ast::GroupItemKind kind, Span span);
  std::vector<uint32_t> keys_of(const ast::Expr& key);
  uint32_t add_key(ExprRef key);
  ExprRef bind_key(const ast::Expr& key);
  void bind_having();
  void bind_distinct_on();
  void bind_order_by(const std::vector<ast::OrderItem>& order_by);
  std::optional<uint32_t> order_column(const ast::Expr& expr, std::string_view clause);
  void group();
  void add_dependent_keys();
  bool is_dependent(uint32_t column) const;
  void bind_grouping_values();
  void check_direct_arguments();
  ExprRef over_keys(const ExprRef& expr);
  /// Calls `visit` for each expression that comes after grouping.
  void for_each_expr(const std::function<void(ExprRef&)>& visit);
  void add_windows();
  void add_set_functions();
  /// Has these called for each row of the input; the first of their columns, which stand behind the input's.
  uint32_t join_set_functions(std::vector<SetFunctions::Entry> entries);
  /// Those that keys of GROUP BY have are called side by side before the rows are grouped.
  void call_before_grouping();
  void drop_equal_set_functions(size_t first, ExprRef& key);
  /// Replaces columns from `first` on.
  void replace_columns(uint32_t first, uint32_t end,
                       const std::function<ExprRef(uint32_t, Span)>& replacement);
  void make_distinct();
  void make_distinct_on();

  void add(ExprRef expr, std::string name);
  bool is_input_column(const std::string& name) const;
  std::optional<uint32_t> find_output(const std::string& name, Span span, std::string_view clause);
  bool check_position(uint32_t position, std::string_view clause, Span span);

  Binder& binder_;
  const ast::Select& select_;
  const QueryContext& context_;
  Scope scope_;
  NodeRef node_;
  std::vector<plan::AggregateCall> calls_;
  WindowCalls windows_{};
  SetFunctions set_functions_;
  std::vector<std::vector<ExprRef>> groupings_;  // Arguments of the calls of GROUPING.
  std::vector<ExprRef> grouping_values_;         // What stands for them over the grouped row.
  std::vector<ExprRef> exprs_;                   // The SELECT list, then hidden columns for ORDER BY.
  std::vector<std::string> names_;
  uint32_t visible_ = 0;
  std::vector<ExprRef> keys_;
  Sets sets_;  // Of keys; empty: one of all.
  ExprRef having_;
  std::vector<uint32_t> distinct_on_;
  std::vector<catalog::OrderKey> order_;
  bool ok_ = true;
};

}  // namespace sqlmill::bind
