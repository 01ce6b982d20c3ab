// Visitors by (user_id, device_type): half a cache line each.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/baseline/event_type.h"
#include "bench/baseline/hash_index.h"
#include "bench/baseline/memory.h"
#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline::ab_test {

struct Event {
  Text user_id;
  uint64_t hash;    // of user and device
  uint32_t device;  // Dictionary
  EventType type;
};

/// Counts have 32 bits: no visitor makes four billion events.
struct alignas(32) Visitor {
  Text user_id;
  uint32_t events;
  uint32_t carts;
  uint32_t purchases;
  uint32_t device : 30;
  uint32_t has_event_type : 1;  // Some event_type is not NULL: bool_or is not NULL.
  uint32_t is_touched : 1;      // By the current batch.
};
static_assert(sizeof(Visitor) == 32);

class VisitorTable {
 public:
  VisitorTable() : rows_(kRowsMax), index_(14) {}

  Visitor& operator[](uint32_t row) { return rows_[row]; }
  const Visitor& operator[](uint32_t row) const { return rows_[row]; }
  uint32_t size() const { return static_cast<uint32_t>(rows_.size()); }

  static uint64_t hash(const Text& user_id, uint32_t device) {
    return multiply_mix(user_id.hash() ^ device, kHashSeedA);
  }
  void prefetch_slot(uint64_t hash) const { index_.prefetch_slot(hash); }

  /// A row that is likely to be the event's, on its way, or HashIndex::kNone.
  uint32_t prefetch_row(uint64_t hash) const {
    const uint32_t row = index_.guess(hash);
    if (row != HashIndex::kNone) prefetch(&rows_[row]);
    return row;
  }

  /// The event's row; `guess` is what prefetch_row said. A new row has seen no event.
  uint32_t find_or_add(const Event& event, uint32_t guess) {
    if (guess != HashIndex::kNone && is_key(guess, event)) [[likely]]
      return guess;
    const uint32_t found = index_.find(event.hash, [&](uint32_t row) { return is_key(row, event); });
    if (found != HashIndex::kNone) return found;
    const uint32_t row = rows_.append();
    rows_[row].user_id = event.user_id.owned_by(arena_);
    rows_[row].device = event.device & kDeviceMask;
    index_.insert(event.hash, row);
    return row;
  }

  size_t state_bytes() const { return rows_.state_bytes() + index_.state_bytes() + arena_.state_bytes(); }

 private:
  static constexpr size_t kRowsMax = size_t{1} << 28;
  static constexpr uint32_t kDeviceMask = (uint32_t{1} << 30) - 1;

  bool is_key(uint32_t row, const Event& event) const {
    return rows_[row].user_id == event.user_id && rows_[row].device == event.device;
  }

  Slab<Visitor> rows_;
  HashIndex index_;
  TextArena arena_;
};

}  // namespace sqlmill::bench::baseline::ab_test
