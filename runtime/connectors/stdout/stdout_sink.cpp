#include "runtime/connectors/stdout/stdout_sink.h"

#include <unistd.h>

#include "runtime/connectors/file/line_sink.h"

namespace sqlmill::rt::connectors {

std::unique_ptr<engine::Sink> open_stdout_sink(const ResolvedSink& sink) {
  return make_line_sink(sink, STDOUT_FILENO, "standard output", false);
}

}  // namespace sqlmill::rt::connectors
