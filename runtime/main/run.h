// `BIN run`: sources and sinks as the SQL has them, until a signal or, with --until-end, their end.
#pragma once

#include <utility>

#include "runtime/engine/dataflow.h"
#include "runtime/main/command_line.h"
#include "runtime/main/stop_signal.h"

namespace sqlmill::rt::main {

/// Throws UserError, OptionError, Fault, OutputClosed.
void run(const engine::PipelineInfo& pipeline, const RunCommand& command, const StopSignal& signal);

}  // namespace sqlmill::rt::main
