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
// - kRecordDecides: values() reads the record only: Outside is empty;
// - kCheckReadsKey: check() looks at the key;
// - kSpreads: groups are many, with few rows each in an epoch;
// - kWordKey: the key is a word (sql/word.h), word_of(key);
// - kFollowsGroups: rows with the same `origin`, the group's number in the aggregate below, are in the same
// group, and no group ever goes;
// - kEmitsOnce: the output never retracts (DISTINCT of append-only input);
//
// and does
//
// - admit: WHERE; it also evaluates what can fail, so that apply() cannot, and keeps arguments in Prepared;
// - prefetch_record: asks for what is out of line in a record;
// - prepare, prefetch, resolve: for a whole chunk each, on the way to the entries beside the record: ask for
// index
//   slots, then for what these name, then find out which entry it is;
// - keeps_place, unchanged: whether a row that takes another's place stays in its group, and which calls read
// the same of both: a bit each, kAllUnchanged together;
// - kMayKeep, keeps: whether an added row leaves the record and what is beside it as they are;
// - apply: adds a row to a record, or takes it away; calls with a bit in `same` are left out;
// - count_fed: counts a distinct value that an operator elsewhere has found (ops/distinct_below.h);
// - check: evaluates what can fail in what reads the rows, and says whether it could; what cannot goes to
// the
//   error log, if wanted;
// - outside: what SQL sees of the entries beside the record; its Outside can be kept where these have
// changed;
// - values: what SQL sees of a record; a result that can be out of range is a sql::Checked, and who reads it
// fails.
//
// Its Parent is ops::NoParent, or the Spec of the aggregate that it hangs below (ops/hung.h). Its KeptKey is
// what a record keeps of the key: all of it, or what the parent's key does not have; key_of() gives it
// for a row, full_key() makes a Key of it. KeptKey has the friends hash, same, own, release, prefetch and, if
// kKeyVaries, compare_total.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_set>
#include <vector>

#include "runtime/delta/batch.h"
#include "runtime/ops/environment.h"
#include "runtime/ops/exchange.h"
#include "runtime/ops/groups.h"
#include "runtime/ops/hung.h"
#include "runtime/state/dense_numbers.h"
#include "runtime/state/ordered_entries.h"

namespace sqlmill::rt::ops {

template <class Spec>
class GroupedAggregate final : public Groups<Spec>,
                               public Hung<delta::Batch<typename Spec::Input, Spec::kAppendOnly>> {
  using Base = Groups<Spec>;
  using Base::collections_;
  using Base::env_;
  using Base::heap_;
  using Base::hung_;
  using Base::kNew;
  using Base::records_;
  using typename Base::Entry;

 public:
  using Base::kHung;
  using typename Base::InputBatch;
  using typename Base::Parent;
  using Input = typename Spec::Input;
  using Key = typename Spec::Key;
  using KeptKey = typename Spec::KeptKey;
  using Row = typename Spec::Row;
  using OutputBatch = delta::Batch<Row, Spec::kEmitsOnce>;
  using InputExchange = Exchange<Input, Spec::kAppendOnly>;

  explicit GroupedAggregate(Environment env)
    requires(!kHung)
      : Base(env) {
    if (Spec::kGrouped || env_.worker != 0) return;
    // Without GROUP BY the row is there from the first epoch on, with nothing aggregated.
    const uint32_t only = records_.add();
    records_[only].touched_epoch = kNew;
    touch(only, records_[only]);
  }
  GroupedAggregate(Environment env, Parent& parent)
    requires kHung
      : Base(env, parent) {
    parent.hang(*this);
  }
  /// What seal() does with touched groups: nothing; looks whether what reads their rows can be computed;
  /// emits their net change.
  enum class Emission : uint8_t { kNothing, kResults, kChanges };
  void emit(Emission emission) { emission_ = least_emission_ = std::max(least_emission_, emission); }
  /// Whether one more reads its changes from the next epoch on, or one less.
  void watch(bool on) { emission_ = (watchers_ += on ? 1 : -1) > 0 ? Emission::kChanges : least_emission_; }

  /// Rows for this worker's groups only; with several workers they come through send() and receive().
  void consume(const InputBatch& batch)
    requires(!kHung)
  {
    if (ignores_ && nobody_below_reads()) return;
    if constexpr (!Spec::kAppendOnly) {
      if (hung_.empty()) return consume_changes(batch);
    }
    for (size_t begin = 0; begin < batch.size(); begin += kLocatedRows) {
      consume_chunk(batch, begin, std::min(begin + kLocatedRows, batch.size()));
    }
  }

  /// Consumes the rows of this worker's groups and puts the others into their owner's box.
  void send(const InputBatch& batch, InputExchange& exchange)
    requires(!kHung)
  {
    if (ignores_ && nobody_below_reads()) return;
    if (env_.workers == 1) {
      consume(batch);
      return;
    }
    typename Spec::Prepared unused;
    for (size_t i = 0; i < batch.size(); ++i) {
      if (changes_nothing(batch, i)) {
        ++i;
        continue;
      }
      if (!admit(batch.row(i), batch.weight(i), unused)) continue;
      const KeptKey key = Spec::key_of(env_.context, batch.row(i));
      const size_t owner = Spec::kGrouped ? worker_of(hash(key), env_.workers) : 0;
      exchange.box(env_.worker, owner).add(batch.row(i), batch.weight(i));
    }
  }

  /// Takes what all workers sent.
  void receive(InputExchange& exchange)
    requires(!kHung)
  {
    if (env_.workers == 1) return;
    for (size_t from = 0; from < env_.workers; ++from) {
      auto& box = exchange.box(from, env_.worker);
      consume(box);
      box.clear();
    }
  }

  /// Keys of groups in which a call counts one more: the distinct values that an operator below their own
  /// records has found to be new (ops/distinct_below.h). `feed` says which call.
  using FeedBatch = delta::Batch<KeptKey, true>;
  using FeedExchange = Exchange<KeptKey, true>;
  void send_feed(size_t feed, FeedBatch& batch, FeedExchange& exchange)
    requires(!kHung)
  {
    if (env_.workers == 1) {
      consume_feed(feed, batch);
    } else {
      for (size_t i = 0; i < batch.size(); ++i) {
        const size_t owner = Spec::kGrouped ? worker_of(hash(batch.row(i)), env_.workers) : 0;
        exchange.box(env_.worker, owner).add(batch.row(i));
      }
    }
    batch.clear();
  }
  void receive_feed(size_t feed, FeedExchange& exchange)
    requires(!kHung)
  {
    if (env_.workers == 1) return;
    for (size_t from = 0; from < env_.workers; ++from) {
      FeedBatch& box = exchange.box(from, env_.worker);
      consume_feed(feed, box);
      box.clear();
    }
  }

  bool ignores_input() const override { return ignores_; }
  void consume(const Located<InputBatch>& located) override {
    if (ignores_) return;
    if constexpr (kHung) consume_located(located);
  }

  // In ops/seal.h.
  /// Appends the net changes of groups that were touched since the last epoch: of so many at a time that what
  /// reads them finds them in the cache. False: that was all.
  bool seal(OutputBatch& out);

  void end_epoch() { this->recycle(); }

  void note_touched() {
    Base::note_touched();
    // The first epoch may change the row without GROUP BY, and does not touch it again.
    if (!Spec::kGrouped && env_.worker == 0) this->touched_.note(0);
    if constexpr (kKeepsKeyForms) key_forms_.note_touched();
  }
  void save(state::ChangedEntries& entries) {
    this->save_groups(entries);
    if constexpr (kKeepsKeyForms) key_forms_.save(entries);
  }
  /// After that nothing is new: consumers have seen the rows.
  void load(state::Loading& entries) {
    this->load_groups(entries);
    if constexpr (kKeepsKeyForms) key_forms_.load(heap_, entries);
    dirty_.clear();
  }
  /// Instead of rows of an epoch: the next seal() emits all groups, as if they were new.
  void announce() {
    this->for_each_entry([&](uint32_t group, Entry& entry) {
      if (Spec::kAppendOnly || !Spec::kGrouped || entry.rows() != 0) dirty_.push_back({group});
    });
  }
  /// Whether rows of the next epochs are for others only. Between two epochs.
  void ignore(bool on) { ignores_ = on; }

  const Counters& counters() const { return counters_; }

 private:
  static constexpr size_t kSealChunk = 256;
  static constexpr size_t kSealAhead = 8;     // Records are asked for so many before they are read.
  static constexpr size_t kFollowAhead = 16;  // So are the numbers of groups that follow others'.
  static constexpr bool kKeepsKeyForms = Spec::kKeyVaries && !Spec::kAppendOnly;
  /// Where only results are looked at, that is done row by row, while the record is at hand, and a group is
  /// dirty only if one of them was none.
  static constexpr bool kChecksRows =
      Spec::kSpreads && Spec::kGrouped && Spec::kAppendOnly && !Spec::kKeyVaries;
  /// What a group's row was made of before this epoch. Where it is made of key and record alone, and the
  /// group never goes: the record, which is cheaper to keep and to compare.
  static constexpr bool kRecordDecides = Spec::kRecordDecides && Spec::kAppendOnly && !Spec::kKeyVaries &&
                                         std::is_trivially_copyable_v<typename Spec::Record>;
  struct BeforeRecord {
    typename Spec::Record record;
  };
  struct BeforeRow {
    Row row;
  };
  using Before = std::conditional_t<kRecordDecides, BeforeRecord, BeforeRow>;
  struct Dirty {
    uint32_t group;
    bool existed = false;  // Consumers saw a row, which is the next of before_.
  };

  static constexpr uint32_t kKnown = UINT32_MAX;  // The group is known without a key.
  /// Rows of a batch that are applied next.
  struct Changes {
    typename Spec::Prepared prepared[kLocatedRows];
    uint64_t same[kLocatedRows];
    uint32_t rows[kLocatedRows];
    uint32_t located[kLocatedRows];  // Which of the keys is theirs, or kKnown.
    uint32_t groups[kLocatedRows];
  };

  [[noreturn]] static void broken(const char* what) {
    std::fprintf(stderr, "fault: %.*s: %s\n", static_cast<int>(Spec::kName.size()), Spec::kName.data(), what);
    std::abort();
  }

  bool admit(const Input& row, int64_t weight, typename Spec::Prepared& prepared) {
    if (Spec::admit(env_.context, row, prepared)) return true;
    if (env_.context.failed()) [[unlikely]] {
      if (weight > 0) {
        env_.log_failure(Spec::kName);
      } else {
        env_.context.clear_error();
      }
    }
    return false;
  }

  /// Rows are only located for what hangs below.
  bool nobody_below_reads() const {
    return std::all_of(hung_.begin(), hung_.end(), [](const auto* hung) { return hung->ignores_input(); });
  }

  void consume_chunk(const InputBatch& batch, size_t begin, size_t end)
    requires(!kHung)
  {
    if (ignores_) return locate_for_others(batch, begin, end);
    KeptKey keys[kLocatedRows];
    typename Spec::Prepared prepared[kLocatedRows];
    uint32_t rows[kLocatedRows];
    uint32_t groups[kLocatedRows];
    size_t n = 0;
    for (size_t i = begin; i < end; ++i) {
      if (!admit(batch.row(i), batch.weight(i), prepared[n])) continue;
      keys[n] = Spec::key_of(env_.context, batch.row(i));
      rows[n++] = static_cast<uint32_t>(i);
    }
    this->locate(keys, groups, n);
    apply_chunk(batch, rows, groups, keys, prepared, n);
    for (Hung<InputBatch>* hung : hung_) hung->consume({batch, rows, groups, n});
  }

  // In ops/consume_below.h.
  void locate_for_others(const InputBatch& batch, size_t begin, size_t end)
    requires(!kHung);
  void consume_located(const Located<InputBatch>& located)
    requires kHung;

  // In ops/consume_changes.h.
  void consume_changes(const InputBatch& batch)
    requires(!kHung && !Spec::kAppendOnly);
  void apply_changes(const InputBatch& batch, Changes& changes, const KeptKey* keys, size_t n)
    requires(!kHung && !Spec::kAppendOnly);

  /// The row after `i` takes its place, and no call reads anything of it that is new.
  bool changes_nothing([[maybe_unused]] const InputBatch& batch, [[maybe_unused]] size_t i) const {
    if constexpr (Spec::kAppendOnly) {
      return false;
    } else {
      return hung_.empty() && i + 1 < batch.size() && replaces(batch, i) &&
             Spec::unchanged(batch.row(i), batch.row(i + 1)) == Spec::kAllUnchanged;
    }
  }

  /// The row after `i` takes its place, in the same group.
  static bool replaces(const InputBatch& batch, size_t i) {
    return batch.weight(i) == -1 && batch.weight(i + 1) == 1 &&
           Spec::keeps_place(batch.row(i), batch.row(i + 1));
  }

  // In ops/consume_below.h.
  void consume_feed(size_t feed, const FeedBatch& batch)
    requires(!kHung);

  void apply_chunk(const InputBatch& batch, const uint32_t* rows, const uint32_t* groups,
                   [[maybe_unused]] const KeptKey* keys, typename Spec::Prepared* prepared, size_t n) {
    if constexpr (!std::is_empty_v<typename Spec::Prepared>) {
      for (size_t j = 0; j < n; ++j)
        Spec::prepare(env_.context, collections_, groups[j], batch.row(rows[j]), prepared[j]);
      for (size_t j = 0; j < n; ++j) Spec::prefetch(collections_, prepared[j]);
      for (size_t j = 0; j < n; ++j) {
        Spec::resolve(env_.context, heap_, collections_, groups[j], batch.row(rows[j]), prepared[j]);
      }
    }
    const uint32_t epoch = env_.pins.epoch();
    for (size_t j = 0; j < n; ++j) {
      const size_t i = rows[j];
      const int64_t weight = batch.weight(i);
      Entry& entry = this->entry_of(groups[j]);
      if (entry.touched_epoch != epoch) {
        if (stays_as_it_is(entry, batch.row(i), prepared[j])) continue;
        touch(groups[j], entry);
      }
      if constexpr (!Spec::kAppendOnly) entry.row_count.count += weight;
      if constexpr (Spec::kKeyVaries) note_key(groups[j], entry, keys[j], weight);
      Spec::apply(env_.context, heap_, collections_, groups[j], entry.record, batch.row(i), prepared[j],
                  weight, 0);
      check_row(groups[j], entry);
    }
    counters_.rows_in += n;
  }

  /// Results are looked at again each time that a row comes.
  bool stays_as_it_is(const Entry& entry, const Input& row, const typename Spec::Prepared& prepared) const {
    return Spec::kMayKeep && entry.touched_epoch != kNew && emission_ != Emission::kResults &&
           Spec::keeps(entry.record, row, prepared);
  }

  void touch(uint32_t group, Entry& entry) {
    const bool is_new = entry.touched_epoch == kNew;
    this->note_change(group, entry);
    entry.touched_epoch = env_.pins.epoch();
    ++counters_.touched;
    if (emission_ == Emission::kNothing && Spec::kAppendOnly && Spec::kGrouped) return;
    if (emission_ == Emission::kResults && kChecksRows) return;
    // The row without GROUP BY is new in the first epoch.
    const bool existed = !is_new && (Spec::kAppendOnly || !Spec::kGrouped || entry.rows() > 0) &&
                         (Spec::kGrouped || env_.pins.epoch() > 1);
    if (existed && emission_ == Emission::kChanges) {
      Before& before = before_.emplace_back();
      if constexpr (kRecordDecides) {
        before.record = entry.record;
      } else {
        before.row.key = this->key_of(group, entry);
        Spec::values(env_.context, Spec::outside(collections_, group), entry.record, before.row.values);
      }
    }
    dirty_.push_back({group, existed});
  }

  void note_key([[maybe_unused]] uint32_t group, [[maybe_unused]] Entry& entry,
                [[maybe_unused]] const KeptKey& key, [[maybe_unused]] int64_t weight) {
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
      const KeptKey* least = key_forms_.least(group);
      if (!least || compare_total(*least, entry.key) == 0) return;
      release(heap_, entry.key);
      entry.key = own(heap_, *least);
    }
  }

  // In ops/seal.h.
  void emit(uint32_t group, Entry& entry, bool exists, const Before* before, OutputBatch& out);
  /// Evaluates what can fail of those who read the group's row. False: it did.
  bool check(uint32_t group, const Entry& entry, bool logs);
  void check_row(uint32_t group, const Entry& entry);

  static bool same_form([[maybe_unused]] const Key& a, [[maybe_unused]] const Key& b) {
    if constexpr (Spec::kKeyVaries) {
      return compare_total(a, b) == 0;
    } else {
      return true;
    }
  }
  static int compare_keys([[maybe_unused]] const KeptKey& a, [[maybe_unused]] const KeptKey& b) {
    if constexpr (kKeepsKeyForms) {
      return compare_total(a, b);
    } else {
      return 0;
    }
  }
  struct NoKeyForms {};
  struct NoFollowed {};
  struct NoFailing {};

  [[no_unique_address]] std::conditional_t<kKeepsKeyForms, state::OrderedEntries<KeptKey, compare_keys>,
                                           NoKeyForms> key_forms_;
  // Of the groups of the aggregate below, by their numbers.
  [[no_unique_address]] std::conditional_t<Spec::kFollowsGroups, state::DenseNumbers, NoFollowed> followed_;
  [[no_unique_address]] std::conditional_t<kChecksRows, std::unordered_set<uint32_t>, NoFailing>
      failing_;  // Of the dirty groups those that were found row by row.
  std::vector<Dirty> dirty_;
  std::vector<Before> before_;  // Of the dirty groups that had a row, in their order.
  size_t sealed_ = 0;           // How many of the dirty groups,
  size_t sealed_before_ = 0;    // and of those that had a row.
  Emission emission_ = Emission::kNothing;
  Emission least_emission_ = Emission::kNothing;  // If nobody watches.
  int watchers_ = 0;
  bool ignores_ = false;  // What comes is for others, which are made anew from the same inputs.
  Counters counters_;
};

}  // namespace sqlmill::rt::ops

#include "runtime/ops/consume_below.h"    // IWYU pragma: export
#include "runtime/ops/consume_changes.h"  // IWYU pragma: export
#include "runtime/ops/seal.h"             // IWYU pragma: export
