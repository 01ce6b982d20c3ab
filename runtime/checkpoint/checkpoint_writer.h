// Writes checkpoints on a thread of its own, one at a time: what an epoch waits for is that its changes are
// copied, not that they are on disk. A checkpoint for which the disk has no room is tried again until it has;
// until then none is begun, and nothing that waits for it is told that it is done. If a write fails the
// program ends.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "runtime/checkpoint/checkpoint_store.h"
#include "runtime/engine/engine.h"

namespace sqlmill::rt::checkpoint {

/// What goes into a checkpoint.
struct Capture {
  Metadata metadata;
  std::vector<state::ChangedEntries> changed;
  std::vector<uint32_t> dropped;
  std::vector<engine::WriteEnd> held;  // Statements that wait until it is durable.
};

/// Ends statements whose checkpoint was not made.
void fail(std::vector<engine::WriteEnd>& held);

/// Of all checkpoints that were written.
struct Written {
  uint64_t checkpoints = 0;
  uint64_t entries = 0;
  uint64_t bytes = 0;
  std::chrono::nanoseconds longest{0};  // From its begin until it is durable.
};

/// Whose thread does what would hold up epochs: one of its own, or, so that a simulation can say when, that
/// of whoever calls.
enum class Work : uint8_t { kOwnThread, kCallersThread };

class CheckpointWriter {
 public:
  /// `done` is called, on the thread that does the work, whenever it is no longer busy.
  CheckpointWriter(CheckpointStore& store, std::function<void()> done, Work work = Work::kOwnThread);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  bool is_busy() const;
  /// When it is not busy.
  void write(Capture capture);
  /// Waits until it is not busy. False: it still is.
  bool wait(std::chrono::milliseconds most);
  Written written() const;
  /// If it is busy, tries once to write what it has. For a writer without a thread.
  void step();

 private:
  void run(const std::stop_token& stop);
  /// False: there is no room for it.
  bool try_write();
  void keep_now_and_then();
  void finish();

  CheckpointStore& store_;
  const std::function<void()> done_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_busy_ = false;
  Capture capture_;  // The thread's, while it is busy.
  Written written_;
  std::chrono::steady_clock::time_point next_copy_;
  std::optional<std::chrono::steady_clock::time_point> begun_;  // The first try of what is to be written.
  std::jthread thread_;                                         // Last: ends before the rest goes.
};

}  // namespace sqlmill::rt::checkpoint
