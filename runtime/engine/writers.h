// Changes of tables that come from statements beside the sources. A statement computes what it changes from
// the rows as they are, so no epoch runs between that and the epoch that applies it; what it says is visible
// when write() returns.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/engine/dataflow.h"
#include "runtime/engine/readers.h"

namespace sqlmill::rt::engine {

/// In one table: rows that go, then rows that come, which overwrite those of the same key.
struct TableWrite {
  size_t input;
  std::vector<uint64_t> erased;      // As ops::kRowNumber gives them, each once.
  std::vector<sql::Chunk> inserted;  // All declared columns. Texts are borrowed until write() returns.
};

/// Until when a statement waits, where there is a state directory: until it is visible and on disk, or only
/// until it is visible. If the program is killed before a checkpoint holds it, it never was.
enum class WriteUntil : uint8_t { kDurable, kVisible };

class Writers {
 public:
  explicit Writers(Readers& readers) : readers_(readers) {}

  /// For any thread but the engine's. `compute` runs in a thread of its own while no epoch does; what it
  /// gives becomes one epoch. Returns that epoch's number when it is sealed. Throws what `compute` throws,
  /// and ReadError when the engine is gone or a limit is reached before its turn; after that it ends by its
  /// own limits.
  uint64_t write(const ReadLimits& limits, std::function<std::vector<TableWrite>()> compute,
                 WriteUntil until = WriteUntil::kDurable);

  struct Pending {
    std::function<std::vector<TableWrite>()> compute;
    bool reads = true;  // It asks Readers, and so needs a thread of its own.
    WriteUntil until = WriteUntil::kDurable;
    std::mutex mutex;
    std::condition_variable_any changed;
    enum class State : uint8_t { kWaiting, kRunning, kDone, kAbandoned } state = State::kWaiting;
    uint64_t epoch = 0;
    std::exception_ptr error;
  };
  /// The same without waiting: what becomes of it is told by what is returned. A `compute` that reads nothing
  /// needs no thread. Throws ReadError.
  std::shared_ptr<Pending> submit(std::function<std::vector<TableWrite>()> compute, bool reads,
                                  WriteUntil until = WriteUntil::kDurable);

  // For the engine's thread.

  bool has_waiting() const { return !is_paused_ && has_waiting_.load(std::memory_order_relaxed); }
  /// From now on, or no longer, those that wait go on waiting.
  void pause(bool is_paused) { is_paused_ = is_paused; }
  /// The next one, which is then running; null: there is none.
  std::shared_ptr<Pending> take();
  static void finish(Pending& pending, uint64_t epoch, std::exception_ptr error);
  /// From here on nobody writes.
  void stop();

 private:
  Readers& readers_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Pending>> waiting_;  // In the order in which they came.
  std::atomic<bool> has_waiting_ = false;
  bool is_stopped_ = false;
  bool is_paused_ = false;  // The engine's thread's.
};

}  // namespace sqlmill::rt::engine
