// What names mean at a place of a query: the tables around it, and what a subquery takes from further out.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/catalog/catalog.h"
#include "compiler/plan/node.h"

namespace sqlmill::bind {

using plan::ExprRef;
using plan::NodeRef;
using source::Span;
namespace sql = rt::sql;

/// A name and what it stands for, over the row of the scope.
struct ScopeColumn {
  std::string name;
  ExprRef value;
};

/// A table reference in FROM.
struct ScopeTable {
  std::string name;
  std::vector<ScopeColumn> columns;
  const catalog::Relation* relation = nullptr;  // If it is one without an alias of its columns.
  bool is_value = false;  // A function's rows of one value: its name alone is that value, not a row.
};

struct Closure;
struct CommonTableScope;

struct Scope {
  std::vector<ScopeTable> tables;    // For qualified names.
  std::vector<ScopeColumn> columns;  // For names alone and for `*`: columns that USING merges are there once.
  Closure* closure = nullptr;        // The subquery or the right side of a join that it is in.
  bool sees_lateral = false;  // If that is the right side of a join: whether the left's names are seen.
  const CommonTableScope* ctes = nullptr;  // For subqueries.
};

struct WindowCalls;
struct SetFunctions;

/// Where an expression stands, for its messages and for what is legal in it.
struct ExprContext {
  const Scope* scope;
  std::string_view clause;                                 // "WHERE", "GROUP BY", …
  std::vector<plan::AggregateCall>* aggregates = nullptr;  // Null: aggregates are not allowed here.
  bool inside_aggregate = false;
  WindowCalls* windows = nullptr;         // Null: window functions are not allowed here.
  SetFunctions* set_functions = nullptr;  // Null: functions that give several rows are not allowed here.
  std::vector<std::vector<ExprRef>>* groupings = nullptr;        // Calls of GROUPING; null: not allowed here.
  const std::vector<ast::NamedWindow>* named_windows = nullptr;  // In a window's definition.
};

/// A plan that is run for each row of another: a subquery, or the right side of a lateral join. What it takes
/// from the row around it becomes its parameters.
struct Closure {
  const ExprContext* around;
  uint32_t from;                    // Not 0: the right side of a join, in the FROM of this number.
  std::vector<ExprRef> parameters;  // Over the row around it.

  /// A reference to `value`, which is over the row around it.
  ExprRef take(const ExprRef& value, std::string name, Span span);

  /// What has been taken so far, here and further out; `rewind` forgets what was taken since.
  using Mark = std::vector<size_t>;
  Mark mark() const;
  void rewind(const Mark& mark);
};

/// All columns of `node` under one name; `node`'s row is that of the scope.
Scope scope_of(std::string name, const plan::Node& node, Span span);
/// Appends what is to the right of a join: its columns are `shift` further right in the row of `joined`,
/// whose columns say what can be NULL.
void append_scope(Scope& scope, Scope right, uint32_t shift);
/// The scope's values over the row of `joined`: a column as `joined` has it.
void follow_join(Scope& scope, const plan::Node& joined);

/// What is free in `node`: whether it takes something from around it.
bool has_parameters(const NodeRef& node);
/// Replaces the parameters that are free in `node`.
NodeRef substitute_parameters(
    const NodeRef& node,
    const std::function<ExprRef(const plan::Parameter&, const plan::Expr&)>& replacement);

}  // namespace sqlmill::bind
