// From the net changes of a relation to the messages that a sink's connector writes.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/engine/engine.h"
#include "runtime/formats/sink_encoder.h"

namespace sqlmill::rt::main {

class SinkWriter {
 public:
  using Open = std::function<std::unique_ptr<engine::Sink>(const connectors::ResolvedSink&)>;

  /// Opens the sink, whose errors go to the engine, and watches its relation. Throws OptionError.
  SinkWriter(const engine::SinkInfo& info, connectors::ResolvedSink sink, engine::Engine& engine,
             const Open& open = connectors::open_sink);

  std::string_view name() const { return info_.name; }
  /// Its relation is being made anew: nothing is written until go_on(). hold() remembers what changes from
  /// the next epoch on, and go_on() writes that.
  void pause();
  void hold();
  void go_on();
  /// Writes the changes of the engine's last epoch. What was there before the sources were read is its
  /// snapshot, which `snapshot = false` leaves out.
  void write_epoch(bool is_snapshot);
  void tend() { sink_->tend(); }
  engine::Sink& sink() { return *sink_; }
  /// False when it gave up.
  bool flush() { return sink_->flush(); }

 private:
  const engine::SinkInfo& info_;
  engine::Engine& engine_;
  formats::SinkEncoder encoder_;
  bool wants_snapshot_;
  std::unique_ptr<engine::Sink> sink_;
  std::vector<formats::WeightedRow> rows_;
  std::vector<engine::SinkMessage> messages_;
  enum class State : uint8_t { kWriting, kPaused, kHolding } state_ = State::kWriting;
  std::vector<engine::SinkMessage> held_;
};

}  // namespace sqlmill::rt::main
