// `BIN run`: sources and sinks as the SQL has them, until a signal or, with --until-end, their end.
#pragma once

#include <atomic>
#include <utility>

#include "runtime/engine/dataflow.h"
#include "runtime/main/command_line.h"

namespace sqlmill::rt::main {

/// Throws UserError, engine::Fault, OutputClosed.
void run(const engine::PipelineInfo& pipeline, const RunCommand& command, const std::atomic<bool>& stop);

}  // namespace sqlmill::rt::main
