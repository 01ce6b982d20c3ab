// What stands for the state of an operator in a state directory: a hash of all that decides what its entries
// mean and how they are laid out. Equal fingerprints of two programs: one can read what the other has
// written.
#pragma once

#include <string>

#include "compiler/codegen/model.h"

namespace sqlmill::codegen {

class Fingerprints {
 public:
  explicit Fingerprints(const Model& model);

  /// Of an operator, with state or without.
  const std::string& of(const OperatorModel& op) const { return operators_[op.op->id]; }
  /// Of the rows that an output keeps.
  std::string of(const OutputModel& output) const;
  /// Of a source's dictionary.
  static std::string of(const OperatorModel& source, const Word& word);

 private:
  const Model& model_;
  std::vector<std::string> operators_;
};

}  // namespace sqlmill::codegen
