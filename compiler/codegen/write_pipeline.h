// pipeline.cpp of a generated pipeline: the worker, the statements of the file, the tables that describe it
// all, main().
#pragma once

#include <string>

#include "compiler/codegen/model.h"

namespace sqlmill::codegen {

std::string write_pipeline(const Model& model, const std::string& pipeline_name, const std::string& sql);

/// `kInputs`, `kOutputs`, `kSinks`, `kStatements`, `kUnstoredViews`, `kSql`.
std::string write_tables(const Model& model, const std::string& sql);
/// The function that runs statement `index` on a worker.
std::string write_statement(const Model& model, size_t index);

}  // namespace sqlmill::codegen
