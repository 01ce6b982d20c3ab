// Visitors by user_id.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/baseline/event_type.h"
#include "bench/baseline/hash_index.h"
#include "bench/baseline/memory.h"
#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline::campaign_attribution {

struct Event {
  Text user_id;
  uint64_t hash;
  int64_t time_us;  // Or kNoTime for NULL.
  Value page_url;
  Value referrer_url;
  uint32_t touch;  // Touches.
  uint32_t landing;
  EventType type;
};

/// What the view shows of a visitor. Counts have 32 bits: no visitor makes four billion events.
struct VisitorTotals {
  int64_t first_ms;      // Of the first touch.
  uint32_t first_touch;  // Touches::kNone: NULL.
  uint32_t touches;
  uint32_t purchases;
};

struct Visitor {
  Text user_id;
  VisitorTotals totals;
  uint32_t batch;  // The last one that changed this row.
};

class VisitorTable {
 public:
  VisitorTable() : rows_(kRowsMax), index_(14) {}

  Visitor& operator[](uint32_t row) { return rows_[row]; }
  const Visitor& operator[](uint32_t row) const { return rows_[row]; }
  uint32_t size() const { return static_cast<uint32_t>(rows_.size()); }

  void prefetch_slot(uint64_t hash) const { index_.prefetch_slot(hash); }

  /// A row that is likely to be the event's, on its way, or HashIndex::kNone.
  uint32_t prefetch_row(uint64_t hash) const {
    const uint32_t row = index_.guess(hash);
    if (row == HashIndex::kNone) return row;
    const auto* bytes = reinterpret_cast<const char*>(&rows_[row]);
    prefetch(bytes);
    prefetch(bytes + sizeof(Visitor) - 1);
    return row;
  }

  /// The event's row; `guess` is what prefetch_row said. Is it new, then it is the last.
  uint32_t find_or_add(const Event& event, uint32_t guess) {
    if (guess != HashIndex::kNone && rows_[guess].user_id == event.user_id) [[likely]]
      return guess;
    const uint32_t found =
        index_.find(event.hash, [&](uint32_t row) { return rows_[row].user_id == event.user_id; });
    if (found != HashIndex::kNone) return found;
    const uint32_t row = rows_.append();
    rows_[row].user_id = event.user_id.owned_by(arena_);
    index_.insert(event.hash, row);
    return row;
  }

  size_t state_bytes() const { return rows_.state_bytes() + index_.state_bytes() + arena_.state_bytes(); }

 private:
  static constexpr size_t kRowsMax = size_t{1} << 28;
  Slab<Visitor> rows_;
  HashIndex index_;
  TextArena arena_;
};

}  // namespace sqlmill::bench::baseline::campaign_attribution
