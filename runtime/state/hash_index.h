// An open-addressing index from 64-bit hashes to record numbers. Knows nothing of keys: the caller compares.
// A slot is 8 bytes: the hash's upper half and the complement of the record's number, so growing reads no
// record.
#pragma once

#include <cstdint>

#include "runtime/base/prefetch.h"
#include "runtime/state/growing_slots.h"

namespace sqlmill::rt::state {

class HashIndex {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  void prefetch(uint64_t hash) const { base::prefetch(slots_.home(Slots::mix(tag(hash)))); }

  /// The first record whose hash agrees and for which `matches(record)` holds, or kNone.
  template <class Matches>
  uint32_t find(uint64_t hash, Matches matches) const {
    const uint64_t wanted = tag(hash);
    for (const uint64_t* slot = slots_.home(Slots::mix(wanted));; ++slot) {
      const uint64_t word = *slot;
      if (word == 0) return kNone;
      if ((word & kTagBits) == wanted && matches(record_of(word))) return record_of(word);
    }
  }

  /// The first record whose hash seems to agree, or kNone: what find() will look at first, to be prefetched.
  uint32_t candidate(uint64_t hash) const {
    return find(hash, [](uint32_t) { return true; });
  }

  /// The record must not be there yet.
  void insert(uint64_t hash, uint32_t record) { slots_.place(tag(hash) | static_cast<uint32_t>(~record)); }

  /// The record must be there.
  void erase(uint64_t hash, uint32_t record) {
    const uint64_t word = tag(hash) | static_cast<uint32_t>(~record);
    uint64_t* slot = slots_.home(Slots::mix(word));
    while (*slot != word) ++slot;
    slots_.erase(slot);
  }

  size_t size() const { return slots_.size(); }
  size_t bytes() const { return slots_.bytes(); }

 private:
  static constexpr uint64_t kTagBits = uint64_t{0xffffffff} << 32;
  static uint64_t tag(uint64_t hash) { return hash & kTagBits; }
  static uint32_t record_of(uint64_t word) { return ~static_cast<uint32_t>(word); }

  struct Slots {
    static constexpr size_t kMostOf16 = 11;
    /// From the tag alone: multiplied, its upper bits are well mixed.
    static uint64_t mix(uint64_t word) { return (word >> 32) * 0x9e3779b97f4a7c15ull; }
  };
  GrowingSlots<Slots> slots_;
};

}  // namespace sqlmill::rt::state
