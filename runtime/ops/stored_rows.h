// The rows of a view that no operator's records hold: a multiset in which an insertion and a retraction of
// identical rows cancel.
//
// Row has, as friends:  hash(row), identical(a, b), own(heap, row), release(heap, row).
#pragma once

#include "runtime/delta/batch.h"
#include "runtime/ops/environment.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"

namespace sqlmill::rt::ops {

template <class Row>
class StoredRows {
 public:
  template <class Batch>
  void apply(const Batch& batch) {
    for (size_t i = 0; i < batch.size(); ++i) add(batch.row(i), batch.weight(i));
    counters_.rows_in += batch.size();
  }

  /// `visit(row, weight)`; weights are positive between epochs.
  template <class Visit>
  void for_each(Visit visit) {
    entries_.for_each(
        [&](uint32_t, Entry& entry) { visit(static_cast<const Row&>(entry.row), entry.weight); });
  }

  void end_epoch() { heap_.collect(); }
  const Counters& counters() const { return counters_; }
  size_t records() const { return entries_.size(); }
  size_t state_bytes() const { return index_.bytes() + entries_.bytes() + heap_.reserved_bytes(); }

 private:
  struct Entry {
    Row row;
    int64_t weight;
  };

  void add(const Row& row, int64_t weight) {
    ++counters_.touched;
    const uint64_t h = hash(row);
    const uint32_t found = index_.find(h, [&](uint32_t n) { return identical(entries_[n].row, row); });
    if (found == state::HashIndex::kNone) {
      index_.insert(h, entries_.add(own(heap_, row), weight));
      return;
    }
    Entry& entry = entries_[found];
    entry.weight += weight;
    if (entry.weight != 0) return;
    index_.erase(h, found);
    release(heap_, entry.row);
    entries_.erase(found);
  }

  state::HashIndex index_;
  state::Slab<Entry> entries_;
  base::Heap heap_;
  Counters counters_;
};

}  // namespace sqlmill::rt::ops
