// An open-addressing index from 64-bit hashes to record numbers. Knows nothing of keys: the caller compares.
// A slot is 8 bytes: the hash's upper half and the record's number, so growing reads no record.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"

namespace sqlmill::rt::state {

class HashIndex {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  HashIndex() { allocate(kInitialSlots); }

  void prefetch(uint64_t hash) const { base::prefetch(&slots_[position(tag(hash))]); }

  /// The first record whose hash agrees and for which `matches(record)` holds, or kNone.
  template <class Matches>
  uint32_t find(uint64_t hash, Matches matches) const {
    const uint32_t wanted = tag(hash);
    for (size_t at = position(wanted);; at = (at + 1) & mask_) {
      const Slot slot = slots_[at];
      if (slot.record == kNone) return kNone;
      if (slot.tag == wanted && matches(slot.record)) return slot.record;
    }
  }

  /// The first record whose hash seems to agree, or kNone: what find() will look at first, to be prefetched.
  uint32_t candidate(uint64_t hash) const {
    return find(hash, [](uint32_t) { return true; });
  }

  /// The record must not be there yet.
  void insert(uint64_t hash, uint32_t record) {
    if ((count_ + 1) * 3 > (mask_ + 1) * 2) grow();
    place({tag(hash), record});
    ++count_;
  }

  /// The record must be there.
  void erase(uint64_t hash, uint32_t record) {
    size_t at = position(tag(hash));
    while (slots_[at].record != record) at = (at + 1) & mask_;
    // Backward shift: what follows moves up, so that no search meets a hole.
    for (size_t next = (at + 1) & mask_; slots_[next].record != kNone; next = (next + 1) & mask_) {
      const size_t home = position(slots_[next].tag);
      if (((next - home) & mask_) < ((next - at) & mask_)) continue;
      slots_[at] = slots_[next];
      at = next;
    }
    slots_[at].record = kNone;
    --count_;
  }

  size_t size() const { return count_; }
  size_t bytes() const { return (mask_ + 1) * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t tag;
    uint32_t record;
  };
  static constexpr size_t kInitialSlots = 64;

  static uint32_t tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  /// From the tag alone, so that growing needs no hash: multiplied, the tag's upper bits are well mixed.
  size_t position(uint32_t tag) const { return (tag * 0x9e3779b97f4a7c15ull >> shift_) & mask_; }

  void allocate(size_t slots) {
    slots_.reset(static_cast<Slot*>(base::allocate_pages(slots * sizeof(Slot))));
    std::memset(static_cast<void*>(slots_.get()), 0xff, slots * sizeof(Slot));
    mask_ = slots - 1;
    shift_ = 64 - __builtin_ctzll(slots);
  }

  void place(Slot slot) {
    size_t at = position(slot.tag);
    while (slots_[at].record != kNone) at = (at + 1) & mask_;
    slots_[at] = slot;
  }

  void grow() {
    const base::Pages<Slot[]> old = std::move(slots_);
    const size_t old_slots = mask_ + 1;
    allocate(old_slots * 2);
    for (size_t i = 0; i < old_slots; ++i) {
      if (old[i].record != kNone) place(old[i]);
    }
  }

  base::Pages<Slot[]> slots_;
  size_t mask_ = 0;
  int shift_ = 0;
  size_t count_ = 0;
};

}  // namespace sqlmill::rt::state
