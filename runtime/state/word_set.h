// A set of 64-bit words, by open addressing: nothing but the words themselves, so that a look-up touches one
// cache line. Words are never removed.
#pragma once

#include <cstdint>

#include "runtime/base/prefetch.h"
#include "runtime/sql/hash.h"
#include "runtime/state/growing_slots.h"

namespace sqlmill::rt::state {

class WordSet {
 public:
  static constexpr uint64_t kNone = ~uint64_t{0};  // Is never a member.

  void prefetch(uint64_t word) const { base::prefetch(slots_.home(sql::hash_word(word))); }

  /// Whether the word is new.
  bool insert(uint64_t word) {
    for (const uint64_t* slot = slots_.home(sql::hash_word(word)); *slot != 0; ++slot) {
      if (*slot == ~word) return false;
    }
    slots_.place(~word);
    return true;
  }

  size_t size() const { return slots_.size(); }
  size_t bytes() const { return slots_.bytes(); }

 private:
  struct Slots {
    static constexpr size_t kMostOf16 = 12;
    static uint64_t mix(uint64_t slot) { return sql::hash_word(~slot); }
  };
  GrowingSlots<Slots> slots_;
};

}  // namespace sqlmill::rt::state
