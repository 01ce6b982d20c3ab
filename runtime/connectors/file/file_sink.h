// Lines of JSON in a file (line_sink.h says how they look). A new run replaces the file; one that goes on
// from a checkpoint appends.
#pragma once

#include <memory>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

std::unique_ptr<engine::Sink> open_file_sink(const ResolvedSink& sink);

}  // namespace sqlmill::rt::connectors
