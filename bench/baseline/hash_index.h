// Open addressing over rows that live elsewhere: eight bytes a slot, 32 bits of the hash and the row's
// number.
//
// A slot's place is the top bits of its hash, so that slots stay nearly sorted by hash and doubling the table
// streams through both halves instead of jumping around. Nothing is ever removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "bench/baseline/memory.h"
#include "bench/baseline/simd.h"

namespace sqlmill::bench::baseline {

class HashIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit HashIndex(int slots_log2) { resize(slots_log2); }

  void prefetch_slot(uint64_t hash) const { prefetch(slots() + place(hash)); }

  /// The first row with this hash that `is_same(row)` accepts, or kNone.
  template <class IsSame>
  uint32_t find(uint64_t hash, IsSame&& is_same) const {
    const uint64_t tag = hash >> 32;
    for (size_t i = place(hash);; i = (i + 1) & mask_) {
      const uint64_t slot = slots()[i];
      if (slot == 0) return kNone;
      if (slot >> 32 == tag) {
        const auto row = static_cast<uint32_t>(slot) - 1;
        if (is_same(row)) [[likely]]
          return row;
      }
    }
  }

  /// The first row whose 32 bits of the hash are equal: almost always the one that is sought.
  uint32_t guess(uint64_t hash) const {
    return find(hash, [](uint32_t) { return true; });
  }

  /// `row` must not be in the index yet.
  void insert(uint64_t hash, uint32_t row) {
    if (++size_ * 8 > (mask_ + 1) * 5) [[unlikely]]
      resize(64 - shift_ + 1);
    put((hash >> 32) << 32 | (row + 1));
  }

  size_t state_bytes() const { return (mask_ + 1) * sizeof(uint64_t); }

 private:
  uint64_t* slots() const { return reinterpret_cast<uint64_t*>(mapping_.data()); }
  size_t place(uint64_t hash) const { return hash >> shift_; }

  void put(uint64_t slot) {
    size_t i = place(slot);
    while (slots()[i] != 0) i = (i + 1) & mask_;
    slots()[i] = slot;
  }

  void resize(int slots_log2) {
    const Mapping old = std::move(mapping_);
    const size_t old_slots = mask_ + 1;
    const auto* slots = reinterpret_cast<const uint64_t*>(old.data());
    mapping_ = Mapping(sizeof(uint64_t) << slots_log2);
    shift_ = 64 - slots_log2;
    mask_ = (size_t{1} << slots_log2) - 1;
    if (slots == nullptr) return;
    for (size_t i = 0; i < old_slots; ++i) {
      if (slots[i] != 0) put(slots[i]);
    }
  }

  Mapping mapping_;
  size_t mask_ = 0;
  size_t size_ = 0;
  int shift_ = 0;
};

}  // namespace sqlmill::bench::baseline
