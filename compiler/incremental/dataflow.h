// The plan of all views together, as operators on deltas: what is fused, what is shared, what keeps state.
//
// A stage is what a worker can do without waiting for others: an aggregate and a table begin a new one,
// because their rows come from all workers by key.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/bind/bind.h"
#include "compiler/plan/node.h"

namespace sqlmill::incremental {

using plan::ExprRef;
using source::Span;
namespace sql = rt::sql;

using OperatorId = uint32_t;

/// Rows of an operator on their way to a consumer: those for which every condition is true, in order, each as
/// `exprs`. All over the producer's row.
struct Stream {
  OperatorId producer;
  std::vector<ExprRef> filters;
  std::vector<ExprRef> exprs;
};

/// A column of a source whose values are words (runtime/sql/word.h).
struct WordColumn {
  uint32_t column;             // Of the source's row.
  std::vector<ExprRef> facts;  // Computed once a value; they read this column only.
};
/// A source or a table. Its row holds `columns` of the relation: those that are read (of a table, all).
struct Input {
  const catalog::Relation* relation;
  std::vector<uint32_t> columns;
  std::vector<WordColumn> words = {};
};
/// Rows computed from rows, without state; several streams are UNION ALL.
struct Map {
  std::vector<Stream> inputs;
};
/// Its row: the keys, then the calls. Keys and calls are over the producer's row.
struct Aggregate {
  OperatorId producer;
  std::vector<ExprRef> filters;
  std::vector<ExprRef> keys;
  std::vector<plan::AggregateCall> calls;
  bool grouped;
  std::optional<OperatorId> parent = {};  // It hangs below this one (runtime/ops/hung.h).
};

/// COUNT(DISTINCT value) GROUP BY word, append-only: which words each value came with
/// (runtime/ops/distinct_below.h). It hangs below the aggregate by value, and tells the counting aggregate,
/// its consumer, of each pair that is new.
struct DistinctBelow {
  OperatorId producer;
  std::vector<ExprRef> filters;  // Of the rows that count.
  ExprRef word;
  OperatorId parent;
  OperatorId consumer;
  size_t call;  // Of the consumer.
};

struct Operator {
  OperatorId id;
  std::string name;  // Of the view, CTE or relation that it was first made for.
  std::variant<Input, Map, Aggregate, DistinctBelow> op;
  std::vector<plan::OutputColumn> columns;
  bool append_only;        // What leaves it.
  bool input_append_only;  // What reaches it; only for aggregates.
  uint32_t stage = 0;
  std::vector<Span> spans;         // Of the queries that it came from.
  std::vector<std::string> users;  // Views and sinks that read it, directly or not.
};

/// Where the rows of an output can be read.
enum class Storage : uint8_t {
  kRecords,  // Of the aggregate or table that produces them.
  kRows,     // A multiset of their own.
  kNone,     // Not kept: the relation behind a sink.
};

struct Output {
  std::string name;
  Stream stream;
  std::vector<plan::OutputColumn> columns;
  uint32_t visible_columns;
  std::vector<catalog::OrderKey> order;
  Storage storage;
  bool append_only;
  bool is_view;
  Span span;
};

struct Sink {
  const catalog::Relation* relation;
  uint32_t output;
  bool key_is_unique;  // No two rows have the same primary_key.
};

struct Dataflow {
  std::vector<Operator> operators;  // Producers before consumers.
  std::vector<Output> outputs;
  std::vector<Sink> sinks;
  std::vector<bind::Statement> statements;
  uint32_t stages = 0;
};

/// The dataflow of every materialized view, readable view, table and sink of the script.
Dataflow build(const bind::Script& script);

/// What an operator keeps and per what: `a record per session_id, kept for ever`.
std::string describe_state(const Dataflow& flow, const Operator& op);
std::string to_text(const Dataflow& dataflow);
std::string to_dot(const Dataflow& dataflow);
std::string to_json(const Dataflow& dataflow);

}  // namespace sqlmill::incremental
