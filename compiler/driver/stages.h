// The stages of the compiler, in order. Start reading here.
//
//   text ─ parse ─▶ syntax tree ─ bind ─▶ catalog and logical plans ─ build ─▶ dataflow ─ generate ─▶ C++
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/bind/bind.h"
#include "compiler/codegen/generate.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/incremental/dataflow.h"

namespace sqlmill::driver {

/// Everything the stages made of one file. Later stages are there only if the earlier ones found no error.
struct Compilation {
  std::unique_ptr<source::Source> source;
  diag::Sink diagnostics;
  ast::Script syntax;
  bind::Script script;
  std::optional<incremental::Dataflow> dataflow;
};

/// Reads and checks `path` ("-": standard input). Throws FileError if it cannot be read.
std::unique_ptr<Compilation> compile(const std::string& path);
/// The same for text that is there already; `name` stands for the file in messages.
std::unique_ptr<Compilation> compile_text(const std::string& name, std::string text);

/// The C++ of a compilation without errors. The pipeline is named after its file.
std::vector<codegen::File> generate(const Compilation& compilation);
std::string pipeline_name(const Compilation& compilation);
/// The file's text, secrets blanked.
std::string embedded_sql(const Compilation& compilation);

/// The source as it is shown in messages: values that look like secrets are covered, all places stay the
/// same.
source::Source shown_source(const Compilation& compilation);
/// The messages, sorted, without secrets.
std::vector<diag::Diagnostic> shown_diagnostics(const Compilation& compilation);

struct FileError {
  std::string message;
};

}  // namespace sqlmill::driver
