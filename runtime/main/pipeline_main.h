// The command line of every compiled pipeline; generated main() is one call of it.
#pragma once

#include <utility>

#include "runtime/engine/dataflow.h"

namespace sqlmill::rt::main {

/// Returns the exit code: 0, 1 (what the user gave is wrong), 2 (usage) or 3 (a fault at run time).
int pipeline_main(const engine::PipelineInfo& pipeline, int argc, char** argv);

}  // namespace sqlmill::rt::main
