// Bound scalar expressions: every name is a column of the input row or a function of the registry, every type
// is known, every coercion is a call. Immutable and shared; equal expressions are found by structure.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/source/source.h"
#include "runtime/sql/function.h"

namespace sqlmill::plan {

namespace sql = rt::sql;
using source::Span;

struct Expr;
using ExprRef = std::shared_ptr<const Expr>;
struct Node;
using NodeRef = std::shared_ptr<const Node>;

/// A column of the row that the expression is evaluated on.
struct Column {
  uint32_t index;
  std::string name;  // For people; not part of equality.
};
struct Constant {
  sql::Datum value;
  std::shared_ptr<rt::base::Arena> memory;  // Of the value's out-of-line bytes.
};
/// A function, operator or cast.
struct Call {
  const sql::Function* function;
  std::vector<ExprRef> arguments;
};
/// Not counting its arguments.
bool fails_by_itself(const Call& call);
/// Three-valued AND and OR of two or more operands.
struct Logical {
  bool is_and;
  std::vector<ExprRef> operands;
};
struct Not {
  ExprRef operand;
};
enum class Test : uint8_t { kNull, kTrue, kFalse };
/// IS [NOT] NULL, TRUE, FALSE; never NULL itself. IS UNKNOWN is kNull.
struct Is {
  ExprRef operand;
  Test test;
  bool negated;
};
struct IsDistinct {
  ExprRef left;
  ExprRef right;
  bool negated;
};
/// The first branch whose condition is true. Only what is taken is evaluated.
struct Case {
  std::vector<std::pair<ExprRef, ExprRef>> branches;
  ExprRef otherwise;
};
struct Coalesce {
  std::vector<ExprRef> arguments;
};
/// GREATEST and LEAST: NULLs are ignored.
struct Extreme {
  bool greatest;
  std::vector<ExprRef> arguments;
};
/// `operand IN (constants)`: none of the constants is NULL.
struct InSet {
  ExprRef operand;
  std::vector<ExprRef> constants;
};

// ---- Only in ad hoc queries so far ----

/// A value that a subquery, or the right side of a lateral join, takes from the row around it: the n-th of
/// that node's `parameters`. A plan sees no row but its own, so what is taken from further out is passed on
/// from level to level.
struct Parameter {
  uint32_t index;
  std::string name;  // For people; not part of equality.
};
/// `$1` is 0: a value that comes with the execution of the statement.
struct StatementParameter {
  uint32_t index;
};
enum class SubqueryForm : uint8_t {
  kScalar,  // The one column of at most one row, NULL if there is none.
  kExists,
  kAny,    // True if `comparison` is true for some row, else NULL if it is for some row, else false.
  kAll,    // False if it is false for some row, else NULL if it is for some row, else true.
  kArray,  // The one column of all rows.
};
/// A query within an expression. `x IN (…)` is kAny with `=`, NOT IN its negation. Never legal in a view.
struct Subquery {
  SubqueryForm form;
  NodeRef query;                    // Over `Parameter`s, if it is correlated.
  std::vector<ExprRef> parameters;  // Over the row around it.
  std::vector<ExprRef> operands;    // Of kAny and kAll: the left side, over the row around it.
  ExprRef comparison;               // Over the operands, then the columns of `query`.
};

/// Whether views know the expression.
template <class Node>
inline constexpr bool kExprInViews =
    !std::is_same_v<Node, Parameter> && !std::is_same_v<Node, StatementParameter> &&
    !std::is_same_v<Node, Subquery>;

struct Expr {
  std::variant<Column, Constant, Call, Logical, Not, Is, IsDistinct, Case, Coalesce, Extreme, InSet,
               Parameter, StatementParameter, Subquery>
      node;
  sql::Type type;
  bool nullable;
  bool can_fail;  // This node or one below it.
  Span span;
};

ExprRef column(uint32_t index, std::string name, sql::Type type, bool nullable, Span span,
               bool can_fail = false);
/// Copies the value's bytes.
ExprRef constant(const sql::Datum& value, sql::Type type, Span span);
ExprRef null_constant(sql::Type type, Span span);
ExprRef call(const sql::Function* function, std::vector<ExprRef> arguments, sql::Type type, Span span);
ExprRef logical(bool is_and, std::vector<ExprRef> operands, Span span);
ExprRef negate(ExprRef operand, Span span);
ExprRef is(ExprRef operand, Test test, bool negated, Span span);
ExprRef is_distinct(ExprRef left, ExprRef right, bool negated, Span span);
ExprRef case_when(std::vector<std::pair<ExprRef, ExprRef>> branches, ExprRef otherwise, sql::Type type,
                  Span span);
ExprRef coalesce(std::vector<ExprRef> arguments, sql::Type type, Span span);
ExprRef extreme(bool greatest, std::vector<ExprRef> arguments, sql::Type type, Span span);
ExprRef in_set(ExprRef operand, std::vector<ExprRef> constants, Span span);
ExprRef parameter(uint32_t index, std::string name, sql::Type type, bool nullable, Span span);
ExprRef statement_parameter(uint32_t index, sql::Type type, Span span);
/// Of kScalar and kArray `type` is the result's; of the others boolean.
ExprRef subquery(Subquery node, sql::Type type, Span span);

/// The constant's value if the expression is one.
const sql::Datum* as_constant(const ExprRef& expr);
bool equal(const ExprRef& a, const ExprRef& b);
size_t hash(const ExprRef& expr);
/// Direct operands over the same row, in order. Of a subquery: its parameters, then its left side.
std::vector<ExprRef> operands(const ExprRef& expr);
/// The same node with other operands, its type and flags derived again.
ExprRef with_operands(const ExprRef& expr, std::vector<ExprRef> operands);
/// Replaces every column by `replacement(column)`; unchanged parts are shared.
ExprRef substitute(const ExprRef& expr,
                   const std::function<ExprRef(const Column&, const Expr&)>& replacement);
/// The same for parameters.
ExprRef substitute_parameters(const ExprRef& expr,
                              const std::function<ExprRef(const Parameter&, const Expr&)>& replacement);
/// Calls `visit` for each column reference.
void for_each_column(const ExprRef& expr, const std::function<void(const Column&)>& visit);
/// Number of nodes.
size_t size(const ExprRef& expr);
/// SQL-like text: `event_type = 'page_view'`.
std::string to_string(const ExprRef& expr);

}  // namespace sqlmill::plan
