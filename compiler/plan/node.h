// The logical plan: a tree (with shared parts) of relational operators over bound expressions. A node's
// columns are what its consumers see. Immutable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "compiler/plan/expr.h"
#include "runtime/sql/aggregates/aggregate.h"

namespace sqlmill::catalog {
struct Relation;
}

namespace sqlmill::plan {

/// A relation with rows: in a view a source or a table, all declared columns; in an ad hoc query a table, a
/// materialized view (its visible columns) or a system relation.
struct Scan {
  const catalog::Relation* relation;
  std::optional<std::vector<uint32_t>> columns = {};  // Only these, in ascending order. In a view all.
};
struct Filter {
  NodeRef input;
  ExprRef predicate;
};
struct Project {
  NodeRef input;
  std::vector<ExprRef> exprs;
};
/// One expression of ORDER BY.
struct SortKey {
  ExprRef expr;
  bool descending;
  bool nulls_first;
};
/// `SUM(DISTINCT x) FILTER (WHERE p)`.
struct AggregateCall {
  const sql::Aggregate* function;
  ExprRef argument;  // Null for count(*).
  ExprRef filter;    // Null: none.
  bool distinct;
  std::string name;  // For people.
  Span span;
  // Only in ad hoc queries so far.
  std::vector<ExprRef> more_arguments = {};  // The second on: the separator of string_agg.
  std::vector<SortKey> order = {};           // ORDER BY within the call, or WITHIN GROUP's.
  bool within_group = false;  // Then the arguments are the direct ones, evaluated once a group.
};
/// Output: the keys, then the calls. Without keys and with `grouped` false there is always one row. DISTINCT
/// is keys without calls.
struct Aggregate {
  NodeRef input;
  std::vector<ExprRef> keys;
  std::vector<AggregateCall> calls;
  bool grouped;
  // GROUPING SETS, ROLLUP and CUBE: one grouping by each of these lists of keys, a key outside of it is NULL
  // in its rows; the empty list has its row even over no input. Then a last column, an integer, is the number
  // of the row's list. Empty: one grouping by all keys, no such column. Never in a view.
  std::vector<std::vector<uint32_t>> sets = {};
};
/// UNION ALL; all inputs have the same column types.
struct Union {
  std::vector<NodeRef> inputs;
};

// ---- Only in ad hoc queries so far ----

/// Rows of expressions that read no column; at least one row. SELECT without FROM reads one row of no
/// columns.
struct Values {
  std::vector<std::vector<ExprRef>> rows;
};

enum class TableFunctionKind : uint8_t {
  kGenerateSeries,  // (start, stop [, step]) of integers, numerics, timestamps.
  kUnnest,          // Of an array.
  kJsonbArrayElements,
  kJsonbArrayElementsText,
  kJsonbEach,
  kJsonbEachText,
  kJsonbObjectKeys,
  kJsonbPathQuery,  // (jsonb, path, variables, silent)
  kRegexpMatches,   // (text, pattern, flags): an array of texts for each match.
  kRegexpSplitToTable,
  kStringToTable,
};
/// A function in FROM. Reads no column: what it takes from tables to its left comes as `Parameter`s of a
/// lateral join.
struct TableFunction {
  TableFunctionKind kind;
  std::vector<ExprRef> arguments;
  bool ordinality;  // A last column counts from 1.
};

enum class JoinKind : uint8_t {
  kInner,
  kLeft,
  kRight,
  kFull,
  kSemi,  // Rows of the left that have a match; only the left's columns.
  kAnti,  // Rows of the left that have none.
};
struct Join {
  JoinKind kind;
  NodeRef left;
  NodeRef right;
  ExprRef condition;                // Over the left's columns, then the right's. Null: true.
  std::vector<ExprRef> parameters;  // Over the left's columns. Not empty: the join is lateral, `right` is run
                                    // for each of its rows.
};

enum class FrameUnit : uint8_t { kRows, kRange, kGroups };
enum class FrameBound : uint8_t {
  kUnboundedPreceding,
  kPreceding,
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing
};
enum class FrameExclusion : uint8_t { kNone, kCurrentRow, kGroup, kTies };
struct Frame {
  FrameUnit unit = FrameUnit::kRange;
  FrameBound begin = FrameBound::kUnboundedPreceding;
  ExprRef begin_offset = nullptr;  // Over no column.
  FrameBound end = FrameBound::kCurrentRow;
  ExprRef end_offset = nullptr;
  FrameExclusion exclusion = FrameExclusion::kNone;
};
enum class WindowFunction : uint8_t {
  kAggregate,  // `call.function` over the frame.
  kRowNumber,
  kRank,
  kDenseRank,
  kPercentRank,
  kCumeDist,
  kNtile,
  kLag,
  kLead,
  kFirstValue,
  kLastValue,
  kNthValue,
};
struct WindowCall {
  WindowFunction function;
  AggregateCall aggregate;         // Of kAggregate.
  std::vector<ExprRef> arguments;  // Of the others.
  bool ignore_nulls;
  Frame frame;
  sql::Type type;
  std::string name;  // For people.
};
/// All calls of one PARTITION BY and ORDER BY. Output: the input's columns, then the calls.
struct Window {
  NodeRef input;
  std::vector<ExprRef> partition;
  std::vector<SortKey> order;
  std::vector<WindowCall> calls;
};

struct Sort {
  NodeRef input;
  std::vector<SortKey> keys;
};
struct Limit {
  NodeRef input;
  ExprRef count;   // Over no column. Null: all.
  ExprRef offset;  // Null: 0.
  bool with_ties;  // Then the input is a Sort.
};
/// The first row of each key in the order: DISTINCT ON.
struct DistinctOn {
  NodeRef input;
  std::vector<ExprRef> keys;
  std::vector<SortKey> order;  // Begins with the keys, in some order. Empty: any row.
};
/// INTERSECT and EXCEPT. UNION is an Aggregate over a Union.
struct SetOperation {
  bool is_intersect;
  bool all;
  NodeRef left;
  NodeRef right;
};
/// WITH RECURSIVE: the base's rows, then those of `step` with WorkingTable as the rows that came last, until
/// none come.
struct Recursive {
  NodeRef base;
  NodeRef step;
  bool all;     // False: a row that was there already is dropped.
  uint32_t id;  // Of its WorkingTable.
};
struct WorkingTable {
  uint32_t id;
};
/// A query that several places read (WITH), or that must run once: its rows are kept.
struct Shared {
  NodeRef input;
};

struct OutputColumn {
  std::string name;
  sql::Type type;
  bool nullable;
};

struct Node {
  std::variant<Scan, Filter, Project, Aggregate, Union, Values, TableFunction, Join, Window, Sort, Limit,
               DistinctOn, SetOperation, Recursive, WorkingTable, Shared>
      op;
  std::vector<OutputColumn> columns;
  bool append_only;  // Never retracts.
  Span span;
  std::string name;  // Of aggregates: the view or CTE that they belong to, for people.
};

/// Whether views know the operator; what comes after these is for ad hoc queries.
template <class Op>
inline constexpr bool kInViews =
    std::is_same_v<Op, Scan> || std::is_same_v<Op, Filter> || std::is_same_v<Op, Project> ||
    std::is_same_v<Op, Aggregate> || std::is_same_v<Op, Union>;

/// All columns of a source, a table or a system relation, the visible ones of a materialized view.
NodeRef scan(const catalog::Relation* relation, Span span);
/// The same scan with some of its columns, in ascending order.
NodeRef scan_of(const Node& scan, const std::vector<uint32_t>& columns);
NodeRef filter(NodeRef input, ExprRef predicate, Span span);
NodeRef project(NodeRef input, std::vector<ExprRef> exprs, std::vector<std::string> names, Span span);
NodeRef aggregate(NodeRef input, std::vector<ExprRef> keys, std::vector<AggregateCall> calls, bool grouped,
                  std::vector<std::string> names, Span span, std::string name,
                  std::vector<std::vector<uint32_t>> sets = {});
NodeRef union_all(std::vector<NodeRef> inputs, std::vector<std::string> names, Span span);
NodeRef values(std::vector<std::vector<ExprRef>> rows, std::vector<std::string> names, Span span);
/// `columns` are those of the function, without that of the ordinality.
NodeRef table_function(TableFunctionKind kind, std::vector<ExprRef> arguments, bool ordinality,
                       std::vector<OutputColumn> columns, Span span);
NodeRef join(JoinKind kind, NodeRef left, NodeRef right, ExprRef condition, std::vector<ExprRef> parameters,
             Span span);
NodeRef window(NodeRef input, std::vector<ExprRef> partition, std::vector<SortKey> order,
               std::vector<WindowCall> calls, Span span);
NodeRef sort(NodeRef input, std::vector<SortKey> keys, Span span);
NodeRef limit(NodeRef input, ExprRef count, ExprRef offset, bool with_ties, Span span);
NodeRef distinct_on(NodeRef input, std::vector<ExprRef> keys, std::vector<SortKey> order, Span span);
NodeRef set_operation(bool is_intersect, bool all, NodeRef left, NodeRef right, Span span);
NodeRef recursive(NodeRef base, NodeRef step, bool all, uint32_t id, Span span);
NodeRef working_table(uint32_t id, std::vector<OutputColumn> columns, Span span);
NodeRef shared(NodeRef input, Span span);

/// The inputs, in order.
std::vector<NodeRef> children(const NodeRef& node);
/// The same operator over other inputs with the same columns.
NodeRef with_children(const NodeRef& node, std::vector<NodeRef> children);
/// The expressions, in order; what is optional and not there is left out.
std::vector<ExprRef> expressions(const NodeRef& node);
/// The same operator with other expressions, as many as `expressions` gives.
NodeRef with_expressions(const NodeRef& node, std::vector<ExprRef> exprs);
/// Whether two plans give the same rows by their structure.
bool equal(const NodeRef& a, const NodeRef& b);
size_t hash(const NodeRef& node);

/// A reference to column `index` of `node`.
ExprRef column_of(const Node& node, uint32_t index, Span span);

sql::Type result_type(const AggregateCall& call);
bool equal(const AggregateCall& a, const AggregateCall& b);
/// The arguments, in order.
std::vector<ExprRef> arguments(const AggregateCall& call);
/// Whether both are over the same values: arguments and filter, but perhaps another function.
bool over_same_values(const AggregateCall& a, const AggregateCall& b);
/// Whether an argument or the filter can.
bool can_fail(const AggregateCall& call);
/// min, max or any_value.
bool is_extreme(const AggregateCall& call);
std::string to_string(const AggregateCall& call);
std::string to_string(const std::vector<SortKey>& keys);
/// Indented text, one operator a line: `explain --stage plan`. The plans of subqueries are below the operator
/// whose expressions hold them.
std::string to_string(const NodeRef& node);
/// The same with a note behind each operator instead of whether it retracts.
std::string to_string(const NodeRef& node, const std::function<std::string(const Node&)>& note);

}  // namespace sqlmill::plan
