// The syntax tree: what the user wrote, with spans, before any name is looked up. Plain structs; the parser
// makes them, the binder reads them. Identifiers are already folded (unquoted ones to lower case).
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
/// `*`, `e.*`; in a SELECT list, and as the argument of count.
struct Star {
  std::optional<Identifier> qualifier;
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
/// A function or aggregate call. Special syntax arrives as a call of PostgreSQL's function of the same
/// meaning: EXTRACT(f FROM x) as extract('f', x), SUBSTRING(x FROM a FOR b) as substr(x, a, b), TRIM as
/// btrim/ltrim/rtrim, POSITION(a IN b) as strpos(b, a), COALESCE, NULLIF, GREATEST, LEAST by their names, `x
/// AT TIME ZONE z` as timezone(z, x).
struct Call {
  Identifier name;
  std::vector<ExprPtr> arguments;
  bool distinct = false;
  ExprPtr filter;  // FILTER (WHERE …); null: none.
};
/// `(SELECT …)`, `EXISTS (SELECT …)`, `x IN (SELECT …)`: parsed so that the message can name them.
struct Subquery {
  QueryPtr query;
  std::string form;  // "scalar subquery", "EXISTS", "IN (SELECT …)"
};
/// Anything else that the grammar accepts and nothing supports yet: window calls, arrays, ROW(…).
struct Unsupported {
  std::string feature;  // "window functions (OVER)"
  std::string hint;     // What to write instead; may be empty.
};

struct Expr {
  Span span;
  std::variant<NullLiteral, BooleanLiteral, NumberLiteral, StringLiteral, ColumnName, Star, Unary, Binary, Is,
               IsDistinct, Like, InList, Between, Case, CastTo, TypedLiteral, Call, Subquery, Unsupported>
      node;
};

// ---- Queries ----

struct SelectItem {
  ExprPtr expr;
  std::optional<Identifier> alias;
};

struct TableName {
  Identifier name;  // Without a schema; `public.` is dropped by the parser.
};
struct FromItem;
struct Derived {
  QueryPtr query;
};
/// Joins and table functions (tumble, hop, generate_series): accepted by the grammar, named in the message.
struct UnsupportedFrom {
  std::string feature;
  std::string hint;
};
struct FromItem {
  std::variant<TableName, Derived, UnsupportedFrom> source;
  std::optional<Identifier> alias;
  std::vector<Identifier> column_aliases;
  Span span;
};

struct OrderItem {
  ExprPtr expr;
  bool descending = false;
  std::optional<bool> nulls_first;
};

struct Select {
  bool distinct = false;
  std::vector<SelectItem> items;
  std::vector<FromItem> from;  // More than one is a cross join.
  ExprPtr where;
  std::vector<ExprPtr> group_by;
  bool has_group_by = false;
  ExprPtr having;
  Span span;
};

struct ValuesRows {
  std::vector<std::vector<ExprPtr>> rows;
  Span span;
};

/// `left UNION [ALL] right` and its kin.
struct SetOperation {
  std::string op;  // "union", "intersect", "except"
  bool all;
  QueryPtr left;
  QueryPtr right;
  Span op_span;
};

struct CommonTable {
  Identifier name;
  std::vector<Identifier> column_aliases;
  QueryPtr query;
};

/// A clause that parses and is not supported yet (LIMIT, WINDOW, EMIT ON WINDOW CLOSE, …).
struct UnsupportedClause {
  std::string feature;
  std::string hint;
  Span span;
};

struct Query {
  std::vector<CommonTable> with;
  bool recursive = false;
  std::variant<Select, ValuesRows, SetOperation> body;
  std::vector<OrderItem> order_by;
  std::vector<UnsupportedClause> unsupported;
  Span span;
};

// ---- Statements ----

struct ColumnDef {
  Identifier name;
  TypeName type;
  bool not_null = false;
  bool primary_key = false;
  ExprPtr default_value;                       // Null: none.
  std::vector<UnsupportedClause> unsupported;  // Generated columns, CHECK, REFERENCES.
  Span span;
};

/// `properties.bootstrap.server = 'a:9092'`; the key is folded unless quoted.
struct Option {
  Identifier key;
  std::string value;
  Span value_span;
};

/// `FORMAT PLAIN ENCODE JSON ( … )`.
struct Format {
  Identifier format;  // Lower case: plain, upsert, debezium.
  Identifier encode;  // Lower case: json, avro, …
  std::vector<Option> options;
  Span span;
};

/// `INCLUDE key AS k`, `INCLUDE header 'trace' AS t`, `INCLUDE timestamp`.
struct Include {
  Identifier what;  // key, partition, offset, timestamp, header, payload
  std::optional<std::string> header_name;
  std::optional<TypeName> type;
  std::optional<Identifier> alias;
  Span span;
};

enum class RelationKind : uint8_t { kSource, kTable };

/// CREATE SOURCE and CREATE TABLE share their clauses.
struct CreateRelation {
  RelationKind kind;
  Identifier name;
  bool if_not_exists = false;
  std::vector<ColumnDef> columns;
  std::vector<Identifier> primary_key;  // The table constraint; empty: none.
  bool append_only = false;
  std::vector<Include> includes;
  std::vector<Option> options;
  std::optional<Format> format;
  std::vector<UnsupportedClause> unsupported;  // WATERMARK FOR, ON CONFLICT, AS SELECT, …
};

struct CreateView {
  Identifier name;
  bool materialized;
  bool if_not_exists = false;
  std::vector<Identifier> columns;
  QueryPtr query;
  std::vector<UnsupportedClause> unsupported;
};

struct CreateSink {
  Identifier name;
  bool if_not_exists = false;
  std::optional<Identifier> from;  // Or a query.
  QueryPtr query;
  std::vector<Option> options;
  std::optional<Format> format;
  std::vector<UnsupportedClause> unsupported;
};

struct CreateIndex {
  std::optional<Identifier> name;
  bool if_not_exists = false;
  Identifier relation;
  std::vector<OrderItem> keys;
  std::vector<Identifier> include;
  std::vector<UnsupportedClause> unsupported;
};

/// DEFAULT in a row of VALUES is a null pointer.
struct Insert {
  Identifier table;
  std::vector<Identifier> columns;
  std::vector<std::vector<ExprPtr>> rows;
  std::vector<UnsupportedClause> unsupported;  // SELECT, ON CONFLICT, RETURNING
};

struct Update {
  Identifier table;
  std::optional<Identifier> alias;
  std::vector<std::pair<Identifier, ExprPtr>> assignments;  // A null expression is DEFAULT.
  ExprPtr where;
  std::vector<UnsupportedClause> unsupported;
};

struct Delete {
  Identifier table;
  std::optional<Identifier> alias;
  ExprPtr where;
  std::vector<UnsupportedClause> unsupported;
};

/// A statement that parses and is not supported yet (DROP …, ALTER …, SET …, CREATE FUNCTION, a bare SELECT).
struct UnsupportedStatement {
  std::string feature;
  std::string hint;
};

struct Statement {
  Span span;  // Without the semicolon.
  std::variant<CreateRelation, CreateView, CreateSink, CreateIndex, Insert, Update, Delete,
               UnsupportedStatement>
      node;
};

struct Script {
  std::vector<Statement> statements;
  /// Names that CREATE statements with an error would have defined; that they do not exist is no error of who
  /// reads them.
  std::vector<std::string> unparsed_relations;
  /// Places of values that no message may show, also of statements with an error; in order.
  std::vector<Span> secrets;
};

}  // namespace sqlmill::ast
