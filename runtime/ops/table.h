// The rows of a CREATE TABLE: with a primary key a second row of the same key overwrites the first, without
// one every row is its own.
//
// A Spec has kName, kHasKey, kAppendOnly and Row, whose friends are own(), release() and, if kHasKey,
// hash_key() and same_key().
#pragma once

#include <algorithm>
#include <span>
#include <type_traits>
#include <vector>

#include "runtime/delta/batch.h"
#include "runtime/ops/environment.h"
#include "runtime/ops/exchange.h"
#include "runtime/ops/reading.h"
#include "runtime/state/entries.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"
#include "runtime/state/touched.h"
#include "runtime/state/versions.h"

namespace sqlmill::rt::ops {

template <class Spec>
class Table {
 public:
  using Row = typename Spec::Row;
  using Kept = KeptRow<Row>;
  using InsertBatch = delta::Batch<Row, true>;
  using OutputBatch = delta::Batch<Row, Spec::kAppendOnly>;
  using InsertExchange = Exchange<Row, true>;

  explicit Table(Environment env) : env_(env) {}

 private:
  struct Deleted {
    bool is_deleted = false;  // It lingers for readers.
  };
  struct NeverDeleted {};
  struct Entry {
    uint32_t touched_epoch;
    uint32_t newest_version;
    Row row;
    [[no_unique_address]] std::conditional_t<Spec::kAppendOnly, NeverDeleted, Deleted> mark{};
  };

 public:
  /// Stores rows that belong to this worker and sends the others to the owner of their key. Rows without a
  /// key stay where they arrive.
  void insert(const InsertBatch& batch, InsertExchange& exchange, OutputBatch& out) {
    if (ignores_) return;
    for (size_t i = 0; i < batch.size(); ++i) {
      size_t owner = env_.worker;
      if constexpr (Spec::kHasKey) owner = worker_of(hash_key(batch.row(i)), env_.workers);
      if (owner == env_.worker && env_.workers == 1) {
        store(batch.row(i), out);
      } else {
        exchange.box(env_.worker, owner).add(batch.row(i));
      }
    }
  }

  void receive(InsertExchange& exchange, OutputBatch& out) {
    if (announces_) announce_to(out);
    if (env_.workers == 1) return;
    for (size_t from = 0; from < env_.workers; ++from) {
      auto& box = exchange.box(from, env_.worker);
      for (size_t i = 0; i < box.size(); ++i) store(box.row(i), out);
      box.clear();
    }
  }

  /// DELETE … WHERE: `matches(row)` false or failed keeps the row.
  template <class Matches>
  void remove(Matches matches, OutputBatch& out) {
    static_assert(!Spec::kAppendOnly);
    rows_.for_each([&](uint32_t number, Entry& entry) {
      if (is_deleted(entry) || !selected(matches(static_cast<const Row&>(entry.row)))) return;
      doom(number, entry, out);
    });
    erase_doomed();
  }

  /// Rows by their numbers.
  void remove(std::span<const uint32_t> numbers, OutputBatch& out) {
    static_assert(!Spec::kAppendOnly);
    for (const uint32_t number : numbers) {
      ++counters_.touched;
      doom(number, rows_[number], out);
    }
    erase_doomed();
  }

  /// UPDATE … SET … WHERE: `change(row, changed)` fills `changed`; a row for which it or `matches` fails
  /// stays as it is. The primary key does not change.
  template <class Matches, class Change>
  void update(Matches matches, Change change, OutputBatch& out) {
    static_assert(!Spec::kAppendOnly);
    rows_.for_each([&](uint32_t number, Entry& entry) {
      const Row& row = entry.row;
      if (is_deleted(entry) || !selected(matches(row))) return;
      Row changed = row;
      change(row, changed);
      if (env_.context.failed()) {
        env_.log_failure(Spec::kName);
        return;
      }
      replace(number, entry, changed, out);
    });
  }

  /// The next rows, at most kKeptRows and of at most `max_records` records.
  KeptCount read(uint32_t epoch, Cursor& cursor, uint32_t max_records, Kept* kept) const {
    if (cursor.part == 0) cursor = {0, rows_.end(), 1};
    KeptCount count{};
    const uint64_t end = std::min(cursor.end, cursor.next + std::min(max_records, kKeptRows));
    for (; cursor.next < end; ++cursor.next, ++count.records) {
      if (cursor.next + kReadAhead < cursor.end)
        rows_.prefetch(static_cast<uint32_t>(cursor.next + kReadAhead));
      if (const Row* row = as_of(static_cast<uint32_t>(cursor.next), epoch))
        kept[count.rows++] = {row, static_cast<uint32_t>(cursor.next)};
    }
    cursor.at_end = cursor.next >= cursor.end;
    return count;
  }
  /// The row with the key of `wanted`, whose other columns do not matter. False: there is none here.
  bool find(uint32_t epoch, const Row& wanted, Kept& kept) const
    requires(Spec::kHasKey)
  {
    const uint64_t h = hash_key(wanted);
    if (worker_of(h, env_.workers) != env_.worker) return false;
    const uint32_t found = index_.find(h, [&](uint32_t n) { return same_key(rows_[n].row, wanted); });
    if (found == state::HashIndex::kNone) return false;
    kept = {as_of(found, epoch), found};
    return kept.row != nullptr;
  }

  void end_epoch() {
    lingering_.reap([this](uint32_t number, uint32_t epoch) {
      if (!rows_.has(number)) return;
      Entry& entry = rows_[number];
      if (is_deleted(entry) && entry.touched_epoch == epoch) erase(number, entry);
    });
    env_.collect(heap_);
    versions_.forget();
    if (env_.pins.renumbers()) rows_.for_each([](uint32_t, Entry& entry) { entry.touched_epoch = 1; });
  }

  /// From now on what changes is noted for save(). Before the first epoch.
  void note_touched() { touched_.turn_on(); }
  /// Writes the rows that have changed since the last call, between two epochs.
  void save(state::ChangedEntries& entries) {
    entries.next_part();
    touched_.take([&](uint32_t number) {
      if (rows_.has(number) && !is_deleted(rows_[number])) {
        entries.put(number, rows_[number].row);
      } else {
        entries.remove(number);
      }
    });
  }
  void load(state::Loading& entries) {
    entries.next_part(heap_, [&](uint64_t number, state::Decoder& decoder) {
      Entry& entry = rows_.add_at(static_cast<uint32_t>(number));
      entry.touched_epoch = 1;
      decoder(entry.row);
      if constexpr (Spec::kHasKey) index_.insert(hash_key(entry.row), static_cast<uint32_t>(number));
    });
  }

  /// The next receive() gives all rows, as if they were new.
  void announce() { announces_ = true; }
  /// Whether rows of the next epochs are for others only. Between two epochs.
  void ignore(bool on) { ignores_ = on; }

  const Counters& counters() const { return counters_; }
  size_t records() const { return rows_.size(); }
  size_t state_bytes() const {
    return index_.bytes() + rows_.bytes() + heap_.reserved_bytes() + versions_.bytes() + touched_.bytes();
  }

 private:
  void announce_to(OutputBatch& out) {
    announces_ = false;
    rows_.for_each([&](uint32_t, Entry& entry) {
      if (!is_deleted(entry)) out.add(entry.row, 1);
    });
  }

  bool selected(bool matches) {
    ++counters_.touched;
    if (!env_.context.failed()) return matches;
    env_.log_failure(Spec::kName);
    return false;
  }

  void store(const Row& row, OutputBatch& out) {
    ++counters_.rows_in;
    ++counters_.touched;
    if constexpr (Spec::kHasKey) {
      const uint64_t h = hash_key(row);
      const uint32_t found = index_.find(h, [&](uint32_t n) { return same_key(rows_[n].row, row); });
      if (found == state::HashIndex::kNone) {
        index_.insert(h, add(row));
      } else if (Entry& entry = rows_[found]; is_deleted(entry)) {
        begin_anew(found, entry, row);
      } else {
        replace(found, entry, row, out);
        return;
      }
    } else {
      add(row);
    }
    out.add(row, 1);
    ++counters_.rows_out;
  }

  uint32_t add(const Row& row) {
    const uint32_t number = rows_.add(env_.pins.epoch(), uint32_t{0}, own(heap_, row));
    touched_.note(number);
    return number;
  }

  void replace(uint32_t number, Entry& entry, const Row& changed, OutputBatch& out) {
    out.add(entry.row, -1);
    touch(number, entry);
    const Row owned = own(heap_, changed);
    release(heap_, entry.row);
    entry.row = owned;
    out.add(entry.row, 1);
    counters_.rows_out += 2;
  }

  /// The key of a row that lingers has come back.
  void begin_anew([[maybe_unused]] uint32_t number, [[maybe_unused]] Entry& entry,
                  [[maybe_unused]] const Row& row) {
    if constexpr (!Spec::kAppendOnly) {
      touch(number, entry);
      const Row owned = own(heap_, row);
      release(heap_, entry.row);
      entry.row = owned;
      entry.mark.is_deleted = false;
    }
  }

  void touch(uint32_t number, Entry& entry) {
    touched_.note(number);
    if (versions_.wants(entry)) versions_.save(entry, number);
    entry.touched_epoch = env_.pins.epoch();
  }

  void doom(uint32_t number, Entry& entry, OutputBatch& out) {
    out.add(entry.row, -1);
    ++counters_.rows_out;
    if (env_.pins.any()) {
      touch(number, entry);
      entry.mark.is_deleted = true;
      lingering_.add(number);
    } else {
      touched_.note(number);
      doomed_.push_back(number);
    }
  }

  void erase_doomed() {
    for (uint32_t number : doomed_) erase(number, rows_[number]);
    doomed_.clear();
  }

  void erase(uint32_t number, Entry& entry) {
    if constexpr (Spec::kHasKey) index_.erase(hash_key(entry.row), number);
    release(heap_, entry.row);
    rows_.erase(number);
  }

  static bool is_deleted([[maybe_unused]] const Entry& entry) {
    if constexpr (Spec::kAppendOnly) {
      return false;
    } else {
      return entry.mark.is_deleted;
    }
  }

  const Row* as_of(uint32_t number, uint32_t epoch) const {
    if (!rows_.has(number)) return nullptr;
    const Entry* entry = &rows_[number];
    if (entry->touched_epoch > epoch) {
      const auto* version = versions_.find(*entry, number, epoch);
      entry = version ? &version->record : nullptr;
    }
    return entry && !is_deleted(*entry) ? &entry->row : nullptr;
  }

  Environment env_;
  state::HashIndex index_;  // Unused without a key.
  state::Slab<Entry> rows_;
  base::Heap heap_;
  state::Versions<Entry> versions_{env_.pins};
  state::Lingering lingering_{env_.pins};
  std::vector<uint32_t> doomed_;
  bool announces_ = false;
  bool ignores_ = false;
  state::Touched touched_;  // Since the last checkpoint.
  Counters counters_;
};

}  // namespace sqlmill::rt::ops
