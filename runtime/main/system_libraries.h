// What a machine must have for this program to start: `--version` says it, so that nobody has to run ldd.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/engine/dataflow.h"

namespace sqlmill::rt::main {

struct SystemLibrary {
  std::string soname;   // `librdkafka.so.1`
  std::string package;  // `librdkafka1`
};

/// The Debian package that holds a shared library, by Debian's naming policy.
std::string debian_package(std::string_view soname);

/// Those that the program itself names; what they need in turn comes with their packages.
std::vector<SystemLibrary> system_libraries();

/// What --version prints, without the last line break.
std::string version_text(const engine::PipelineInfo& pipeline);

}  // namespace sqlmill::rt::main
