// DistinctEntries (distinct_entries.h) for texts that are never taken back: every value is kept once and has
// a number, and an entry is one word of group and number. Most values are in many groups, so this is both
// smaller and faster than a copy of the text in each entry.
#pragma once

#include <vector>

#include "runtime/sql/compare.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"
#include "runtime/state/word_set.h"

namespace sqlmill::rt::state {

class DistinctTexts {
 public:
  /// A batch first calls prefetch_slot(hash_of(value)) for all of its values, then prefetch_entry(), then
  /// resolve(), then add().
  static uint64_t hash_of(uint32_t, const sql::Text& value) { return sql::hash(value); }
  void prefetch_slot(uint64_t h) const { index_.prefetch(h); }
  void prefetch_entry(uint64_t h) const {
    const uint32_t number = index_.candidate(h);
    if (number != HashIndex::kNone) values_.prefetch(number);
  }

  /// The entry of the value in the group, to be added.
  uint64_t resolve(Heap& heap, uint32_t group, const sql::Text& value, uint64_t h) {
    uint32_t number = index_.find(h, [&](uint32_t n) { return sql::equal(values_[n], value); });
    if (number == HashIndex::kNone) {
      number = values_.add(own(heap, value));
      index_.insert(h, number);
    }
    const uint64_t entry = uint64_t{group} << 32 | number;
    entries_.prefetch(entry);
    return entry;
  }

  /// The change in the number of distinct values of the group: 0 or 1.
  int add(Heap&, uint32_t, const sql::Text&, int64_t, uint64_t entry) {
    if (!entries_.insert(entry)) return 0;
    if (notes_new_) [[unlikely]]
      new_.push_back(entry);
    return 1;
  }

  size_t size() const { return entries_.size(); }
  size_t bytes() const {
    return index_.bytes() + values_.bytes() + entries_.bytes() + new_.capacity() * sizeof(uint64_t);
  }

  void note_touched() { notes_new_ = true; }
  /// What has come since the last call.
  template <class Entries>
  void save(Entries& entries) {
    entries.next_part();
    for (; saved_ < values_.end(); ++saved_) entries.put(saved_, values_[saved_]);
    entries.next_part();
    for (const uint64_t entry : new_) entries.put(entry);
    new_.clear();
  }
  template <class Entries>
  void load(Heap& heap, Entries& entries) {
    entries.next_part(heap, [&](uint64_t number, auto& decoder) {
      sql::Text& value = values_.add_at(static_cast<uint32_t>(number));
      decoder(value);
      index_.insert(sql::hash(value), static_cast<uint32_t>(number));
    });
    saved_ = values_.end();
    entries.next_part(heap, [&](uint64_t entry, auto&) { entries_.insert(entry); });
  }

 private:
  HashIndex index_;
  Slab<sql::Text> values_;
  WordSet entries_;
  bool notes_new_ = false;
  std::vector<uint64_t> new_;  // Entries that are in no checkpoint,
  uint32_t saved_ = 0;         // and from this one on the values.
};

}  // namespace sqlmill::rt::state
