// `BIN state plan|inspect|verify`: looks at a state directory.
#pragma once

#include "runtime/engine/dataflow.h"
#include "runtime/main/command_line.h"

namespace sqlmill::rt::main {

/// The exit code. Throws checkpoint::StateError.
int look_at_state(const engine::PipelineInfo& pipeline, const StateCommand& command);

}  // namespace sqlmill::rt::main
