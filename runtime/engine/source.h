// What the engine needs of a source connector. One object an input; called by one thread, between epochs.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "runtime/delta/raw_record.h"
#include "runtime/engine/wake.h"

namespace sqlmill::rt::engine {

/// How much is taken at once. Whoever takes stops behind the record that reaches one of the bounds; a few
/// more bytes than `bytes` are fine.
struct Bounds {
  size_t records;
  size_t bytes = SIZE_MAX;  // Of payloads and keys.
};

/// By partition.
using Offsets = std::map<int32_t, int64_t>;

class Source {
 public:
  virtual ~Source() = default;

  /// Appends what is there to `records`, within the bounds, and does not wait for more. Appended records stay
  /// valid until release(). Loss of the outside world is logged and retried with back-off, never an
  /// exception. Returns the bytes that were appended.
  virtual size_t poll(std::vector<delta::RawRecord>& records, const Bounds& bounds) = 0;
  /// When it is worth asking again, after a poll() that appended nothing.
  virtual Wake wake() const = 0;
  /// The records appended so far are no longer needed.
  virtual void release() = 0;
  /// Where a later run goes on, by partition: behind the records that were appended so far. Without those
  /// that it can begin at their start.
  virtual Offsets next_offsets() const = 0;
  /// Behind the last record that is there, as far as that is known without asking; by partition.
  virtual Offsets known_ends() const { return {}; }
  /// True once everything that existed when the source was opened has been delivered. An endless source
  /// (datagen without a row count) never is.
  virtual bool reached_end() const = 0;
};

}  // namespace sqlmill::rt::engine
