// COUNT(DISTINCT value) GROUP BY word, by value: below each value's group, the words that it came with. A
// pair that is new goes to the aggregate that counts it, as the key of the group to be counted in. Most
// values come with few words, so this is a cache line that the value's other records are beside of, where a
// set of pairs would be a line for each pair.
//
// The input never retracts. A Spec, generated, has Input, Parent (ops/hung.h), Key (of the counting
// aggregate), kName and
//
// - admit: the rows that count, among those of the parent;
// - word_of: the group that the row's value is counted in;
// - key_of: the same as the counting aggregate's key.
#pragma once

#include "runtime/delta/batch.h"
#include "runtime/ops/environment.h"
#include "runtime/ops/grouped_aggregate.h"
#include "runtime/ops/hung.h"
#include "runtime/state/entries.h"
#include "runtime/state/word_lists.h"

namespace sqlmill::rt::ops {

template <class Spec>
class DistinctBelow final : public Hung<delta::Batch<typename Spec::Input, true>> {
 public:
  using InputBatch = delta::Batch<typename Spec::Input, true>;
  using OutputBatch = delta::Batch<typename Spec::Key, true>;

  DistinctBelow(Environment env, GroupedAggregate<typename Spec::Parent>& parent)
      : env_(env), lists_(parent.blocks()) {
    parent.hang(*this);
  }
  DistinctBelow(const DistinctBelow&) = delete;
  DistinctBelow& operator=(const DistinctBelow&) = delete;

  bool ignores_input() const override { return ignores_; }
  void consume(const Located<InputBatch>& located) override {
    if (ignores_) return;
    size_t further[kLocatedRows];
    size_t further_size = 0;
    for (size_t j = 0; j < located.size; ++j) {
      const auto& row = located.batch.row(located.rows[j]);
      if (!Spec::admit(env_.context, row)) continue;
      ++counters_.rows_in;
      const auto found = lists_.insert_in_list(heap_, located.groups[j], Spec::word_of(row));
      if (found == state::WordLists::InList::kAdded) add_change(row);
      if (found == state::WordLists::InList::kFull) further[further_size++] = j;
    }
    for (size_t i = 0; i < further_size; ++i) {
      const auto& row = located.batch.row(located.rows[further[i]]);
      if (lists_.insert_further(located.groups[further[i]], Spec::word_of(row))) add_change(row);
    }
  }

  /// The new pairs of this epoch.
  OutputBatch& changes() { return changes_; }

  void end_epoch() { heap_.collect(); }

  void note_touched() { lists_.note_touched(); }
  void save(state::ChangedEntries& entries) { lists_.save(entries); }
  /// Behind the parent.
  void load(state::Loading& entries) { lists_.load(heap_, entries); }
  void ignore(bool on) { ignores_ = on; }
  const Counters& counters() const { return counters_; }
  size_t records() const { return lists_.size(); }
  size_t state_bytes() const { return lists_.bytes() + heap_.reserved_bytes(); }

 private:
  void add_change(const typename Spec::Input& row) {
    ++counters_.touched;
    ++counters_.rows_out;
    changes_.add(Spec::key_of(env_.context, row));
  }

  Environment env_;
  state::WordLists lists_;
  base::Heap heap_;
  OutputBatch changes_;
  bool ignores_ = false;
  Counters counters_;
};

}  // namespace sqlmill::rt::ops
