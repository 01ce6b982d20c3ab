// The operators + - * / % and the unary + and - of numbers, with PostgreSQL's overflow errors.
//
// add<T> and its like take two numbers of the same type; add_int2_int4 and its like are the mixed operators
// of PostgreSQL's operator table, which compute in the wider type.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string_view>

#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

template <class T>
concept Integer = std::same_as<T, int16_t> || std::same_as<T, int32_t> || std::same_as<T, int64_t>;

/// How a function of a template takes a T: small ones by value.
template <class T>
struct ParameterOf {
  using type = T;
};
template <>
struct ParameterOf<Numeric> {
  using type = const Numeric&;
};
template <class T>
using Parameter = typename ParameterOf<T>::type;

/// The unscaled integer has 64 bits.
constexpr bool is_short(const Numeric& value) {
  return value.is_small() && value.unscaled() == static_cast<int64_t>(value.unscaled());
}

// ---- Failures, out of the hot path ----

template <Integer T>
[[gnu::cold, gnu::noinline]] T fail_out_of_range(Context& context) {
  constexpr std::string_view message = sizeof(T) == 2   ? "smallint out of range"
                                       : sizeof(T) == 4 ? "integer out of range"
                                                        : "bigint out of range";
  context.fail(ErrorCode::kNumericValueOutOfRange, message);
  return 0;
}
void fail_division_by_zero(Context& context);
void fail_float_overflow(Context& context);
void fail_float_underflow(Context& context);

/// The result of a float operation on `a` and `b` (or one of them twice), checked as PostgreSQL does: an
/// infinity that does not come from an infinite argument is an overflow.
template <std::floating_point T>
T check_overflow(Context& context, T result, T a, T b) {
  if (std::isinf(result) && !std::isinf(a) && !std::isinf(b)) [[unlikely]]
    fail_float_overflow(context);
  return result;
}

// ---- Operators on two numbers of one type ----

template <class T>
T add(Context& context, Parameter<T> a, Parameter<T> b) {
  if constexpr (Integer<T>) {
    T result;
    if (__builtin_add_overflow(a, b, &result)) [[unlikely]]
      return fail_out_of_range<T>(context);
    return result;
  } else if constexpr (std::floating_point<T>) {
    return check_overflow<T>(context, a + b, a, b);
  } else {
    return add(context, a, b);
  }
}

template <class T>
T subtract(Context& context, Parameter<T> a, Parameter<T> b) {
  if constexpr (Integer<T>) {
    T result;
    if (__builtin_sub_overflow(a, b, &result)) [[unlikely]]
      return fail_out_of_range<T>(context);
    return result;
  } else if constexpr (std::floating_point<T>) {
    return check_overflow<T>(context, a - b, a, b);
  } else {
    return subtract(context, a, b);
  }
}

template <class T>
T multiply(Context& context, Parameter<T> a, Parameter<T> b) {
  if constexpr (Integer<T>) {
    T result;
    if (__builtin_mul_overflow(a, b, &result)) [[unlikely]]
      return fail_out_of_range<T>(context);
    return result;
  } else if constexpr (std::floating_point<T>) {
    const T result = check_overflow<T>(context, a * b, a, b);
    if (result == 0 && a != 0 && b != 0) [[unlikely]]
      fail_float_underflow(context);
    return result;
  } else {
    // Here, so that nothing is left but the multiplication where a scale is known.
    if (is_short(a) && is_short(b) && a.scale() + b.scale() <= Numeric::kMaxScale) [[likely]]
      return Numeric(a.unscaled() * b.unscaled(), a.scale() + b.scale());
    return multiply(context, a, b);
  }
}

template <class T>
T divide(Context& context, Parameter<T> a, Parameter<T> b) {
  if constexpr (Integer<T>) {
    if (b == 0) [[unlikely]] {
      fail_division_by_zero(context);
      return 0;
    }
    if (b == -1 && a == std::numeric_limits<T>::min()) [[unlikely]]
      return fail_out_of_range<T>(context);
    return static_cast<T>(a / b);
  } else if constexpr (std::floating_point<T>) {
    if (b == 0 && !std::isnan(a)) [[unlikely]] {
      fail_division_by_zero(context);
      return 0;
    }
    const T result = check_overflow<T>(context, a / b, a, a);
    if (result == 0 && a != 0 && !std::isinf(b)) [[unlikely]]
      fail_float_underflow(context);
    return result;
  } else {
    return divide(context, a, b);
  }
}

template <class T>
T modulo(Context& context, Parameter<T> a, Parameter<T> b) {
  if constexpr (Integer<T>) {
    if (b == 0) [[unlikely]] {
      fail_division_by_zero(context);
      return 0;
    }
    // The machine's division would trap on the least number.
    return b == -1 ? T{0} : static_cast<T>(a % b);
  } else {
    return modulo(context, a, b);
  }
}

template <Integer T>
T negate_integer(Context& context, T value) {
  if (value == std::numeric_limits<T>::min()) [[unlikely]]
    return fail_out_of_range<T>(context);
  return static_cast<T>(-value);
}
template <std::floating_point T>
T negate_float(T value) {
  return -value;
}
inline Numeric negate_numeric(const Numeric& value) {
  return negate(value);
}

template <class T>
T unary_plus(Parameter<T> value) {
  return value;
}

// ---- Operators on numbers of different types ----

#define SQLMILL_MIXED_OPERATORS(names, A, B, wider)           \
  inline wider add_##names(Context& context, A a, B b) {      \
    return add<wider>(context, a, b);                         \
  }                                                           \
  inline wider subtract_##names(Context& context, A a, B b) { \
    return subtract<wider>(context, a, b);                    \
  }                                                           \
  inline wider multiply_##names(Context& context, A a, B b) { \
    return multiply<wider>(context, a, b);                    \
  }                                                           \
  inline wider divide_##names(Context& context, A a, B b) {   \
    return divide<wider>(context, a, b);                      \
  }

SQLMILL_MIXED_OPERATORS(int2_int4, int16_t, int32_t, int32_t)
SQLMILL_MIXED_OPERATORS(int4_int2, int32_t, int16_t, int32_t)
SQLMILL_MIXED_OPERATORS(int2_int8, int16_t, int64_t, int64_t)
SQLMILL_MIXED_OPERATORS(int8_int2, int64_t, int16_t, int64_t)
SQLMILL_MIXED_OPERATORS(int4_int8, int32_t, int64_t, int64_t)
SQLMILL_MIXED_OPERATORS(int8_int4, int64_t, int32_t, int64_t)
SQLMILL_MIXED_OPERATORS(float4_float8, float, double, double)
SQLMILL_MIXED_OPERATORS(float8_float4, double, float, double)
#undef SQLMILL_MIXED_OPERATORS

}  // namespace sqlmill::rt::sql
