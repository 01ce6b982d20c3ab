// Which rows an aggregate takes: admit(), which also computes what can fail.
#pragma once

#include <string>
#include <vector>

#include "compiler/codegen/model.h"

namespace sqlmill::codegen {

/// The arguments that admit() computes, because they can fail, and keeps for apply(). `names` are the calls'.
struct Computed {
  std::vector<std::string> fields;
  std::vector<ExpressionWriter::Known> known;
};
Computed write_computed(const incremental::Aggregate& aggregate, const std::vector<Field>& names,
                        const ExpressionWriter& writer);
std::string write_admit(const incremental::Aggregate& aggregate, const Computed& computed,
                        const ExpressionWriter& writer);

}  // namespace sqlmill::codegen
