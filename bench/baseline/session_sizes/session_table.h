// Sessions: a cache line each.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/baseline/hash_index.h"
#include "bench/baseline/memory.h"
#include "bench/baseline/text.h"
#include "bench/baseline/timestamp.h"

namespace sqlmill::bench::baseline::session_sizes {

struct Event {
  Text session_id;
  uint64_t hash;
  int64_t time_us;  // or kNoTime for NULL
  uint32_t page;    // TextTable
};

/// What the view shows of a session. Counts have 32 bits: a session does not see four billion events.
struct SessionTotals {
  int64_t first_time_us;  // or INT64_MAX
  int64_t last_time_us;   // or kNoTime
  uint32_t events;
  uint32_t pages;  // Distinct.

  /// Or kNoTime for NULL.
  int64_t duration_us() const { return last_time_us == kNoTime ? kNoTime : last_time_us - first_time_us; }
};

struct alignas(64) Session {
  static constexpr size_t kPages = 8;

  Text session_id;
  SessionTotals totals;
  uint16_t pages[kPages];  // That the session has seen, as far as they fit.
  uint32_t batch;          // The last one that touched this row.
  uint32_t list_size;
};
static_assert(sizeof(Session) == 64);

class SessionTable {
 public:
  SessionTable() : rows_(kRowsMax), index_(14) { rows_.append(); }

  Session& operator[](uint32_t row) { return rows_[row]; }
  const Session& operator[](uint32_t row) const { return rows_[row]; }
  /// Rows are numbered from 1 on; this is behind the last.
  uint32_t end() const { return static_cast<uint32_t>(rows_.size()); }

  void prefetch_slot(uint64_t hash) const { index_.prefetch_slot(hash); }

  /// A row that is likely to be the event's, on its way, or HashIndex::kNone.
  uint32_t prefetch_row(uint64_t hash) const {
    const uint32_t row = index_.guess(hash);
    if (row != HashIndex::kNone) prefetch(&rows_[row]);
    return row;
  }

  /// The event's row; `guess` is what prefetch_row said. A new row has seen no event.
  uint32_t find_or_add(const Event& event, uint32_t guess) {
    if (guess != HashIndex::kNone && rows_[guess].session_id == event.session_id) [[likely]]
      return guess;
    const uint32_t found =
        index_.find(event.hash, [&](uint32_t row) { return rows_[row].session_id == event.session_id; });
    if (found != HashIndex::kNone) return found;
    const uint32_t row = rows_.append();
    rows_[row].session_id = event.session_id.owned_by(arena_);
    rows_[row].totals = {INT64_MAX, kNoTime, 0, 0};
    index_.insert(event.hash, row);
    return row;
  }

  size_t state_bytes() const { return rows_.state_bytes() + index_.state_bytes() + arena_.state_bytes(); }

 private:
  static constexpr size_t kRowsMax = size_t{1} << 28;
  Slab<Session> rows_;
  HashIndex index_;
  TextArena arena_;
};

}  // namespace sqlmill::bench::baseline::session_sizes
