// Lines of JSON on standard output (line_sink.h says how they look).
#pragma once

#include <memory>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

std::unique_ptr<engine::Sink> open_stdout_sink(const ResolvedSink& sink);

}  // namespace sqlmill::rt::connectors
