// Bound scalar expressions: every name is a column of the input row or a function of the registry, every type
// is known, every coercion is a call. Immutable and shared; equal expressions are found by structure.
#pragma once

#include <functional>
#include <memory>
#include <string>
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

struct Expr {
  std::variant<Column, Constant, Call, Logical, Not, Is, IsDistinct, Case, Coalesce, Extreme, InSet> node;
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

/// The constant's value if the expression is one.
const sql::Datum* as_constant(const ExprRef& expr);
bool equal(const ExprRef& a, const ExprRef& b);
size_t hash(const ExprRef& expr);
/// Direct operands, in order.
std::vector<ExprRef> operands(const ExprRef& expr);
/// The same node with other operands, its type and flags derived again.
ExprRef with_operands(const ExprRef& expr, std::vector<ExprRef> operands);
/// Replaces every column by `replacement(column)`; unchanged parts are shared.
ExprRef substitute(const ExprRef& expr,
                   const std::function<ExprRef(const Column&, const Expr&)>& replacement);
/// Calls `visit` for each column reference.
void for_each_column(const ExprRef& expr, const std::function<void(const Column&)>& visit);
/// Number of nodes.
size_t size(const ExprRef& expr);
/// SQL-like text: `event_type = 'page_view'`.
std::string to_string(const ExprRef& expr);

}  // namespace sqlmill::plan
