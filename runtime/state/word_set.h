// A set of 64-bit words, by open addressing: nothing but the words themselves, so that a look-up touches one
// cache line. Words are never removed.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"
#include "runtime/sql/hash.h"

namespace sqlmill::rt::state {

class WordSet {
 public:
  static constexpr uint64_t kNone = ~uint64_t{0};  // Is never a member.

  WordSet() { allocate(kInitialSlots); }

  void prefetch(uint64_t word) const { base::prefetch_for_write(&slots_[position(word)]); }

  /// Whether the word is new.
  bool insert(uint64_t word) {
    size_t at = position(word);
    for (; slots_[at] != kNone; at = (at + 1) & mask_) {
      if (slots_[at] == word) return false;
    }
    slots_[at] = word;
    if (++count_ * 4 > (mask_ + 1) * 3) grow();
    return true;
  }

  size_t size() const { return count_; }
  size_t bytes() const { return (mask_ + 1) * sizeof(uint64_t); }

 private:
  static constexpr size_t kInitialSlots = 64;

  /// From the upper bits, so that growing goes through the old and the new slots in the same order.
  size_t position(uint64_t word) const { return sql::hash_word(word) >> shift_; }

  void allocate(size_t slots) {
    slots_.reset(static_cast<uint64_t*>(base::allocate_pages(slots * sizeof(uint64_t))));
    std::memset(slots_.get(), 0xff, slots * sizeof(uint64_t));
    mask_ = slots - 1;
    shift_ = 64 - __builtin_ctzll(slots);
  }

  void grow() {
    const base::Pages<uint64_t[]> old = std::move(slots_);
    const size_t old_slots = mask_ + 1;
    allocate(old_slots * 2);
    for (size_t i = 0; i < old_slots; ++i) {
      if (old[i] == kNone) continue;
      size_t at = position(old[i]);
      while (slots_[at] != kNone) at = (at + 1) & mask_;
      slots_[at] = old[i];
    }
  }

  base::Pages<uint64_t[]> slots_;
  size_t mask_ = 0;
  int shift_ = 0;
  size_t count_ = 0;
};

}  // namespace sqlmill::rt::state
