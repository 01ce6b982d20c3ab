// `BIN replay`: the pipeline over files, deterministically. No connector is opened and no sink written.
#pragma once

#include <stop_token>
#include <utility>

#include "runtime/engine/dataflow.h"
#include "runtime/main/command_line.h"

namespace sqlmill::rt::main {

/// Throws UserError, OptionError, Fault, OutputClosed. Ends early, but cleanly, when `stop` is requested.
void replay(const engine::PipelineInfo& pipeline, const ReplayCommand& command, std::stop_token stop);

}  // namespace sqlmill::rt::main
