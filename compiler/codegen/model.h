// The names that generated code gives to operators, their rows and outputs, and how a column of each is read.
// Made once, before anything is written.
#pragma once

#include <string>
#include <vector>

#include "compiler/codegen/expressions.h"
#include "compiler/codegen/names.h"
#include "compiler/incremental/dataflow.h"

namespace sqlmill::codegen {

struct Field {
  std::string type;    // `sql::Nullable<sql::Text>`
  std::string name;    // `session_id`
  std::string source;  // What it is in SQL: `MIN(event_ts)`; empty where the name says it.
  bool varies;         // Equal values may print differently.
  bool can_fail;       // It is a sql::Checked, and reading it can fail.
};

/// A column of a source whose values are words.
struct Word {
  std::string type;  // Of the entry: `ClickEventsPageUrl`.
  std::string name;  // Of the column: `page_url`.
  std::vector<Field> facts;
  std::vector<plan::ExprRef> exprs;  // Of the facts.
};

struct OperatorModel {
  const incremental::Operator* op;
  std::string file;                 // `click_events`, also the member's name.
  std::string type;                 // `ClickEvents`
  std::string kernel;               // Of tables and aggregates: `ops::GroupedAggregate<ClickEvents>`.
  std::vector<Field> fields;        // A column each.
  std::vector<std::string> on_row;  // How each column is read from `row`: `row.key.session_id`.
  std::vector<std::string> words;   // How a column's word is: `row.key.page_url`; empty: it has none.
  std::vector<Word> word_types;     // Of a source.
  std::vector<uint32_t> consumers;  // Operators, in order.
  std::vector<uint32_t> outputs;

  /// Of expressions over its row.
  ExpressionWriter writer() const;
  /// How a column is kept in `row`: as a word or a sql::Checked where it is one.
  std::string stored(size_t column) const;
};

struct OutputModel {
  const incremental::Output* output;
  std::string member;  // `click_mv_session_summary`
  std::string type;    // `ClickMvSessionSummaryOutput`
  std::vector<Field> fields;
  bool stored;
  bool can_fail;
};

struct Model {
  const source::Source& source;
  const incremental::Dataflow& dataflow;
  std::string space;  // `clickstream`
  std::vector<OperatorModel> operators;
  std::vector<OutputModel> outputs;
  std::vector<std::string> unstored_views = {};  // Names in SQL of views that are no outputs.

  /// `clickstream.sql:14`
  std::string place(source::Span span) const;
  std::string file_name() const;
};

Model make_model(const source::Source& source, const std::string& pipeline_name,
                 const incremental::Dataflow& dataflow);

}  // namespace sqlmill::codegen
