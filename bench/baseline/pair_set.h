// A set of (page, owner) pairs: what COUNT(DISTINCT …) remembers once the owner's own list of pages is full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "bench/baseline/memory.h"
#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline {

/// Eight bytes a slot, open addressing, at most 5/8 full.
class PairSet {
 public:
  PairSet() { resize(kSlotsLog2First); }

  static uint64_t pair(uint32_t page, uint32_t owner) { return uint64_t{page} << 32 | owner; }

  void prefetch_slot(uint64_t pair) const { prefetch(slots() + place(pair)); }

  /// False when the pair is there already. No page has number 0, so no pair is 0.
  bool insert(uint64_t pair) {
    size_t i = place(pair);
    for (; slots()[i] != 0; i = (i + 1) & mask_) {
      if (slots()[i] == pair) return false;
    }
    slots()[i] = pair;
    if (++size_ * 8 > (mask_ + 1) * 5) [[unlikely]]
      resize(64 - shift_ + 1);
    return true;
  }

  size_t state_bytes() const { return (mask_ + 1) * sizeof(uint64_t); }

 private:
  static constexpr int kSlotsLog2First = 12;

  uint64_t* slots() const { return reinterpret_cast<uint64_t*>(mapping_.data()); }
  size_t place(uint64_t pair) const { return multiply_mix(pair ^ kHashSeedA, kHashSeedB) >> shift_; }

  void resize(int slots_log2) {
    const Mapping old = std::move(mapping_);
    const size_t old_slots = mask_ + 1;
    const auto* pairs = reinterpret_cast<const uint64_t*>(old.data());
    mapping_ = Mapping(sizeof(uint64_t) << slots_log2);
    shift_ = 64 - slots_log2;
    mask_ = (size_t{1} << slots_log2) - 1;
    size_ = 0;
    if (pairs == nullptr) return;
    for (size_t i = 0; i < old_slots; ++i) {
      if (pairs[i] != 0) insert(pairs[i]);
    }
  }

  Mapping mapping_;
  size_t mask_ = 0;
  size_t size_ = 0;
  int shift_ = 0;
};

}  // namespace sqlmill::bench::baseline
