// What `run` does all the time: takes what the sources hold, or lets queries and statements have their turn,
// and looks after sinks and checkpoints.
#pragma once

#include <chrono>
#include <memory>
#include <span>

#include "runtime/engine/source_poller.h"
#include "runtime/main/durable_state.h"
#include "runtime/main/rebuild_beside.h"
#include "runtime/main/session.h"
#include "runtime/main/sink_writer.h"

namespace sqlmill::rt::main {

class RunLoop {
 public:
  /// All outlive it. `durable` may be null.
  RunLoop(Session& session, engine::SourcePoller& poller, std::span<const std::unique_ptr<SinkWriter>> sinks,
          DurableState* durable)
      : session_(session), poller_(poller), sinks_(sinks), durable_(durable) {}
  /// Made anew between epochs; it outlives this.
  void rebuild(RebuildBeside& beside) { beside_ = &beside; }

  /// One epoch, or what is to be done without one. Where there is nothing to do it waits for so long at most.
  void turn(std::chrono::milliseconds idle_wait);

 private:
  std::span<const engine::InputBatch> poll(bool is_full, std::chrono::milliseconds idle_wait);

  Session& session_;
  engine::SourcePoller& poller_;
  const std::span<const std::unique_ptr<SinkWriter>> sinks_;
  DurableState* const durable_;
  RebuildBeside* beside_ = nullptr;  // Until it is done.
  bool is_reading_ = false;          // Readers have more to do.
};

}  // namespace sqlmill::rt::main
