// Casts among boolean, the integers, the floats and numeric, and between them and text.
//
// To an integer, a float rounds half to even and a numeric half away from zero. To text gives what a query
// prints, but for booleans, which become `true` and `false`.
#pragma once

#include <cmath>
#include <cstdint>
#include <iterator>
#include <string>

#include "runtime/sql/functions/arithmetic.h"
#include "runtime/sql/numeric.h"
#include "runtime/sql/value_text.h"

namespace sqlmill::rt::sql {

// ---- Integers ----

template <Integer To, Integer From>
To narrow(Context& context, From value) {
  const auto result = static_cast<To>(value);
  if (result != value) [[unlikely]]
    return fail_out_of_range<To>(context);
  return result;
}

inline int32_t int2_to_int4(int16_t value) {
  return value;
}
inline int64_t int2_to_int8(int16_t value) {
  return value;
}
inline int64_t int4_to_int8(int32_t value) {
  return value;
}
inline int16_t int4_to_int2(Context& context, int32_t value) {
  return narrow<int16_t>(context, value);
}
inline int16_t int8_to_int2(Context& context, int64_t value) {
  return narrow<int16_t>(context, value);
}
inline int32_t int8_to_int4(Context& context, int64_t value) {
  return narrow<int32_t>(context, value);
}

inline int32_t boolean_to_int4(bool value) {
  return value;
}
inline bool int4_to_boolean(int32_t value) {
  return value != 0;
}

// ---- Integers and floats ----

template <Integer To, std::floating_point From>
To round_to_integer(Context& context, From value) {
  const From rounded = std::rint(value);
  // The bounds are powers of two, hence exact; NaN fails the comparison.
  constexpr From kEnd = -static_cast<From>(std::numeric_limits<To>::min());
  if (!(rounded >= -kEnd && rounded < kEnd)) [[unlikely]]
    return fail_out_of_range<To>(context);
  return static_cast<To>(rounded);
}

inline float int2_to_float4(int16_t value) {
  return value;
}
inline float int4_to_float4(int32_t value) {
  return static_cast<float>(value);
}
inline float int8_to_float4(int64_t value) {
  return static_cast<float>(value);
}
inline double int2_to_float8(int16_t value) {
  return value;
}
inline double int4_to_float8(int32_t value) {
  return value;
}
inline double int8_to_float8(int64_t value) {
  return static_cast<double>(value);
}
inline int16_t float4_to_int2(Context& context, float value) {
  return round_to_integer<int16_t>(context, value);
}
inline int32_t float4_to_int4(Context& context, float value) {
  return round_to_integer<int32_t>(context, value);
}
inline int64_t float4_to_int8(Context& context, float value) {
  return round_to_integer<int64_t>(context, value);
}
inline int16_t float8_to_int2(Context& context, double value) {
  return round_to_integer<int16_t>(context, value);
}
inline int32_t float8_to_int4(Context& context, double value) {
  return round_to_integer<int32_t>(context, value);
}
inline int64_t float8_to_int8(Context& context, double value) {
  return round_to_integer<int64_t>(context, value);
}
inline double float4_to_float8(float value) {
  return value;
}
inline float float8_to_float4(Context& context, double value) {
  const auto result = static_cast<float>(value);
  if (std::isinf(result) && !std::isinf(value)) [[unlikely]]
    fail_float_overflow(context);
  if (result == 0 && value != 0) [[unlikely]]
    fail_float_underflow(context);
  return result;
}

// ---- Numeric ----

inline Numeric int2_to_numeric(int16_t value) {
  return numeric_from_integer(value);
}
inline Numeric int4_to_numeric(int32_t value) {
  return numeric_from_integer(value);
}
inline Numeric int8_to_numeric(int64_t value) {
  return numeric_from_integer(value);
}
inline Numeric float4_to_numeric(Arena& arena, float value) {
  return numeric_from_float(arena, value);
}
inline Numeric float8_to_numeric(Arena& arena, double value) {
  return numeric_from_double(arena, value);
}
int16_t numeric_to_int2(Context& context, const Numeric& value);
int32_t numeric_to_int4(Context& context, const Numeric& value);
int64_t any_numeric_to_int8(Context& context, const Numeric& value);
inline int64_t numeric_to_int8(Context& context, const Numeric& value) {
  // Where the scale is known, as that of EXTRACT's results, the division is by a constant.
  constexpr int64_t kOnes[] = {1,       10,        100,        1'000,       10'000,
                               100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
  if (static_cast<size_t>(value.scale()) >= std::size(kOnes) || !is_short(value))
    return any_numeric_to_int8(context, value);
  const int64_t one = kOnes[value.scale()];
  const auto unscaled = static_cast<int64_t>(value.unscaled());
  const int64_t rest = unscaled % one;
  return unscaled / one + (2 * rest >= one) - (2 * rest <= -one);
}
float numeric_to_float4(Context& context, const Numeric& value);
double numeric_to_float8(Context& context, const Numeric& value);

// ---- Text ----

Text boolean_to_text(bool value);
Text int2_to_text(Arena& arena, int16_t value);
Text int4_to_text(Arena& arena, int32_t value);
Text int8_to_text(Arena& arena, int64_t value);
Text float4_to_text(Arena& arena, float value);
Text float8_to_text(Arena& arena, double value);
Text numeric_to_text(Arena& arena, const Numeric& value);
Text bytea_to_text(Arena& arena, const Bytea& value);

inline bool text_to_boolean(Context& context, const Text& value) {
  return boolean_from_text(context, value.view());
}
inline int16_t text_to_int2(Context& context, const Text& value) {
  return int2_from_text(context, value.view());
}
inline int32_t text_to_int4(Context& context, const Text& value) {
  return int4_from_text(context, value.view());
}
inline int64_t text_to_int8(Context& context, const Text& value) {
  return int8_from_text(context, value.view());
}
inline float text_to_float4(Context& context, const Text& value) {
  return float4_from_text(context, value.view());
}
inline double text_to_float8(Context& context, const Text& value) {
  return float8_from_text(context, value.view());
}
inline Numeric text_to_numeric(Context& context, const Text& value) {
  return numeric_from_text(context, value.view());
}
inline Bytea text_to_bytea(Context& context, const Text& value) {
  return bytea_from_text(context, value.view());
}

}  // namespace sqlmill::rt::sql
