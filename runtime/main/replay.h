// `BIN replay`: the pipeline over files, deterministically. No connector is opened and no sink written.
#pragma once

#include <atomic>
#include <utility>

#include "runtime/engine/dataflow.h"
#include "runtime/main/command_line.h"

namespace sqlmill::rt::main {

/// Throws UserError, engine::Fault, OutputClosed. Ends early, but cleanly, when `stop` becomes true.
void replay(const engine::PipelineInfo& pipeline, const ReplayCommand& command, const std::atomic<bool>& stop);

}  // namespace sqlmill::rt::main
