// The distinct values of one aggregate's argument in every group of an operator: an entry of its own for each
// (group, value), so that what changes is proportional to what arrives, however large a group is.
#pragma once

#include "runtime/sql/compare.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"
#include "runtime/state/touched.h"

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
      touched_.note(number);
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
  size_t bytes() const { return index_.bytes() + entries_.bytes() + touched_.bytes(); }

  void note_touched() { touched_.turn_on(); }
  /// What has changed since the last call.
  template <class Entries>
  void save(Entries& entries) {
    entries.next_part();
    if constexpr (kAppendOnly) {
      for (; saved_ < entries_.end(); ++saved_)
        entries.put(saved_, entries_[saved_].group, entries_[saved_].value);
    } else {
      touched_.take([&](uint32_t number) {
        if (entries_.has(number)) {
          const Entry& entry = entries_[number];
          entries.put(number, entry.group, entry.count, entry.value);
        } else {
          entries.remove(number);
        }
      });
    }
  }
  template <class Entries>
  void load(Heap& heap, Entries& entries) {
    entries.next_part(heap, [&](uint64_t number, auto& decoder) {
      Entry& entry = entries_.add_at(static_cast<uint32_t>(number));
      if constexpr (kAppendOnly) {
        decoder(entry.group, entry.value);
      } else {
        decoder(entry.group, entry.count, entry.value);
      }
      index_.insert(hash_of(entry.group, entry.value), static_cast<uint32_t>(number));
    });
    saved_ = entries_.end();
  }

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
  Touched touched_;     // If entries can go.
  uint32_t saved_ = 0;  // If they cannot: those before this one are in a checkpoint.
};

}  // namespace sqlmill::rt::state
