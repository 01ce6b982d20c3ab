// `BIN shell`: psql, connected to a pipeline that runs.
#pragma once

#include "runtime/main/command_line.h"

namespace sqlmill::rt::main {

/// Becomes psql. Throws UserError when there is none.
[[noreturn]] void run_shell(const ShellCommand& command);

}  // namespace sqlmill::rt::main
