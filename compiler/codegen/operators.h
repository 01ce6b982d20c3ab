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

/// The body of a project() function: conditions, then the columns of `out`.
std::string write_projection(const incremental::Stream& stream, const std::vector<Field>& fields,
                             const ExpressionWriter& writer);
/// `kNumeric` …: how generated code spells a type.
std::string type_literal(sql::Type type);

}  // namespace sqlmill::codegen
