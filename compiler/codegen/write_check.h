// What is evaluated of an aggregate's group for the error log alone.
#pragma once

#include <string>
#include <vector>

#include "compiler/codegen/model.h"

namespace sqlmill::codegen {

struct CheckCode {
  std::string body;
  bool reads_key;
};
/// What can fail of the outputs that read the operator, on a row that has no more than they need.
CheckCode write_check(const Model& model, const OperatorModel& op, const std::vector<std::string>& values);

}  // namespace sqlmill::codegen
