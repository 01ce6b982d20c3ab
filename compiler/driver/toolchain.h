// How generated C++ is compiled: the compiler, its flags, the runtime's headers and libraries. Written by
// CMake for the build tree and for the install tree, beside the runtime's libraries.
#pragma once

#include <string>
#include <vector>

namespace sqlmill::driver {

struct Toolchain {
  std::string compiler;
  std::vector<std::string> flags;
  std::string include;                 // The folder that holds runtime/.
  std::vector<std::string> libraries;  // Files, and `-l…`.
  std::string identity;  // A hash of the compiler's version, the runtime's headers and its libraries.
};

/// Found from the place of this executable: ../lib/sqlmill/toolchain.conf. Throws BuildError.
Toolchain find_toolchain();

struct BuildError {
  std::string message;
};

/// 32 hexadecimal digits of XXH3.
std::string content_hash(const std::string& bytes);

}  // namespace sqlmill::driver
