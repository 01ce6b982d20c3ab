// The distinct values of one aggregate's argument in every group of an operator: an entry of its own for each
// (group, value), so that what changes is proportional to what arrives, however large a group is.
#pragma once

#include "runtime/sql/compare.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"

namespace sqlmill::rt::state {

template <class T, bool kAppendOnly>
class DistinctEntries {
 public:
  /// Adds `weight` to the value's count in the group. The change in the number of distinct values: -1, 0
  /// or 1. An entry whose count is not positive does not count; counts may be negative within an epoch.
  ///
  /// `h` is hash_of(group, value). A batch first calls prefetch_slot(h) for all of its values, then
  /// prefetch_entry(h), then add().
  int add(Heap& heap, uint32_t group, const T& value, int64_t weight, uint64_t h) {
    uint32_t number = index_.find(
        h, [&](uint32_t n) { return entries_[n].group == group && sql::equal(entries_[n].value, value); });
    if constexpr (kAppendOnly) {
      if (number != HashIndex::kNone) return 0;
      index_.insert(h, entries_.add(own(heap, value), group));
      return 1;
    } else {
      if (number == HashIndex::kNone) {
        number = entries_.add(own(heap, value), group, 0);
        index_.insert(h, number);
      }
      Entry& entry = entries_[number];
      const bool before = entry.count > 0;
      entry.count += weight;
      const bool after = entry.count > 0;
      if (entry.count == 0) {
        index_.erase(h, number);
        release(heap, entry.value);
        entries_.erase(number);
      }
      return static_cast<int>(after) - static_cast<int>(before);
    }
  }

  static uint64_t hash_of(uint32_t group, const T& value) {
    return sql::hash_combine(sql::hash(value), group);
  }
  void prefetch_slot(uint64_t h) const { index_.prefetch(h); }
  void prefetch_entry(uint64_t h) const {
    const uint32_t number = index_.candidate(h);
    if (number != HashIndex::kNone) entries_.prefetch(number);
  }

  size_t size() const { return entries_.size(); }
  size_t bytes() const { return index_.bytes() + entries_.bytes(); }

 private:
  struct CountedEntry {
    T value;
    uint32_t group;
    int64_t count;
  };
  struct PlainEntry {
    T value;
    uint32_t group;
  };
  using Entry = std::conditional_t<kAppendOnly, PlainEntry, CountedEntry>;

  HashIndex index_;
  Slab<Entry> entries_;
};

}  // namespace sqlmill::rt::state
