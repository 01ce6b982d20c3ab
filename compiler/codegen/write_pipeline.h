// pipeline.cpp of a generated pipeline: the worker, the statements of the file, the tables that describe it
// all, main().
#pragma once

#include <string>
#include <vector>

#include "compiler/codegen/model.h"

namespace sqlmill::codegen {

std::string write_pipeline(const Model& model, const std::string& pipeline_name, const std::string& sql);

struct StateCode {
  std::string note_touched;  // Bodies of a worker's functions.
  std::string save;
  std::string load;
  std::string announce;
  std::string ignore;
  std::vector<std::string> infos;    // An engine::StateInfo each.
  std::vector<std::string> origins;  // An engine::StateOrigin each.
  std::vector<std::string> output_origins;
};
StateCode write_state(const Model& model);

/// `kInputs`, `kOutputs`, `kSinks`, `kStatements`, `kUnstoredViews`, `kStates`,
/// `kStateOrigins`, `kOutputOrigins`, `kSql`.
std::string write_tables(const Model& model, const std::string& sql, const StateCode& states);
/// The function that runs statement `index` on a worker.
std::string write_statement(const Model& model, size_t index);

}  // namespace sqlmill::codegen
