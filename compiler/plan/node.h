// The logical plan: a tree (with shared parts) of relational operators over bound expressions. A node's
// columns are what its consumers see. Immutable.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "compiler/plan/expr.h"
#include "runtime/sql/aggregates/aggregate.h"

namespace sqlmill::catalog {
struct Relation;
}

namespace sqlmill::plan {

struct Node;
using NodeRef = std::shared_ptr<const Node>;

/// A source or a table, all declared columns.
struct Scan {
  const catalog::Relation* relation;
};
struct Filter {
  NodeRef input;
  ExprRef predicate;
};
struct Project {
  NodeRef input;
  std::vector<ExprRef> exprs;
};
/// `SUM(DISTINCT x) FILTER (WHERE p)`.
struct AggregateCall {
  const sql::Aggregate* function;
  ExprRef argument;  // Null for count(*).
  ExprRef filter;    // Null: none.
  bool distinct;
  std::string name;  // For people.
  Span span;
};
/// Output: the keys, then the calls. Without keys and with `grouped` false there is always one row. DISTINCT
/// is keys without calls.
struct Aggregate {
  NodeRef input;
  std::vector<ExprRef> keys;
  std::vector<AggregateCall> calls;
  bool grouped;
};
/// UNION ALL; all inputs have the same column types.
struct Union {
  std::vector<NodeRef> inputs;
};

struct OutputColumn {
  std::string name;
  sql::Type type;
  bool nullable;
};

struct Node {
  std::variant<Scan, Filter, Project, Aggregate, Union> op;
  std::vector<OutputColumn> columns;
  bool append_only;  // Never retracts.
  Span span;
  std::string name;  // Of aggregates: the view or CTE that they belong to, for people.
};

NodeRef scan(const catalog::Relation* relation, Span span);
NodeRef filter(NodeRef input, ExprRef predicate, Span span);
NodeRef project(NodeRef input, std::vector<ExprRef> exprs, std::vector<std::string> names, Span span);
NodeRef aggregate(NodeRef input, std::vector<ExprRef> keys, std::vector<AggregateCall> calls, bool grouped,
                  std::vector<std::string> names, Span span, std::string name);
NodeRef union_all(std::vector<NodeRef> inputs, std::vector<std::string> names, Span span);

/// A reference to column `index` of `node`.
ExprRef column_of(const Node& node, uint32_t index, Span span);

sql::Type result_type(const AggregateCall& call);
bool equal(const AggregateCall& a, const AggregateCall& b);
/// Whether both are over the same values: argument and filter, but perhaps another function.
bool over_same_values(const AggregateCall& a, const AggregateCall& b);
/// min or max.
bool is_extreme(const AggregateCall& call);
std::string to_string(const AggregateCall& call);
/// Indented text, one operator a line: `explain --stage plan`.
std::string to_string(const NodeRef& node);

}  // namespace sqlmill::plan
