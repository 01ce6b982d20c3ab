// The slots of an open-addressing table, which grows in steps: while words move to a table of twice the size,
// each insertion moves a few slots, so that none takes long. A look-up probes one table nevertheless: slots
// before a point have moved, and the point stands behind an empty slot, so that no run of words lies across
// it. Words whose home lies before the point are in the new table, all others in the old one.
//
// A run does not go around the end: there are more slots behind the last home. Slots of 0 are empty, so that
// fresh pages need no filling. Touching them for the first time takes longer than moving words, so when the
// table is nearly full, another thread touches the pages of the next one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"

namespace sqlmill::rt::state {

/// Words are never 0. `Traits::mix(word)` has in its upper bits where the word belongs; kMostOf16: how many
/// of 16 slots are in use at most.
template <class Traits>
class GrowingSlots {
 public:
  GrowingSlots() : now_(kFirstSlots, kSpareSlots) {}
  GrowingSlots(const GrowingSlots&) = delete;
  GrowingSlots& operator=(const GrowingSlots&) = delete;
  ~GrowingSlots() {
    if (filler_.joinable()) filler_.join();
  }

  /// Where a word with these mixed bits is looked for: from here on to the first empty slot.
  uint64_t* home(uint64_t mixed) const {
    if (is_growing_ && (mixed >> old_.shift) >= moved_) [[unlikely]]
      return old_.slots + (mixed >> old_.shift);
    return now_.slots + (mixed >> now_.shift);
  }

  /// Puts the word, which is new, into its slot.
  void place(uint64_t word) {
    make_room();
    while (!put(table_of(Traits::mix(word)), word)) rebuild();
    ++count_;
  }

  /// Takes the word in this slot out. What follows moves up, so that no search meets a hole.
  void erase(uint64_t* slot) {
    const Table& table = is_of(old_, slot) ? old_ : now_;
    size_t at = static_cast<size_t>(slot - table.slots);
    for (size_t next = at + 1; table.slots[next] != 0; ++next) {
      if ((Traits::mix(table.slots[next]) >> table.shift) > at) continue;
      table.slots[at] = table.slots[next];
      at = next;
    }
    table.slots[at] = 0;
    --count_;
  }

  size_t size() const { return count_; }
  size_t bytes() const { return now_.bytes() + old_.bytes() + next_.bytes(); }

 private:
  static constexpr size_t kFirstSlots = 64;
  static constexpr size_t kSpareSlots = 64;
  static constexpr size_t kStepSlots = 32;
  /// A smaller table is moved at once, which takes some 10 µs.
  static constexpr size_t kHomesInSteps = 4096;
  static constexpr size_t kHugePageSlots = base::kHugePageBytes / sizeof(uint64_t);

  struct Table {
    Table() = default;
    /// One more, which stays empty.
    Table(size_t homes_, size_t spare_)
        : memory((homes_ + spare_ + 1) * sizeof(uint64_t)),
          slots(reinterpret_cast<uint64_t*>(memory.data())),
          homes(homes_),
          spare(spare_),
          shift(64 - __builtin_ctzll(homes_)) {}
    size_t end() const { return homes + spare; }
    size_t bytes() const { return slots ? (end() + 1) * sizeof(uint64_t) : 0; }

    base::ZeroedPages memory;
    uint64_t* slots = nullptr;
    size_t homes = 0;
    size_t spare = 0;
    int shift = 0;
  };

  static bool is_of(const Table& table, const uint64_t* slot) {
    return slot >= table.slots && slot < table.slots + table.end();
  }
  Table& table_of(uint64_t mixed) { return is_growing_ && (mixed >> old_.shift) >= moved_ ? old_ : now_; }
  /// False: the table has no slot left behind the word's home.
  static bool put(Table& table, uint64_t word) {
    size_t at = Traits::mix(word) >> table.shift;
    while (table.slots[at] != 0) ++at;
    if (at == table.end()) return false;
    table.slots[at] = word;
    return true;
  }

  /// Before a word is added.
  void make_room() {
    if (is_growing_) [[unlikely]] {
      step();
    } else if ((count_ + 1) * 16 > now_.homes * Traits::kMostOf16) [[unlikely]] {
      grow();
    } else if (now_.homes >= kHomesInSteps && !next_.slots &&
               (count_ + 1) * 16 > now_.homes * (Traits::kMostOf16 - 2)) [[unlikely]] {
      fill_next();
    }
  }

  /// In another thread. Growing may begin before it has ended, and then touches pages itself.
  void fill_next() {
    next_ = Table(now_.homes * 2, kSpareSlots);
    if (next_.bytes() < 2 * base::kHugePageBytes) return;
    if (filler_.joinable()) filler_.join();
    filler_ =
        std::thread([data = next_.memory.data(), bytes = next_.bytes()] { base::touch_pages(data, bytes); });
  }

  void grow() {
    if (now_.homes < kHomesInSteps) {
      rebuild(now_.homes * 2, now_.spare);
      return;
    }
    if (!next_.slots) next_ = Table(now_.homes * 2, kSpareSlots);
    old_ = std::exchange(now_, std::exchange(next_, Table()));
    moved_ = given_back_ = 0;
    is_growing_ = true;
    step();
  }

  void step() {
    const size_t end = std::min(moved_ + kStepSlots, old_.end());
    for (; moved_ < end || (moved_ < old_.end() && old_.slots[moved_ - 1] != 0); ++moved_) {
      const uint64_t word = old_.slots[moved_];
      if (word != 0 && !put(now_, word)) {
        rebuild();
        return;
      }
    }
    if (moved_ == old_.end()) {
      old_ = Table();
      is_growing_ = false;
    } else if (moved_ - given_back_ >= kHugePageSlots) {
      // Whole huge pages; the memory begins with one.
      old_.memory.give_back(given_back_ * sizeof(uint64_t), base::kHugePageBytes);
      given_back_ += kHugePageSlots;
    }
  }

  /// A run has reached the end: rare, and where homes are many, words have been chosen so.
  [[gnu::noinline]] void rebuild() {
    const bool is_crowded = count_ * 4 > now_.homes;
    rebuild(is_crowded ? now_.homes * 2 : now_.homes, is_crowded ? now_.spare : now_.spare * 2);
  }
  void rebuild(size_t homes, size_t spare) {
    Table all(homes, spare);
    const auto put_all = [&](const Table& from, size_t begin) {
      for (size_t at = begin; at < from.end(); ++at) {
        if (from.slots[at] != 0 && !put(all, from.slots[at])) return false;
      }
      return true;
    };
    if (!put_all(now_, 0) || (is_growing_ && !put_all(old_, moved_))) {
      rebuild(homes, spare * 2);
      return;
    }
    if (filler_.joinable()) filler_.join();
    now_ = std::move(all);
    old_ = Table();
    next_ = Table();
    is_growing_ = false;
  }

  Table now_;
  bool is_growing_ = false;
  Table old_;              // While it grows.
  size_t moved_ = 0;       // The slots of old_ before this one have moved.
  size_t given_back_ = 0;  // The memory of those before this one is the system's again.
  size_t count_ = 0;
  Table next_;
  std::thread filler_;  // Of the pages of next_, which may be now_ meanwhile.
};

}  // namespace sqlmill::rt::state
