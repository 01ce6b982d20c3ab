// The syntax tree: what the user wrote, with spans, before any name is looked up. Plain structs; the parser
// makes them, the binder reads them. Identifiers are already folded (unquoted ones to lower case).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/ast/expr.h"

namespace sqlmill::ast {

// ---- Queries ----

struct SelectItem {
  ExprPtr expr;
  std::optional<Identifier> alias;
};

struct TableName {
  RelationName name;
};
struct FromItem;
struct Derived {
  QueryPtr query;
};
/// `generate_series(1, 3) WITH ORDINALITY`; also the windows of streams, tumble and hop.
struct FunctionCall {
  Identifier name;
  std::vector<ExprPtr> arguments;
  std::vector<Identifier> names = {};  // Of the last arguments.
  bool ordinality = false;
};
/// `ROWS FROM (f(x), g(y))`; WITH ORDINALITY is of all of them.
struct RowsFrom {
  std::vector<FunctionCall> calls;
  bool ordinality = false;
};
enum class JoinKind : uint8_t { kInner, kLeft, kRight, kFull, kCross };
struct Join {
  JoinKind kind;
  bool natural = false;
  std::string words;  // As written: `LEFT OUTER JOIN`.
  std::unique_ptr<FromItem> left;
  std::unique_ptr<FromItem> right;
  ExprPtr on;  // Null: none.
  std::vector<Identifier> using_columns;
  std::optional<Identifier> using_alias;
};
/// Accepted by the grammar, named in the message.
struct UnsupportedFrom {
  std::string feature;
  std::string hint;
};
struct FromItem {
  std::variant<TableName, Derived, FunctionCall, RowsFrom, Join, UnsupportedFrom> source;
  bool lateral = false;
  std::optional<Identifier> alias;
  std::vector<Identifier> column_aliases;
  std::vector<TypeName> column_types;  // `AS x(a int, b text)`: of each alias.
  Span span;
};

enum class GroupItemKind : uint8_t { kExpr, kEmpty, kRollup, kCube, kSets };
/// An item of GROUP BY; those of ROLLUP, CUBE and GROUPING SETS have items of their own.
struct GroupItem {
  GroupItemKind kind;
  ExprPtr expr;  // Of kExpr; a Row is a list of keys.
  std::vector<GroupItem> items;
  Span span;
};

struct NamedWindow {
  Identifier name;
  WindowSpec spec;
};

struct Select {
  bool distinct = false;
  std::vector<ExprPtr> distinct_on;
  std::vector<SelectItem> items;
  std::vector<FromItem> from;  // More than one is a cross join.
  ExprPtr where;
  std::vector<GroupItem> group_by;
  bool has_group_by = false;
  bool group_distinct = false;
  ExprPtr having;
  std::vector<NamedWindow> windows;
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

/// A clause that parses and is not supported yet (EMIT ON WINDOW CLOSE, …).
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
  ExprPtr limit;  // Null: ALL.
  ExprPtr offset;
  bool with_ties = false;
  std::vector<UnsupportedClause> unsupported;
  std::vector<UnsupportedClause> only_ad_hoc;  // Clauses that are legal, but not in a view.
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

/// `a = 1`, `(a, b) = (1, 2)`, `(a, b) = (SELECT …)`.
struct Assignment {
  std::vector<Identifier> columns;
  ExprPtr value;  // Null: DEFAULT. Of several columns: a Row, or a scalar Subquery.
  Span span;
};

struct OnConflict {
  std::vector<Identifier> columns;
  std::vector<Assignment> assignments;  // Empty: DO NOTHING.
  ExprPtr where;
  Span span;
};

// In these three `only_ad_hoc` are clauses that are legal, but not in a file, with their messages there.

/// DEFAULT in a row of VALUES is a null pointer.
struct Insert {
  std::vector<CommonTable> with;
  bool recursive = false;
  RelationName table;
  std::optional<Identifier> alias;
  std::vector<Identifier> columns;
  std::vector<std::vector<ExprPtr>> rows;
  QueryPtr query;  // Null: the rows. Neither: DEFAULT VALUES.
  std::optional<OnConflict> on_conflict;
  std::vector<SelectItem> returning;
  std::vector<UnsupportedClause> only_ad_hoc;
};

struct Update {
  std::vector<CommonTable> with;
  bool recursive = false;
  RelationName table;
  std::optional<Identifier> alias;
  std::vector<Assignment> assignments;
  std::vector<FromItem> from;
  ExprPtr where;
  std::vector<SelectItem> returning;
  std::vector<UnsupportedClause> only_ad_hoc;
};

struct Delete {
  std::vector<CommonTable> with;
  bool recursive = false;
  RelationName table;
  std::optional<Identifier> alias;
  std::vector<FromItem> from;  // USING.
  ExprPtr where;
  std::vector<SelectItem> returning;
  std::vector<UnsupportedClause> only_ad_hoc;
};

struct Statement;

struct SelectStatement {
  QueryPtr query;
};

/// `EXPLAIN (ANALYZE, FORMAT JSON) SELECT …`; the older `EXPLAIN ANALYZE VERBOSE` as the same options.
struct Explain {
  struct Setting {
    std::string name;   // Lower case.
    std::string value;  // Lower case; empty: none given.
    Span span;
  };
  std::vector<Setting> options;
  std::unique_ptr<Statement> statement;
};

/// A statement that parses and is not supported yet (DROP …, ALTER …, CREATE FUNCTION).
struct UnsupportedStatement {
  std::string feature;
  std::string hint;
};

struct Statement {
  Span span;  // Without the semicolon.
  std::variant<CreateRelation, CreateView, CreateSink, CreateIndex, Insert, Update, Delete, SelectStatement,
               Explain, UnsupportedStatement>
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
