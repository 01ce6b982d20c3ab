#include "runtime/main/sink_writer.h"

#include <utility>

namespace sqlmill::rt::main {

SinkWriter::SinkWriter(const engine::SinkInfo& info, connectors::Options options, engine::Engine& engine,
                       std::stop_token give_up)
    : info_(info), engine_(engine) {
  connectors::ResolvedSink resolved;
  resolved.options = std::move(options);
  resolved.stop = std::move(give_up);
  resolved.on_error = [this](delta::ErrorRecord error) { engine_.report(std::move(error)); };
  sink_ = connectors::open_sink(resolved);
  engine_.watch(info_.output);
}

void SinkWriter::write_epoch() {}

}  // namespace sqlmill::rt::main
