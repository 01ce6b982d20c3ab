// SQL's special forms for generated code: what is not a function because it does not evaluate all of its
// operands, or because it takes any number of them. Operands that may not be evaluated come as lambdas.
#pragma once

#include <initializer_list>
#include <type_traits>

#include "runtime/sql/compare.h"
#include "runtime/sql/nullable.h"

namespace sqlmill::rt::sql {

constexpr bool is_true(bool value) {
  return value;
}
constexpr bool is_true(const Nullable<bool>& value) {
  return value.has_value() && value.value();
}
constexpr bool is_false(bool value) {
  return !value;
}
constexpr bool is_false(const Nullable<bool>& value) {
  return value.has_value() && !value.value();
}

constexpr bool logical_not(bool value) {
  return !value;
}
constexpr Nullable<bool> logical_not(const Nullable<bool>& value) {
  return value.has_value() ? Nullable<bool>(!value.value()) : value;
}

/// Three-valued AND: false as soon as an operand is.
template <class... Operand>
Nullable<bool> logical_and(const Operand&... operand) {
  bool unknown = false;
  const auto goes_on = [&](const auto& value) {
    unknown = unknown || !sql::has_value(value);
    return !is_false(value);
  };
  if (!(goes_on(operand()) && ...)) return false;
  return unknown ? Nullable<bool>() : Nullable<bool>(true);
}

/// Three-valued OR: true as soon as an operand is.
template <class... Operand>
Nullable<bool> logical_or(const Operand&... operand) {
  bool unknown = false;
  const auto goes_on = [&](const auto& value) {
    unknown = unknown || !sql::has_value(value);
    return !is_true(value);
  };
  if (!(goes_on(operand()) && ...)) return true;
  return unknown ? Nullable<bool>() : Nullable<bool>(false);
}

/// COALESCE with result type R (T, or Nullable<T> if the last operand may be NULL).
template <class R, class... Operand>
R coalesce(const Operand&... operand) {
  Nullable<ValueOf<R>> result;
  const auto take = [&](const auto& value) {
    if (!sql::has_value(value)) return false;
    result = value_of(value);
    return true;
  };
  (take(operand()) || ...);
  if constexpr (kIsNullable<R>) {
    return result;
  } else {
    return result.value();
  }
}

/// GREATEST and LEAST with result type R; NULLs are ignored.
template <bool kGreatest, class R, class... Operand>
R extreme(const Operand&... operand) {
  Nullable<ValueOf<R>> best;
  const auto take = [&](const auto& value) {
    if (!sql::has_value(value)) return;
    if (best.has_value()) {
      const int order = compare(value_of(value), best.value());
      if (kGreatest ? order <= 0 : order >= 0) return;
    }
    best = value_of(value);
  };
  (take(operand), ...);
  if constexpr (kIsNullable<R>) {
    return best;
  } else {
    return best.value();
  }
}

}  // namespace sqlmill::rt::sql
