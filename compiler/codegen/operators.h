// The declarations and definitions of one operator, and of the outputs that read it.
#pragma once

#include <string>

#include "compiler/codegen/model.h"

namespace sqlmill::codegen {

struct Code {
  std::string declarations;    // For the operator's header.
  std::string definitions;     // For its .cpp.
  std::string instantiations;  // Behind the namespace.
};

Code write_input(const Model& model, const OperatorModel& op);
Code write_map(const Model& model, const OperatorModel& op);
Code write_aggregate(const Model& model, const OperatorModel& op);
Code write_distinct_below(const Model& model, const OperatorModel& op);
Code write_output(const Model& model, const OutputModel& output);

/// How SQL's value of an aggregate call is read: `values.n = record.n.value(context);`
std::string write_value(const Model& model, const OperatorModel& op, size_t call);

struct ReadingCode {
  std::string members;      // Of the output's Spec.
  std::string functions;    // That pipeline.cpp calls, declared.
  std::string definitions;  // Of both.
};
ReadingCode write_reading(const Model& model, const OutputModel& output);
/// The columns that are a key of the output's rows, in the order of the producer's key; empty: there is none.
std::vector<uint32_t> key_columns(const Model& model, const OutputModel& output);
/// The source whose dictionaries a look-up by the producer's key needs; null: none.
const OperatorModel* words_of_key(const Model& model, const OperatorModel& producer);
std::string find_signature(const Model& model, const OutputModel& output);

/// The body of a project() function: conditions, then the columns of `out`.
std::string write_projection(const incremental::Stream& stream, const std::vector<Field>& fields,
                             const ExpressionWriter& writer);
/// `kNumeric` …: how generated code spells a type.
std::string type_literal(sql::Type type);

}  // namespace sqlmill::codegen
