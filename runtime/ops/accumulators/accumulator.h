// What an aggregate keeps in a group's record. An accumulator never fails while it accumulates, and has
//
// - `void add(Heap&, const T& value, int64_t weight)`: a value, not NULL; a negative weight takes back; with
// two arguments `add(Heap&, const A&, const B&, int64_t weight)`;
//
// - `R value(Context&) const`: what SQL sees; it may fail where the result can be out of range;
//
// - `void release(Heap&)`: before the record goes.
//
// - if values can leave it as it is: `bool keeps(const T& value) const`, whether this one does; only where
// nothing is ever taken back;
//
// - `visit_state(self, visit)`, which calls `visit` with its fields (state/encoding.h).
//
// The template parameter `kAppendOnly` says that nothing is ever taken back.
#pragma once

#include "runtime/sql/compare.h"
#include "runtime/sql/context.h"
#include "runtime/state/own.h"

namespace sqlmill::rt::agg {

using base::Heap;
using sql::Context;
using sql::Nullable;

/// Aggregates ignore NULL.
template <class Accumulator, class V>
[[gnu::always_inline]] inline void add(Accumulator& accumulator, Heap& heap, const V& value, int64_t weight) {
  if (sql::has_value(value)) accumulator.add(heap, sql::value_of(value), weight);
}

/// With two arguments: a pair counts if both are there.
template <class Accumulator, class A, class B>
[[gnu::always_inline]] inline void add(Accumulator& accumulator, Heap& heap, const A& a, const B& b,
                                       int64_t weight) {
  if (sql::has_value(a) && sql::has_value(b))
    accumulator.add(heap, sql::value_of(a), sql::value_of(b), weight);
}

/// Whether the accumulator stays as it is when this is added to it; false where it does not know.
template <class Accumulator, class V>
[[gnu::always_inline]] inline bool keeps(const Accumulator& accumulator, const V& value) {
  if (!sql::has_value(value)) return true;
  if constexpr (requires { accumulator.keeps(sql::value_of(value)); }) {
    return accumulator.keeps(sql::value_of(value));
  } else {
    return false;
  }
}
template <class Accumulator, class A, class B>
[[gnu::always_inline]] inline bool keeps(const Accumulator&, const A& a, const B& b) {
  return !sql::has_value(a) || !sql::has_value(b);
}

/// FILTER (WHERE condition): NULL is not true.
inline bool is_true(bool condition) {
  return condition;
}
inline bool is_true(const Nullable<bool>& condition) {
  return condition.has_value() && condition.value();
}

}  // namespace sqlmill::rt::agg
