// The expressions of the syntax tree.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/source/source.h"

namespace sqlmill::ast {

using source::Span;

struct Identifier {
  std::string name;
  Span span;
};

/// `varchar(20)`, `numeric(10, 2)`, `timestamp with time zone`; the name is folded and has single spaces.
struct TypeName {
  std::string name;
  std::vector<int64_t> modifiers;
  Span span;
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;
struct Query;
using QueryPtr = std::unique_ptr<Query>;

/// `events`, `public.events`; the name of the database before it is dropped by the parser.
struct RelationName {
  std::optional<Identifier> schema;
  Identifier name;
  Span span;
};

// ---- Expressions ----

struct NullLiteral {};
struct BooleanLiteral {
  bool value;
};
/// Digits as written: `12`, `1.50`, `1e3`.
struct NumberLiteral {
  std::string digits;
};
/// With quotes and escapes resolved.
struct StringLiteral {
  std::string value;
};
/// `session_id`, `e.session_id`.
struct ColumnName {
  std::vector<Identifier> parts;
};
/// `*`, `e.*`, `(f(x)).*`; in a SELECT list, and as the argument of count.
struct Star {
  std::optional<Identifier> qualifier;
  ExprPtr value = nullptr;
};
/// `$1`.
struct Parameter {
  uint32_t number;  // From 1.
};
struct Unary {
  std::string op;  // "-", "+", "not"
  ExprPtr operand;
};
struct Binary {
  std::string op;  // By its sign, "!=" as "<>"; "and", "or".
  Span op_span;
  ExprPtr left;
  ExprPtr right;
};
enum class Test : uint8_t { kNull, kTrue, kFalse, kUnknown };
/// `x IS [NOT] NULL`, `TRUE`, `FALSE`, `UNKNOWN`.
struct Is {
  ExprPtr operand;
  Test test;
  bool negated;
};
/// `a IS [NOT] DISTINCT FROM b`.
struct IsDistinct {
  ExprPtr left;
  ExprPtr right;
  bool negated;
};
struct Like {
  ExprPtr operand;
  ExprPtr pattern;
  ExprPtr escape;  // Null: backslash.
  bool case_insensitive;
  bool negated;
};
struct InList {
  ExprPtr operand;
  std::vector<ExprPtr> items;
  bool negated;
};
struct Between {
  ExprPtr operand;
  ExprPtr low;
  ExprPtr high;
  bool symmetric;
  bool negated;
};
struct Case {
  ExprPtr operand;  // Null in the searched form.
  std::vector<std::pair<ExprPtr, ExprPtr>> branches;
  ExprPtr otherwise;  // May be null.
};
struct CastTo {
  ExprPtr operand;
  TypeName type;
};
/// `timestamp '2026-04-01'`, `interval '1 day'`.
struct TypedLiteral {
  TypeName type;
  std::string value;
};
struct OrderItem {
  ExprPtr expr;
  bool descending = false;
  std::optional<bool> nulls_first;
};
enum class FrameUnit : uint8_t { kRows, kRange, kGroups };
enum class FrameBoundKind : uint8_t {
  kUnboundedPreceding,
  kPreceding,
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing
};
struct FrameBound {
  FrameBoundKind kind = FrameBoundKind::kCurrentRow;
  ExprPtr offset;  // Of kPreceding and kFollowing.
};
enum class FrameExclusion : uint8_t { kNone, kCurrentRow, kGroup, kTies };
struct Frame {
  FrameUnit unit;
  FrameBound begin;
  FrameBound end;
  FrameExclusion exclusion = FrameExclusion::kNone;
  Span span;
};
/// `(w PARTITION BY a ORDER BY b ROWS …)`, and `w` alone.
struct WindowSpec {
  std::optional<Identifier> base;
  bool is_name = false;  // OVER w: the named window itself.
  std::vector<ExprPtr> partition;
  std::vector<OrderItem> order;
  std::optional<Frame> frame;
  Span span;
};
/// A function, aggregate or window call. Special syntax arrives as a call of PostgreSQL's function of the
/// same meaning: EXTRACT(f FROM x) as extract('f', x), SUBSTRING(x FROM a FOR b) as substr(x, a, b), TRIM as
/// btrim/ltrim/rtrim, POSITION(a IN b) as strpos(b, a), COALESCE, NULLIF, GREATEST, LEAST by their names, `x
/// AT TIME ZONE z` as timezone(z, x).
struct Call {
  Identifier name;
  std::vector<ExprPtr> arguments;
  std::vector<Identifier> names = {};  // Of the last arguments: `f(1, days => 2)`.
  bool distinct = false;
  ExprPtr filter;                   // FILTER (WHERE …); null: none.
  std::vector<OrderItem> order_by;  // Within the parentheses, or WITHIN GROUP's.
  bool within_group = false;
  bool ignore_nulls = false;
  std::unique_ptr<WindowSpec> over;  // Null: none.
};
/// `ARRAY[a, b]`; an item may be `[c, d]` of an array of arrays, which is an ArrayLiteral, too.
struct ArrayLiteral {
  std::vector<ExprPtr> items;
};
/// `x[i]`, `x[a:b]`.
struct Subscript {
  ExprPtr operand;
  ExprPtr lower;  // Of `x[i]`: i. Of a slice it may be null.
  ExprPtr upper;
  bool is_slice;
};
/// `ROW(a, b)`, `(a, b)`.
struct Row {
  std::vector<ExprPtr> items;
};
struct Collate {
  ExprPtr operand;
  Identifier collation;
};
enum class SubqueryForm : uint8_t { kScalar, kExists, kIn, kAny, kAll, kArray };
/// `(SELECT …)`, `EXISTS (SELECT …)`, `x [NOT] IN (SELECT …)`, `x < ANY (SELECT …)`, `ARRAY (SELECT …)`.
struct Subquery {
  SubqueryForm form;
  QueryPtr query;
  ExprPtr operand = nullptr;  // Of kIn, kAny and kAll.
  std::string op = {};        // Of kAny and kAll.
  bool negated = false;       // NOT IN.
};
/// `x = ANY (array)`, `x < ALL (array)`.
struct AnyOfArray {
  ExprPtr operand;
  std::string op;
  bool all;
  ExprPtr array;
};
/// Anything else that the grammar accepts and nothing supports yet.
struct Unsupported {
  std::string feature;
  std::string hint;  // What to write instead; may be empty.
};

struct Expr {
  Span span;
  std::variant<NullLiteral, BooleanLiteral, NumberLiteral, StringLiteral, ColumnName, Star, Parameter, Unary,
               Binary, Is, IsDistinct, Like, InList, Between, Case, CastTo, TypedLiteral, Call, ArrayLiteral,
               Subscript, Row, Collate, Subquery, AnyOfArray, Unsupported>
      node;
};

}  // namespace sqlmill::ast
