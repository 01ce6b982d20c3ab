// The relation sqlmill_errors: what could not be processed, the newest records of it. Counts are exact, the
// log is bounded in rows and bytes; what falls out of it is forgotten, not retracted. Readers of a pinned
// epoch see what the log held then.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/engine/dataflow.h"

namespace sqlmill::rt::engine {

class ErrorRelation {
 public:
  static constexpr size_t kMaxRecords = 10'000;
  static constexpr size_t kMaxBytes = 64 << 20;

  static const OutputInfo& info();

  struct Entry {
    std::optional<sql::Timestamptz> time;
    delta::ErrorRecord record;
    uint64_t epoch;                      // In which it came,
    uint64_t forgotten_in = UINT64_MAX;  // and in which it fell out of the log.
  };

  /// The records of one epoch, of all workers, in any order. `dropped`: what the workers' logs had no room
  /// for.
  void add_epoch(uint64_t epoch, std::vector<delta::ErrorRecord> records, uint64_t dropped,
                 std::optional<sql::Timestamptz> time);
  /// The epoch before which nobody reads.
  void keep_from(uint64_t oldest);
  /// Dataflow::read of the log as it was at the end of the epoch, oldest first.
  uint32_t read(uint64_t epoch, std::span<const uint32_t> columns, Cursor& cursor, uint32_t max_records,
                sql::Chunk& rows) const;
  /// Those that the last add_epoch() added.
  void scan_epoch(const ChangeVisitor& visit) const;
  size_t epoch_size() const { return epoch_size_; }
  const Entry& epoch_entry(size_t i) const { return entries_[entries_.size() - epoch_size_ + i]; }
  /// All errors ever, those that the log has forgotten included.
  uint64_t total() const { return total_; }
  size_t size() const { return entries_.size() - forgotten_; }

 private:
  void forget_oldest(uint64_t epoch);

  std::deque<Entry> entries_;
  size_t forgotten_ = 0;  // So many of them are kept for readers only.
  uint64_t gone_ = 0;     // And so many were before the first.
  uint64_t oldest_ = UINT64_MAX;
  size_t epoch_size_ = 0;
  size_t bytes_ = 0;
  uint64_t total_ = 0;
};

}  // namespace sqlmill::rt::engine
