// One worker's share of an index on some columns of an output: the keys of the rows that have given values
// there. It is kept by the output's changes, of the epoch that runs, and asked between epochs.
//
// Invariant: what it finds is at least the keys of all rows that have the values in an epoch that is pinned
// or the last one; there may be more, so who reads the rows looks at their values again. An entry whose row
// has gone lingers until no pin sees it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "runtime/base/heap.h"
#include "runtime/sql/datum.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/slab.h"
#include "runtime/state/versions.h"

namespace sqlmill::rt::engine {

class SecondaryIndex {
 public:
  /// Columns of the output: those that are indexed, and its key. `pins` are the worker's.
  SecondaryIndex(std::vector<uint32_t> columns, std::span<const uint32_t> key, const state::Pins& pins)
      : columns_(std::move(columns)), key_(key.begin(), key.end()), pins_(pins) {}
  SecondaryIndex(const SecondaryIndex&) = delete;
  SecondaryIndex& operator=(const SecondaryIndex&) = delete;

  /// A change of the output, in any order within an epoch. A row with a NULL in an indexed column is in no
  /// index.
  void apply(int64_t weight, std::span<const sql::Datum> row);
  /// Forgets what no pin sees any more.
  void end_epoch();

  /// How many entries have these values, none of them NULL, at most.
  size_t count(std::span<const sql::Datum> values) const;
  /// `visit(key)` for each of them. The values of a key are borrowed until the next change.
  template <class Visit>
  void find(std::span<const sql::Datum> values, Visit visit) const {
    const uint32_t list = list_of(hash_of(values));
    for (uint32_t entry = list == kNone ? kNone : lists_[list].first; entry != kNone;
         entry = entries_[entry].next)
      visit(std::span<const sql::Datum>(entries_[entry].key.get(), key_.size()));
  }

  size_t entries() const { return entries_.size(); }
  size_t bytes() const;

 private:
  static constexpr uint32_t kNone = state::HashIndex::kNone;
  struct Entry {
    uint32_t list;
    uint32_t previous = kNone;  // Of the list.
    uint32_t next = kNone;
    int64_t weight = 0;    // 0 between epochs: it lingers,
    uint32_t gone_in = 0;  // since this epoch.
    std::unique_ptr<sql::Datum[]> key = nullptr;
  };
  /// Of the entries with one hash of values: mostly with the same values.
  struct List {
    uint64_t hash;
    uint32_t first = kNone;
    uint32_t size = 0;
  };

  static uint64_t hash_of(std::span<const sql::Datum> values);
  uint32_t list_of(uint64_t hash) const;
  uint32_t add(uint64_t values_hash, uint64_t entry_hash, std::span<const sql::Datum> key);
  void erase(uint32_t number);

  const std::vector<uint32_t> columns_;
  const std::vector<uint32_t> key_;
  state::Slab<Entry> entries_;
  state::Slab<List> lists_;
  state::HashIndex entry_index_;  // By values and key.
  state::HashIndex list_index_;   // By values.
  base::Heap heap_;               // Bytes of keys.
  const state::Pins& pins_;
  state::Lingering lingering_{pins_};
  std::vector<sql::Datum> values_;  // Of the row that is applied,
  std::vector<sql::Datum> row_key_;
};

}  // namespace sqlmill::rt::engine
