// GROUP BY with aggregates, and DISTINCT, incrementally: a record for each group, touched only by the rows of
// its group; at the end of the stage each touched group emits its net change once.
//
// A Spec is generated (see any `generate`d operator). Row, with the members `key` and `values`, is what
// consumers see; Prepared is what apply() needs to find entries beside the record, computed ahead. It says
//
// - kName;
// - kAppendOnly: the input never retracts;
// - kGrouped: false without GROUP BY, when there is always exactly one group, on worker 0;
// - kKeyVaries: equal keys may print differently (1.0 and 1.00), and the group shows the least of those
// present;
// - kEmitsOnce: the output never retracts (DISTINCT of append-only input);
//
// and does
//
// - admit: WHERE; it also evaluates what can fail, so that apply() cannot;
// - prefetch_record: asks for what is out of line in a record;
// - prepare, prefetch, resolve: for a whole chunk each, on the way to the entries beside the record: ask for
// index
//   slots, then for what these name, then find out which entry it is;
// - apply: adds a row to a record, or takes it away;
// - values: what SQL sees of a record; a result that can be out of range is a sql::Checked, and who reads it
// fails.
//
// Its Key has the friends hash, same, own, release, prefetch and, if kKeyVaries, compare_total.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "runtime/delta/batch.h"
#include "runtime/ops/environment.h"
#include "runtime/ops/exchange.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/ordered_entries.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"

namespace sqlmill::rt::ops {

template <class Spec>
class GroupedAggregate {
 public:
  using Input = typename Spec::Input;
  using Key = typename Spec::Key;
  using Row = typename Spec::Row;
  using InputBatch = delta::Batch<Input, Spec::kAppendOnly>;
  using OutputBatch = delta::Batch<Row, Spec::kEmitsOnce>;
  using InputExchange = Exchange<Input, Spec::kAppendOnly>;

  explicit GroupedAggregate(Environment env) : env_(env) {
    if (Spec::kGrouped || env_.worker != 0) return;
    // Without GROUP BY the row is there from the first epoch on, with nothing aggregated.
    index_.insert(hash(Key{}), entries_.add());
    touch(0, entries_[0]);
  }

  /// What seal() emits: nothing; the new row of each touched group, with weight 1, for those who only look
  /// whether it can be computed; or its net change.
  enum class Emission : uint8_t { kNothing, kResults, kChanges };
  void emit(Emission emission) { emission_ = std::max(emission_, emission); }

  /// Rows for this worker's groups only; with several workers they come through send() and receive().
  void consume(const InputBatch& batch) {
    for (size_t begin = 0; begin < batch.size(); begin += kChunk) {
      consume_chunk(batch, begin, std::min(begin + kChunk, batch.size()));
    }
  }

  /// Consumes the rows of this worker's groups and puts the others into their owner's box.
  void send(const InputBatch& batch, InputExchange& exchange) {
    if (env_.workers == 1) {
      consume(batch);
      return;
    }
    for (size_t i = 0; i < batch.size(); ++i) {
      if (!admit(batch.row(i), batch.weight(i))) continue;
      const Key key = Spec::key_of(env_.context, batch.row(i));
      const size_t owner = Spec::kGrouped ? worker_of(hash(key), env_.workers) : 0;
      exchange.box(env_.worker, owner).add(batch.row(i), batch.weight(i));
    }
  }

  /// Takes what all workers sent.
  void receive(InputExchange& exchange) {
    if (env_.workers == 1) return;
    for (size_t from = 0; from < env_.workers; ++from) {
      auto& box = exchange.box(from, env_.worker);
      consume(box);
      box.clear();
    }
  }

  /// Appends the net changes of groups that were touched since the last epoch: of so many at a time that what
  /// reads them finds them in the cache. False: that was all.
  bool seal(OutputBatch& out) {
    const size_t end = std::min(sealed_ + kSealChunk, dirty_.size());
    for (; sealed_ < end; ++sealed_) {
      if (sealed_ + kSealAhead < dirty_.size()) entries_.prefetch(dirty_[sealed_ + kSealAhead].group);
      const Dirty& dirty = dirty_[sealed_];
      Entry& entry = entries_[dirty.group];
      const bool exists = !Spec::kGrouped || Spec::kAppendOnly || entry.rows() != 0;
      if (exists && entry.rows() < 0 && Spec::kGrouped) broken("a group has a negative number of rows");
      if (exists) show_least_key(dirty.group, entry);
      if (emission_ == Emission::kChanges) {
        emit(dirty.group, entry, exists, dirty.existed ? &before_[sealed_before_++] : nullptr, out);
      } else if (emission_ == Emission::kResults && exists) {
        emit(dirty.group, entry, true, nullptr, out);
      }
      if (!exists) erase(dirty.group, entry);
    }
    if (sealed_ < dirty_.size()) return true;
    dirty_.clear();
    before_.clear();
    sealed_ = 0;
    sealed_before_ = 0;
    ++epoch_;
    return false;
  }

  void end_epoch() { heap_.collect(); }

  /// Every group's row; `visit(row)`.
  template <class Visit>
  void for_each(Visit visit) {
    entries_.for_each([&](uint32_t group, Entry& entry) {
      Row row{entry.key, {}};
      Spec::values(env_.context, collections_, group, entry.record, row.values);
      visit(static_cast<const Row&>(row));
    });
  }

  const Counters& counters() const { return counters_; }
  size_t records() const { return entries_.size(); }
  size_t state_bytes() const {
    return index_.bytes() + entries_.bytes() + heap_.reserved_bytes() + Spec::bytes(collections_);
  }

 private:
  static constexpr size_t kChunk = 64;
  static constexpr size_t kSealChunk = 256;
  static constexpr size_t kSealAhead = 8;  // Records are asked for so many before they are read.
  static constexpr bool kKeepsKeyForms = Spec::kKeyVaries && !Spec::kAppendOnly;

  struct RowCount {
    int64_t count = 0;
  };
  struct NoRowCount {};
  struct Entry {
    Key key{};
    typename Spec::Record record{};
    [[no_unique_address]] std::conditional_t<Spec::kAppendOnly, NoRowCount, RowCount> row_count{};
    uint32_t touched_epoch = 0;

    int64_t rows() const {
      if constexpr (Spec::kAppendOnly) {
        return 1;
      } else {
        return row_count.count;
      }
    }
  };
  struct Dirty {
    uint32_t group;
    bool existed = false;  // Consumers saw a row, which is the next of before_.
  };

  [[noreturn]] static void broken(const char* what) {
    std::fprintf(stderr, "fault: %.*s: %s\n", static_cast<int>(Spec::kName.size()), Spec::kName.data(), what);
    std::abort();
  }

  bool admit(const Input& row, int64_t weight) {
    if (Spec::admit(env_.context, row)) return true;
    if (env_.context.failed()) [[unlikely]] {
      if (weight > 0) {
        env_.log_failure(Spec::kName);
      } else {
        env_.context.clear_error();
      }
    }
    return false;
  }

  /// In passes, so that the memory that a pass touches was asked for by an earlier one: index slots, then
  /// records, then the texts of their keys, then what collections need.
  void consume_chunk(const InputBatch& batch, size_t begin, size_t end) {
    Key keys[kChunk];
    uint64_t hashes[kChunk];
    uint32_t rows[kChunk];
    uint32_t groups[kChunk];
    typename Spec::Prepared prepared[kChunk];
    size_t n = 0;
    for (size_t i = begin; i < end; ++i) {
      if (!admit(batch.row(i), batch.weight(i))) continue;
      keys[n] = Spec::key_of(env_.context, batch.row(i));
      hashes[n] = hash(keys[n]);
      index_.prefetch(hashes[n]);
      rows[n++] = static_cast<uint32_t>(i);
    }
    for (size_t j = 0; j < n; ++j) {
      groups[j] = index_.candidate(hashes[j]);
      if (groups[j] != state::HashIndex::kNone) entries_.prefetch(groups[j]);
    }
    for (size_t j = 0; j < n; ++j) {
      if (groups[j] == state::HashIndex::kNone) continue;
      prefetch(entries_[groups[j]].key);
      Spec::prefetch_record(entries_[groups[j]].record);
    }
    for (size_t j = 0; j < n; ++j) {
      groups[j] = find_or_add(hashes[j], keys[j]);
      Spec::prepare(env_.context, collections_, groups[j], batch.row(rows[j]), prepared[j]);
    }
    if constexpr (!std::is_empty_v<typename Spec::Prepared>) {
      for (size_t j = 0; j < n; ++j) Spec::prefetch(collections_, prepared[j]);
      for (size_t j = 0; j < n; ++j) {
        Spec::resolve(env_.context, heap_, collections_, groups[j], batch.row(rows[j]), prepared[j]);
      }
    }
    for (size_t j = 0; j < n; ++j) {
      const size_t i = rows[j];
      const int64_t weight = batch.weight(i);
      Entry& entry = entries_[groups[j]];
      if (entry.touched_epoch != epoch_) touch(groups[j], entry);
      if constexpr (!Spec::kAppendOnly) entry.row_count.count += weight;
      if constexpr (Spec::kKeyVaries) note_key(groups[j], entry, keys[j], weight);
      Spec::apply(env_.context, heap_, collections_, groups[j], entry.record, batch.row(i), prepared[j],
                  weight);
    }
    counters_.rows_in += n;
  }

  uint32_t find_or_add(uint64_t key_hash, const Key& key) {
    if constexpr (!Spec::kGrouped) {
      return 0;
    } else {
      const uint32_t found =
          index_.find(key_hash, [&](uint32_t group) { return same(entries_[group].key, key); });
      if (found != state::HashIndex::kNone) return found;
      const uint32_t added = entries_.add();
      entries_[added].key = own(heap_, key);
      index_.insert(key_hash, added);
      touch(added, entries_[added], true);
      return added;
    }
  }

  void touch(uint32_t group, Entry& entry, bool is_new = false) {
    entry.touched_epoch = epoch_;
    ++counters_.touched;
    if (emission_ == Emission::kNothing && Spec::kAppendOnly && Spec::kGrouped) return;
    // The row without GROUP BY is new in the first epoch.
    const bool existed = !is_new && (Spec::kAppendOnly || !Spec::kGrouped || entry.rows() > 0) &&
                         (Spec::kGrouped || epoch_ > 1);
    if (existed && emission_ == Emission::kChanges) {
      Row& before = before_.emplace_back(Row{entry.key, {}});
      Spec::values(env_.context, collections_, group, entry.record, before.values);
    }
    dirty_.push_back({group, existed});
  }

  void note_key([[maybe_unused]] uint32_t group, [[maybe_unused]] Entry& entry,
                [[maybe_unused]] const Key& key, [[maybe_unused]] int64_t weight) {
    if constexpr (kKeepsKeyForms) {
      key_forms_.add(heap_, group, key, weight);
    } else if constexpr (Spec::kKeyVaries) {
      if (compare_total(key, entry.key) < 0) {
        release(heap_, entry.key);
        entry.key = own(heap_, key);
      }
    }
  }

  void show_least_key([[maybe_unused]] uint32_t group, [[maybe_unused]] Entry& entry) {
    if constexpr (kKeepsKeyForms) {
      const Key* least = key_forms_.least(group);
      if (!least || compare_total(*least, entry.key) == 0) return;
      release(heap_, entry.key);
      entry.key = own(heap_, *least);
    }
  }

  void emit(uint32_t group, Entry& entry, bool exists, const Row* before, OutputBatch& out) {
    Row after;
    if (exists) {
      after.key = entry.key;
      Spec::values(env_.context, collections_, group, entry.record, after.values);
    }
    if (before && exists && same_form(before->key, after.key) &&
        Spec::identical(before->values, after.values))
      return;
    if (before) {
      out.add(*before, -1);
      ++counters_.rows_out;
    }
    if (exists) {
      out.add(after, 1);
      ++counters_.rows_out;
    }
  }

  void erase(uint32_t group, Entry& entry) {
    index_.erase(hash(entry.key), group);
    release(heap_, entry.key);
    Spec::release(heap_, entry.record);
    entries_.erase(group);
  }

  static bool same_form([[maybe_unused]] const Key& a, [[maybe_unused]] const Key& b) {
    if constexpr (Spec::kKeyVaries) {
      return compare_total(a, b) == 0;
    } else {
      return true;
    }
  }
  static int compare_keys([[maybe_unused]] const Key& a, [[maybe_unused]] const Key& b) {
    if constexpr (kKeepsKeyForms) {
      return compare_total(a, b);
    } else {
      return 0;
    }
  }
  struct NoKeyForms {};

  Environment env_;
  state::HashIndex index_;
  state::Slab<Entry> entries_;
  base::Heap heap_;
  typename Spec::Collections collections_;
  [[no_unique_address]] std::conditional_t<kKeepsKeyForms, state::OrderedEntries<Key, compare_keys>,
                                           NoKeyForms> key_forms_;
  std::vector<Dirty> dirty_;
  std::vector<Row> before_;   // Of the dirty groups that had a row, in their order.
  size_t sealed_ = 0;         // How many of the dirty groups,
  size_t sealed_before_ = 0;  // and of those that had a row.
  uint32_t epoch_ = 1;
  Emission emission_ = Emission::kNothing;
  Counters counters_;
};

}  // namespace sqlmill::rt::ops
