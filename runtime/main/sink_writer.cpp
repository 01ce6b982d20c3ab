#include "runtime/main/sink_writer.h"

#include <utility>

namespace sqlmill::rt::main {

namespace {

formats::SinkFormat format_of(const connectors::Options& options) {
  const std::string_view format = options.text("format", "plain");
  if (format == "upsert") return formats::SinkFormat::kUpsert;
  if (format == "debezium") return formats::SinkFormat::kDebezium;
  return formats::SinkFormat::kPlain;
}

formats::SinkEncoder encoder_of(const engine::SinkInfo& info, const connectors::Options& options,
                                const engine::OutputInfo& output) {
  formats::SinkLayout layout;
  layout.format = format_of(options);
  layout.columns = output.columns.first(output.visible_columns);
  layout.primary_key = info.primary_key;
  layout.key_is_unique = info.key_is_unique;
  layout.names.table = output.name;
  return formats::SinkEncoder(std::move(layout));
}

}  // namespace

SinkWriter::SinkWriter(const engine::SinkInfo& info, connectors::ResolvedSink sink, engine::Engine& engine,
                       const Open& open)
    : info_(info),
      engine_(engine),
      encoder_(encoder_of(info, sink.options, engine.output(info.output))),
      wants_snapshot_(sink.options.text("snapshot", "true") != "false") {
  sink.on_error = [this](delta::ErrorRecord error) { engine_.report(std::move(error)); };
  sink_ = open(sink);
  engine_.watch(info_.output);
}

void SinkWriter::pause() {
  engine_.unwatch(info_.output);
  state_ = State::kPaused;
}

void SinkWriter::hold() {
  if (state_ == State::kPaused) engine_.watch(info_.output);
  state_ = State::kHolding;
}

void SinkWriter::go_on() {
  hold();
  state_ = State::kWriting;
  const std::vector<engine::SinkMessage> held = std::exchange(held_, {});
  if (!held.empty()) sink_->write(held);
}

void SinkWriter::write_epoch(bool is_snapshot) {
  if (state_ == State::kPaused) return;
  const engine::Changes& changes = engine_.changes(info_.output);
  if (changes.empty()) return;
  rows_.clear();
  for (size_t i = 0; i < changes.size(); ++i) rows_.push_back({changes[i].weight, changes[i].row});
  messages_.clear();
  encoder_.encode(rows_, messages_);
  if (is_snapshot && !wants_snapshot_) return;
  if (messages_.empty()) return;
  if (state_ == State::kHolding) {
    held_.insert(held_.end(), messages_.begin(), messages_.end());
  } else {
    sink_->write(messages_);
  }
}

}  // namespace sqlmill::rt::main
