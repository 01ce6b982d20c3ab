// Dataflow to C++ source files.
#pragma once

#include <string>
#include <vector>

#include "compiler/incremental/dataflow.h"

namespace sqlmill::codegen {

struct File {
  std::string name;  // `click_events.cpp`
  std::string text;
};

/// The same input gives the same bytes. `sql` is the file's text with secrets blanked.
std::vector<File> generate(const source::Source& source, const std::string& pipeline_name,
                           const std::string& sql, const catalog::Catalog& catalog,
                           const incremental::Dataflow& dataflow);

}  // namespace sqlmill::codegen
