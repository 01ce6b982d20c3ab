// The rows of a CREATE TABLE: with a primary key a second row of the same key overwrites the first, without
// one every row is its own.
//
// A Spec has kName, kHasKey, kAppendOnly and Row, whose friends are own(), release() and, if kHasKey,
// hash_key() and same_key().
#pragma once

#include "runtime/delta/batch.h"
#include "runtime/ops/environment.h"
#include "runtime/ops/exchange.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"

namespace sqlmill::rt::ops {

template <class Spec>
class Table {
 public:
  using Row = typename Spec::Row;
  using InsertBatch = delta::Batch<Row, true>;
  using OutputBatch = delta::Batch<Row, Spec::kAppendOnly>;
  using InsertExchange = Exchange<Row, true>;

  explicit Table(Environment env) : env_(env) {}

  /// Stores rows that belong to this worker and sends the others to the owner of their key. Rows without a
  /// key stay where they arrive.
  void insert(const InsertBatch& batch, InsertExchange& exchange, OutputBatch& out) {
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
    rows_.for_each([&](uint32_t number, Row& row) {
      if (!selected(matches(static_cast<const Row&>(row)))) return;
      out.add(row, -1);
      ++counters_.rows_out;
      if constexpr (Spec::kHasKey) index_.erase(hash_key(row), number);
      release(heap_, row);
      doomed_.push_back(number);
    });
    for (uint32_t number : doomed_) rows_.erase(number);
    doomed_.clear();
  }

  /// UPDATE … SET … WHERE: `change(row, changed)` fills `changed`; a row for which it or `matches` fails
  /// stays as it is. The primary key does not change.
  template <class Matches, class Change>
  void update(Matches matches, Change change, OutputBatch& out) {
    static_assert(!Spec::kAppendOnly);
    rows_.for_each([&](uint32_t, Row& row) {
      if (!selected(matches(static_cast<const Row&>(row)))) return;
      Row changed = row;
      change(static_cast<const Row&>(row), changed);
      if (env_.context.failed()) {
        env_.log_failure(Spec::kName);
        return;
      }
      replace(row, changed, out);
    });
  }

  template <class Visit>
  void for_each(Visit visit) {
    rows_.for_each([&](uint32_t, Row& row) { visit(static_cast<const Row&>(row)); });
  }

  void end_epoch() { heap_.collect(); }
  const Counters& counters() const { return counters_; }
  size_t records() const { return rows_.size(); }
  size_t state_bytes() const { return index_.bytes() + rows_.bytes() + heap_.reserved_bytes(); }

 private:
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
      const uint32_t found = index_.find(h, [&](uint32_t n) { return same_key(rows_[n], row); });
      if (found != state::HashIndex::kNone) {
        replace(rows_[found], row, out);
        return;
      }
      index_.insert(h, rows_.add(own(heap_, row)));
    } else {
      rows_.add(own(heap_, row));
    }
    out.add(row, 1);
    ++counters_.rows_out;
  }

  void replace(Row& row, const Row& changed, OutputBatch& out) {
    out.add(row, -1);
    const Row owned = own(heap_, changed);
    release(heap_, row);
    row = owned;
    out.add(row, 1);
    counters_.rows_out += 2;
  }

  Environment env_;
  state::HashIndex index_;  // Unused without a key.
  state::Slab<Row> rows_;
  base::Heap heap_;
  std::vector<uint32_t> doomed_;
  Counters counters_;
};

}  // namespace sqlmill::rt::ops
