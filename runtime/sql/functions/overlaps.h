// (a, b) OVERLAPS (c, d), which is overlaps(a, b, c, d): whether two spans of time have a moment in common.
// The ends of a span may come in either order, and the later one is not part of it unless it is also the
// earlier one. A NULL end leaves the answer open only where it matters.
#pragma once

#include "runtime/sql/functions/datetime_operators.h"

namespace sqlmill::rt::sql {

template <class T>
Nullable<bool> overlaps(Nullable<T> begin1, Nullable<T> end1, Nullable<T> begin2, Nullable<T> end2) {
  // A NULL goes to the end, so that a span begins with what is known.
  const auto order = [](Nullable<T>& begin, Nullable<T>& end) {
    if (!begin.has_value() || (end.has_value() && begin.value() > end.value())) std::swap(begin, end);
    return begin.has_value();
  };
  if (!order(begin1, end1) || !order(begin2, end2)) return kNull;
  if (begin1.value() == begin2.value()) {
    // Both have their beginning in common, but for a span of unknown length.
    return end1.has_value() && end2.has_value() ? Nullable<bool>(true) : kNull;
  }
  const bool first_is_earlier = begin1.value() < begin2.value();
  const Nullable<T>& end = first_is_earlier ? end1 : end2;
  const Nullable<T>& other_end = first_is_earlier ? end2 : end1;
  const T later = first_is_earlier ? begin2.value() : begin1.value();
  if (!end.has_value()) return kNull;
  if (later < end.value()) return true;
  return other_end.has_value() ? Nullable<bool>(false) : kNull;
}

inline Timestamp end_of(Context& context, Timestamp begin, Interval length) {
  return add_timestamp_interval(context, begin, length);
}
inline Timestamptz end_of(Context& context, Timestamptz begin, Interval length) {
  return add_timestamptz_interval(context, begin, length);
}
inline Time end_of(Context&, Time begin, Interval length) {
  return add_time_interval(begin, length);
}
template <class T>
Nullable<T> end_of(Context& context, const Nullable<T>& begin, const Nullable<Interval>& length) {
  if (!begin.has_value() || !length.has_value()) return kNull;
  return end_of(context, begin.value(), length.value());
}

template <class T>
Nullable<bool> overlaps_for(Context& context, Nullable<T> begin1, Nullable<Interval> length1,
                            Nullable<T> begin2, Nullable<Interval> length2) {
  return overlaps<T>(begin1, end_of(context, begin1, length1), begin2, end_of(context, begin2, length2));
}
template <class T>
Nullable<bool> overlaps_first_for(Context& context, Nullable<T> begin1, Nullable<Interval> length1,
                                  Nullable<T> begin2, Nullable<T> end2) {
  return overlaps<T>(begin1, end_of(context, begin1, length1), begin2, end2);
}
template <class T>
Nullable<bool> overlaps_second_for(Context& context, Nullable<T> begin1, Nullable<T> end1, Nullable<T> begin2,
                                   Nullable<Interval> length2) {
  return overlaps<T>(begin1, end1, begin2, end_of(context, begin2, length2));
}

}  // namespace sqlmill::rt::sql
