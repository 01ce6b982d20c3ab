// What changes in an output, epoch by epoch, kept for a while for those who follow it. The engine's thread
// appends behind each epoch; readers, in threads of their own, take what is there and are called when more
// comes. Nobody waits for a reader: what it has not read when the time or the memory for it is over is gone,
// and the reader is told so.
//
// Invariant: a row that is published (ChangeSegment::rows, of the log's mutex) is never written again, so it
// is read without a lock.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/engine/changes.h"
#include "runtime/engine/readers.h"
#include "runtime/sql/vector.h"

namespace sqlmill::rt::engine {

/// An update is two changes, the delete first. Only what has a key is updated.
enum class ChangeKind : uint8_t { kInsert, kDelete, kUpdateDelete, kUpdateInsert };

/// How far a reader is in the changes of an output: it has those of all epochs before `epoch`, and of that
/// one the first `rows`.
struct ChangePlace {
  static constexpr uint32_t kAll = UINT32_MAX;

  uint64_t epoch = 0;
  uint32_t rows = kAll;

  auto operator<=>(const ChangePlace&) const = default;
};

struct ChangeMark {
  ChangePlace behind;  // Where a reader is that has it.
  ChangeKind kind = ChangeKind::kInsert;
};

/// Rows in the order in which they are read.
struct ChangeSegment {
  std::vector<sql::Vector> columns;
  std::array<ChangeMark, sql::kVectorRows> marks;
  base::Arena memory{4096};  // What rows borrow.
  // Of the log's mutex.
  uint32_t rows = 0;
  size_t counted_bytes = 0;
  std::chrono::steady_clock::time_point begun;
  std::chrono::steady_clock::time_point newest;

  size_t bytes() const;
};

struct ChangeSlice {
  std::shared_ptr<const ChangeSegment> segment;  // Null: there is nothing.
  uint32_t begin = 0;
  uint32_t end = 0;
};

/// A place that nobody can go on from: the changes behind it are not there.
class ChangesGone : public std::runtime_error {
 public:
  enum class Reason : uint8_t { kNotKept, kNotYet };
  explicit ChangesGone(Reason reason);
  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

class ChangeReader;

/// Of one output.
class ChangeLog {
 public:
  /// Changes behind `epoch` will be appended.
  ChangeLog(size_t output, const OutputInfo& info, uint64_t epoch);

  size_t output() const { return output_; }

  // For the engine's thread.

  /// In a new segment, if the last one was begun so long ago.
  void append(uint64_t epoch, const Changes& changes, std::chrono::milliseconds segment_time);
  size_t bytes() const;
  /// When the oldest segment was written last; nothing: there is none.
  std::optional<std::chrono::steady_clock::time_point> oldest() const;
  void drop_oldest();
  /// Since when there is no reader.
  std::optional<std::chrono::steady_clock::time_point> unused_since() const;

 private:
  friend class ChangeReader;

  void add_reader(ChangeReader& reader);
  void remove_reader(ChangeReader& reader);
  ChangeSlice read(const ChangePlace& behind, uint64_t last_epoch) const;

  void append_row(const ChangePlace& behind, ChangeKind kind, std::span<const sql::Datum> row);
  /// Makes visible what was appended.
  void publish(uint64_t epoch);
  /// Whether there was anything.
  bool publish_rows(uint64_t epoch);

  const size_t output_;
  const OutputInfo& info_;
  std::vector<std::shared_ptr<ChangeSegment>> fresh_;  // Of the epoch that is appended; the first may be old.
  uint32_t fresh_rows_ = 0;                            // Of the last of them.
  struct Pair {
    uint32_t erased;
    uint32_t inserted;
  };

  mutable std::mutex mutex_;  // For what follows.
  std::deque<std::shared_ptr<ChangeSegment>> segments_;
  ChangePlace begin_;    // What is behind it is here,
  uint64_t last_epoch_;  // up to the end of this epoch.
  size_t bytes_ = 0;
  std::vector<ChangeReader*> readers_;
  std::chrono::steady_clock::time_point unused_since_;
};

/// Who follows an output. For one thread at a time; it keeps no changes from being forgotten.
class ChangeReader {
 public:
  ChangeReader(std::shared_ptr<ChangeLog> log, ChangePlace place);
  ~ChangeReader();
  ChangeReader(const ChangeReader&) = delete;
  ChangeReader& operator=(const ChangeReader&) = delete;

  /// The last epoch whose changes are all there.
  uint64_t last_epoch() const;
  /// The next changes, of epochs up to `last_epoch`. Throws ChangesGone.
  ChangeSlice next(uint64_t last_epoch);
  /// False: there is something to read. True: `call` is called, once, by the engine's thread, when there is.
  /// It must be quick.
  bool call_at_change(std::function<void()> call);
  const ChangePlace& place() const { return place_; }

 private:
  friend class ChangeLog;

  const std::shared_ptr<ChangeLog> log_;
  ChangePlace place_;
  std::function<void()> call_;  // Of the log's mutex.
};

/// The logs of an engine: those of outputs that somebody follows, or has followed a short time ago.
class ChangeLogs {
 public:
  struct Bounds {
    std::chrono::milliseconds time = std::chrono::minutes(10);
    size_t bytes = size_t{256} << 20;  // Of all logs.
  };

  explicit ChangeLogs(Engine& engine);
  ~ChangeLogs();

  // For any thread.

  /// Tells places of this engine from those of others, in other runs of the program.
  uint32_t incarnation() const { return incarnation_; }
  struct Beginning {
    std::unique_ptr<Snapshot> snapshot;
    std::unique_ptr<ChangeReader> changes;  // Behind it.
  };
  /// The rows of the last sealed epoch, and what changes from then on.
  Beginning begin(size_t output, const ReadLimits& limits);
  /// What changes behind a place; nothing: behind the last sealed epoch. Throws ChangesGone.
  std::unique_ptr<ChangeReader> resume(size_t output, std::optional<ChangePlace> place,
                                       const ReadLimits& limits);

  // For the engine's thread, between epochs.

  void set_bounds(const Bounds& bounds) { bounds_ = bounds; }
  bool is_empty() const { return logs_.empty(); }
  /// The changes of the epoch that was sealed.
  void append();

 private:
  std::shared_ptr<ChangeLog> find(size_t output) const;
  std::shared_ptr<ChangeLog> log_of(size_t output);
  void drop_unused(std::chrono::steady_clock::time_point now);

  Engine& engine_;
  const uint32_t incarnation_;
  Bounds bounds_;
  std::vector<std::shared_ptr<ChangeLog>> logs_;
};

}  // namespace sqlmill::rt::engine
