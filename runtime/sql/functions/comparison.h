// The comparison operators and IS [NOT] DISTINCT FROM, for every type.
#pragma once

#include "runtime/sql/compare.h"

namespace sqlmill::rt::sql {

template <class T>
bool equal_to(const T& a, const T& b) {
  return equal(a, b);
}
template <class T>
bool not_equal_to(const T& a, const T& b) {
  return !equal(a, b);
}
template <class T>
bool less(const T& a, const T& b) {
  return compare(a, b) < 0;
}
template <class T>
bool less_equal(const T& a, const T& b) {
  return compare(a, b) <= 0;
}
template <class T>
bool greater(const T& a, const T& b) {
  return compare(a, b) > 0;
}
template <class T>
bool greater_equal(const T& a, const T& b) {
  return compare(a, b) >= 0;
}

template <class T>
bool is_distinct_from(const Nullable<T>& a, const Nullable<T>& b) {
  return !not_distinct(a, b);
}
template <class T>
bool is_not_distinct_from(const Nullable<T>& a, const Nullable<T>& b) {
  return not_distinct(a, b);
}

}  // namespace sqlmill::rt::sql
