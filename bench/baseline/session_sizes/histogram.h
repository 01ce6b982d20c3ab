// The histogram's bars, by session size, and their classes.
//
// A session only grows: it enters a bar once, with a duration that stays while it is there, and leaves it for
// good. So a bar need not be told who leaves: whoever has another size now is not there any more. It keeps
// its sessions in no order, and only of the shortest and of the longest ones a heap, in which what has left
// is found when it comes to the top.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "bench/baseline/session_sizes/session_table.h"

namespace sqlmill::bench::baseline::session_sizes {

/// A row of session_histogram; without sessions it is not in the view.
struct BarRow {
  uint64_t sessions = 0;
  uint64_t pages = 0;             // Of all sessions: their average is a quotient.
  int64_t shortest_us = kNoTime;  // kNoTime: NULL.
  int64_t longest_us = kNoTime;

  bool operator==(const BarRow&) const = default;
};

/// AVG(pages): `value` / 10^scale as PostgreSQL computes it.
struct Average {
  __int128 value;
  int64_t scale;
};
Average average_pages(const BarRow& row);

/// The sessions with the least keys: durations, or negated durations. What is not here has no lesser key than
/// all that is.
class Candidates {
 public:
  void add(int64_t key, uint32_t session) {
    if (key >= bound_) [[likely]]
      return;
    entries_.push_back({key, session});
    std::push_heap(entries_.begin(), entries_.end());
  }

  size_t size() const { return entries_.size(); }

  /// Takes those out that are not valid, and of the others all but the `size` least.
  template <class IsValid>
  void trim(size_t size, IsValid&& is_valid) {
    std::erase_if(entries_, [&](const Entry& entry) { return !is_valid(entry.session); });
    if (entries_.size() > size) {
      const auto last = entries_.begin() + static_cast<ptrdiff_t>(size) - 1;
      std::nth_element(entries_.begin(), last, entries_.end(),
                       [](const Entry& a, const Entry& b) { return b < a; });
      bound_ = last->key;
      entries_.resize(size);
    }
    std::make_heap(entries_.begin(), entries_.end());
  }

  /// Forgets all; what comes next is everything there is.
  void restart() {
    entries_.clear();
    bound_ = INT64_MAX;
  }

  /// The least key, or kNoTime when none of the candidates is valid any more.
  template <class IsValid>
  int64_t least(IsValid&& is_valid) {
    while (!entries_.empty() && !is_valid(entries_.front().session)) {
      std::pop_heap(entries_.begin(), entries_.end());
      entries_.pop_back();
    }
    return entries_.empty() ? kNoTime : entries_.front().key;
  }

  size_t bytes() const { return entries_.capacity() * sizeof(Entry); }

 private:
  struct [[gnu::packed]] Entry {
    int64_t key;
    uint32_t session;
    bool operator<(const Entry& other) const { return key > other.key; }
  };
  std::vector<Entry> entries_;
  int64_t bound_ = INT64_MAX;
};

class Bar {
 public:
  void enter(const SessionTable& sessions, uint32_t size, uint32_t session, const SessionTotals& totals);
  void leave(const SessionTotals& totals) {
    --row_.sessions;
    row_.pages -= totals.pages;
    timed_sessions_ -= totals.duration_us() != kNoTime;
  }
  BarRow row(const SessionTable& sessions, uint32_t size);

  uint64_t sessions() const { return row_.sessions; }
  size_t bytes() const {
    return sizeof *this + timed_.capacity() * sizeof timed_[0] + shortest_.bytes() + longest_.bytes();
  }

  BarRow shown;        // As last emitted.
  uint32_t batch = 0;  // The last one that touched this bar.

 private:
  /// So many candidates are kept, of `timed_sessions_`: enough to pay for finding them anew.
  size_t candidates_min() const { return std::max<size_t>(32, timed_sessions_ / 8); }
  size_t candidates_max() const { return std::max<size_t>(64, timed_sessions_ / 2); }
  void find_candidates(const SessionTable& sessions, uint32_t size);

  BarRow row_;  // But for the extremes.
  uint64_t timed_sessions_ = 0;
  std::vector<uint32_t> timed_;  // Sessions with a duration, and some that have left.
  Candidates shortest_;
  Candidates longest_;
};

enum class SizeClass : uint8_t { kBounce, kShort, kEngaged, kLong };
inline constexpr size_t kSizeClasses = 4;

constexpr SizeClass size_class(uint32_t size) {
  return size == 1    ? SizeClass::kBounce
         : size <= 5  ? SizeClass::kShort
         : size <= 15 ? SizeClass::kEngaged
                      : SizeClass::kLong;
}

/// A row of session_classes; without sessions it is not in the view.
struct ClassRow {
  uint64_t sessions = 0;
  uint64_t events = 0;
  uint64_t smallest = 0;
  uint64_t biggest = 0;

  bool operator==(const ClassRow&) const = default;
};

class Histogram {
 public:
  Histogram() : few_(kFew) {}

  Bar& bar(uint32_t size) { return size < kFew ? few_[size] : many_[size]; }

  /// A bar had `before` sessions at the end of the last batch and has `after` now.
  void count(uint32_t size, uint64_t before, uint64_t after);

  ClassRow class_row(SizeClass size_class) const;

  /// All bars with sessions, by size.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (uint32_t size = 1; size < kFew; ++size) {
      if (few_[size].sessions() > 0) visit(size, few_[size]);
    }
    for (auto& [size, bar] : many_) {
      if (bar.sessions() > 0) visit(size, bar);
    }
  }

  size_t bytes() const;

 private:
  /// Below, bars are in an array, and bits say which have sessions; above, they are rare.
  static constexpr uint32_t kFew = 256;

  uint32_t least(uint32_t from, uint32_t to) const;
  uint32_t greatest(uint32_t from, uint32_t to) const;

  std::vector<Bar> few_;
  std::array<uint64_t, kFew / 64> has_few_{};
  std::map<uint32_t, Bar> many_;
  std::array<ClassRow, kSizeClasses> sums_{};  // Without the extremes.
};

}  // namespace sqlmill::bench::baseline::session_sizes
