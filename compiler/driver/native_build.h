// Generated C++ to a binary: in parallel, through a cache by content.
#pragma once

#include <string>
#include <vector>

#include "compiler/codegen/generate.h"
#include "compiler/driver/toolchain.h"

namespace sqlmill::driver {

struct BuildOptions {
  int optimization = 3;  // -O
  bool native = false;   // For this machine's CPU only.
  bool fast = false;     // Quick to build, slower to run: few units, -Og.
  bool quiet = false;    // No progress.
};

struct StageTime {
  std::string name;
  double seconds;
};

/// Builds the files and puts the binary at `output`. Appends the time of each step to `times`. Throws
/// BuildError.
void build_binary(const std::vector<codegen::File>& files, const BuildOptions& options,
                  const std::string& output, std::vector<StageTime>& times);

/// The cached binary of these files, building it if it is not there. For `sqlmill run`.
std::string cached_binary(const std::vector<codegen::File>& files, const BuildOptions& options,
                          std::vector<StageTime>& times);

}  // namespace sqlmill::driver
