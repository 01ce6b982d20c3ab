// The rows of a view that no operator's records hold: a multiset in which an insertion and a retraction of
// identical rows cancel.
//
// Row has, as friends:  hash(row), identical(a, b), own(heap, row), release(heap, row).
#pragma once

#include <cstdio>
#include <cstdlib>

#include "runtime/delta/batch.h"
#include "runtime/ops/environment.h"
#include "runtime/ops/reading.h"
#include "runtime/state/entries.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"
#include "runtime/state/touched.h"
#include "runtime/state/versions.h"

namespace sqlmill::rt::ops {

template <class Row>
class StoredRows {
 public:
  using Kept = KeptRow<Row>;

  explicit StoredRows(Environment env) : env_(env) {}

  template <class Batch>
  void apply(const Batch& batch) {
    for (size_t i = 0; i < batch.size(); ++i) add(batch.row(i), batch.weight(i));
    counters_.rows_in += batch.size();
  }

  /// The next rows, at most kKeptRows and of at most `max_records` records; a row of weight n comes n times.
  KeptCount read(uint32_t epoch, Cursor& cursor, uint32_t max_records, Kept* kept) const {
    if (cursor.part == 0) cursor = {0, entries_.end(), 1};
    KeptCount count{};
    while (cursor.next < cursor.end && count.records < max_records && count.rows < kKeptRows) {
      if (cursor.next + kReadAhead < cursor.end)
        entries_.prefetch(static_cast<uint32_t>(cursor.next + kReadAhead));
      const Entry* entry = as_of(static_cast<uint32_t>(cursor.next), epoch);
      const int64_t weight = entry ? entry->weight : 0;
      if (weight < 0) broken();
      for (; cursor.copies < weight && count.rows < kKeptRows; ++cursor.copies)
        kept[count.rows++] = {&entry->row};
      if (cursor.copies < weight) break;
      cursor.copies = 0;
      ++cursor.next;
      ++count.records;
    }
    cursor.at_end = cursor.next >= cursor.end;
    return count;
  }

  void end_epoch() {
    lingering_.reap([this](uint32_t number, uint32_t epoch) {
      if (!entries_.has(number)) return;
      Entry& entry = entries_[number];
      if (entry.weight == 0 && entry.touched_epoch == epoch) erase(number, entry);
    });
    env_.collect(heap_);
    versions_.forget();
    if (env_.pins.renumbers()) entries_.for_each([](uint32_t, Entry& entry) { entry.touched_epoch = 1; });
  }

  /// From now on what changes is noted for save(). Before the first epoch.
  void note_touched() { touched_.turn_on(); }
  /// Writes the rows that have changed since the last call, between two epochs.
  void save(state::ChangedEntries& entries) {
    entries.next_part();
    touched_.take([&](uint32_t number) {
      if (entries_.has(number) && entries_[number].weight != 0) {
        entries.put(number, entries_[number].row, entries_[number].weight);
      } else {
        entries.remove(number);
      }
    });
  }
  void load(state::Loading& entries) {
    entries.next_part(heap_, [&](uint64_t number, state::Decoder& decoder) {
      Entry& entry = entries_.add_at(static_cast<uint32_t>(number));
      entry.touched_epoch = 1;
      decoder(entry.row, entry.weight);
      index_.insert(hash(entry.row), static_cast<uint32_t>(number));
    });
  }

  const Counters& counters() const { return counters_; }
  size_t records() const { return entries_.size(); }
  size_t state_bytes() const {
    return index_.bytes() + entries_.bytes() + heap_.reserved_bytes() + versions_.bytes() + touched_.bytes();
  }

 private:
  struct Entry {
    uint32_t touched_epoch;
    uint32_t newest_version;
    Row row;
    int64_t weight;  // 0 between epochs: it lingers for readers.
  };

  [[noreturn]] static void broken() {
    std::fprintf(stderr, "fault: a view has a row a negative number of times\n");
    std::abort();
  }

  const Entry* as_of(uint32_t number, uint32_t epoch) const {
    if (!entries_.has(number)) return nullptr;
    const Entry& entry = entries_[number];
    if (entry.touched_epoch <= epoch) return &entry;
    const auto* version = versions_.find(entry, number, epoch);
    return version ? &version->record : nullptr;
  }

  void add(const Row& row, int64_t weight) {
    ++counters_.touched;
    const uint64_t h = hash(row);
    const uint32_t found = index_.find(h, [&](uint32_t n) { return identical(entries_[n].row, row); });
    if (found == state::HashIndex::kNone) {
      const uint32_t number = entries_.add(env_.pins.epoch(), uint32_t{0}, own(heap_, row), weight);
      index_.insert(h, number);
      touched_.note(number);
      return;
    }
    touched_.note(found);
    Entry& entry = entries_[found];
    if (entry.touched_epoch != env_.pins.epoch()) {
      if (versions_.wants(entry)) versions_.save(entry, found);
      entry.touched_epoch = env_.pins.epoch();
    }
    entry.weight += weight;
    if (entry.weight != 0) return;
    if (env_.pins.any()) {
      lingering_.add(found);
    } else {
      erase(found, entry);
    }
  }

  void erase(uint32_t number, Entry& entry) {
    index_.erase(hash(entry.row), number);
    release(heap_, entry.row);
    entries_.erase(number);
  }

  Environment env_;
  state::HashIndex index_;
  state::Slab<Entry> entries_;
  base::Heap heap_;
  state::Versions<Entry> versions_{env_.pins};
  state::Lingering lingering_{env_.pins};
  state::Touched touched_;  // Since the last checkpoint.
  Counters counters_;
};

}  // namespace sqlmill::rt::ops
