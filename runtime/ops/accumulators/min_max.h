// min(x), max(x). Append-only inputs keep the best value; with retraction every value is an entry
// (state/extreme_entries.h, state/ordered_entries.h). Equal values that print differently are told apart by
// the total order, so that the result does not depend on the order of arrival.
#pragma once

#include "runtime/ops/accumulators/accumulator.h"
#include "runtime/state/dictionary.h"
#include "runtime/state/extreme_entries.h"
#include "runtime/state/ordered_entries.h"

namespace sqlmill::rt::agg {

template <class T, bool kLeast>
class Extreme {
 public:
  void add(Heap& heap, const T& value, int64_t) {
    if (keeps(value)) return;
    state::release(heap, best_);
    best_ = state::own(heap, value);
  }
  bool keeps(const T& value) const {
    if (!best_.has_value()) return false;
    const int order = sql::compare_total(value, best_.value());
    return kLeast ? order >= 0 : order <= 0;
  }
  const Nullable<T>& value(Context&) const { return best_; }
  void prefetch() const { state::prefetch(best_); }
  void release(Heap& heap) { state::release(heap, best_); }
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.best_);
  }

 private:
  Nullable<T> best_;
};

/// The same of words, append-only: a reference instead of the text.
template <class Word, bool kLeast>
class ExtremeWord {
 public:
  void add(Heap& heap, const Word& word) {
    if (keeps(word)) return;
    if (best_.get() != nullptr) state::release(heap, best_);
    best_ = state::own(heap, word);
  }
  bool keeps(const Word& word) const {
    if (!word->text.has_value() || word.get() == best_.get()) return true;
    if (best_.get() == nullptr) return false;
    const int order = sql::compare_total(word, best_);
    return kLeast ? order >= 0 : order <= 0;
  }
  Nullable<sql::Text> value(Context&) const {
    return best_.get() == nullptr ? Nullable<sql::Text>() : best_->text;
  }
  void prefetch() const {
    if (best_.get() != nullptr) state::prefetch(best_);
  }
  void release(Heap& heap) {
    if (best_.get() != nullptr) state::release(heap, best_);
  }
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.best_);
  }

 private:
  Word best_;
};

template <class T>
int total_order(const T& a, const T& b) {
  return sql::compare_total(a, b);
}

/// Of one argument: min and max read the same entries, kMin and kMax say which of them are there. A batch
/// first calls prepare() for all of its values, then prefetch(), then add().
template <class T, bool kMin, bool kMax>
class RetractableExtremes {
  static constexpr bool kByHash = state::kPrefixOrders<T>;
  using Entries = std::conditional_t<kByHash, state::ExtremeEntries<T, total_order<T>, kMin, kMax>,
                                     state::OrderedEntries<T, total_order<T>>>;

 public:
  template <class V>
  uint64_t prepare([[maybe_unused]] uint32_t group, [[maybe_unused]] const V& value) const {
    if constexpr (kByHash) {
      if (sql::has_value(value)) {
        const uint64_t hash = Entries::hash_of(group, sql::value_of(value));
        entries_.prefetch_slot(hash);
        return hash;
      }
    }
    return 0;
  }
  void prefetch([[maybe_unused]] uint64_t prepared) const {
    if constexpr (kByHash) entries_.prefetch_entry(prepared);
  }
  template <class V>
  void add(Heap& heap, uint32_t group, const V& value, int64_t weight, [[maybe_unused]] uint64_t prepared) {
    if (!sql::has_value(value)) return;
    if constexpr (kByHash) {
      entries_.add(group, sql::value_of(value), weight, prepared);
    } else {
      entries_.add(heap, group, sql::value_of(value), weight);
    }
  }
  Nullable<T> least(uint32_t group) const { return read(entries_.least(group)); }
  Nullable<T> greatest(uint32_t group) const { return read(entries_.greatest(group)); }
  size_t bytes() const { return entries_.bytes(); }

  void note_touched() { entries_.note_touched(); }
  template <class Entries>
  void save(Entries& entries) {
    entries_.save(entries);
  }
  template <class Entries>
  void load(Heap& heap, Entries& entries) {
    entries_.load(heap, entries);
  }

 private:
  static Nullable<T> read(const T* value) { return value ? Nullable<T>(*value) : Nullable<T>(); }

  Entries entries_;
};

template <class Word>
using MinWord = ExtremeWord<Word, true>;
template <class Word>
using MaxWord = ExtremeWord<Word, false>;
template <class T>
using Min = Extreme<T, true>;
template <class T>
using Max = Extreme<T, false>;

}  // namespace sqlmill::rt::agg
