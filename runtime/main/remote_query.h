// `BIN query`: a statement to a pipeline that runs.
#pragma once

#include "runtime/main/command_line.h"

namespace sqlmill::rt::main {

/// Prints the rows, or what was done. Throws UserError.
void run_remote_query(const QueryCommand& command);

}  // namespace sqlmill::rt::main
