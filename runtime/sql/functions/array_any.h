// x op ANY (array) and x op ALL (array): true if the comparison is for one element, or for all. Otherwise
// NULL if a comparison is, because x or an element is NULL. In SQL's lists they are `= ANY`, `~~ ALL` and so
// on.
#pragma once

#include "runtime/sql/array.h"
#include "runtime/sql/functions/like.h"
#include "runtime/sql/functions/regexp.h"

namespace sqlmill::rt::sql {

enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

/// Whether `order`, that of compare(), is what the comparison asks for.
constexpr bool holds(Comparison comparison, int order) {
  switch (comparison) {
    case Comparison::kEqual:
      return order == 0;
    case Comparison::kNotEqual:
      return order != 0;
    case Comparison::kLess:
      return order < 0;
    case Comparison::kLessEqual:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    case Comparison::kGreaterEqual:
      return order >= 0;
  }
  return false;
}

Nullable<bool> compare_with_elements(const Datum& value, const Array& array, Comparison comparison, bool all);

template <Comparison kComparison>
Nullable<bool> compare_any(AnyElement value, Nullable<Array> array) {
  if (!array.has_value()) return kNull;
  return compare_with_elements(value.datum, array.value(), kComparison, false);
}
template <Comparison kComparison>
Nullable<bool> compare_all(AnyElement value, Nullable<Array> array) {
  if (!array.has_value()) return kNull;
  return compare_with_elements(value.datum, array.value(), kComparison, true);
}

inline bool not_like(Context& context, Text text, Text pattern) {
  return !like(context, text, pattern);
}
inline bool not_ilike(Context& context, Text text, Text pattern) {
  return !ilike(context, text, pattern);
}
inline bool is_like(Context& context, Text text, Text pattern) {
  return like(context, text, pattern);
}

Nullable<bool> match_with_elements(Context& context, const Nullable<Text>& text,
                                   const Nullable<ArrayOf<Text>>& patterns,
                                   bool (*matches)(Context&, Text, Text), bool all);

template <auto f>
Nullable<bool> match_any(Context& context, Nullable<Text> text, Nullable<ArrayOf<Text>> patterns) {
  return match_with_elements(context, text, patterns, f, false);
}
template <auto f>
Nullable<bool> match_all(Context& context, Nullable<Text> text, Nullable<ArrayOf<Text>> patterns) {
  return match_with_elements(context, text, patterns, f, true);
}

}  // namespace sqlmill::rt::sql
