// What the engine needs of a source connector. One object an input; called by one thread, between epochs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/delta/raw_record.h"

namespace sqlmill::rt::engine {

class Source {
 public:
  virtual ~Source() = default;

  /// Appends up to `max_records` to `records`, waiting at most `timeout` for the first. Appended records stay
  /// valid until release(). Loss of the outside world is logged and retried with back-off, never an
  /// exception.
  virtual void poll(std::vector<delta::RawRecord>& records, size_t max_records,
                    std::chrono::milliseconds timeout) = 0;
  /// The records appended so far are no longer needed.
  virtual void release() = 0;
  /// True once everything that existed when the source was opened has been delivered. An endless source
  /// (datagen without a row count) never is.
  virtual bool reached_end() const = 0;
};

}  // namespace sqlmill::rt::engine
