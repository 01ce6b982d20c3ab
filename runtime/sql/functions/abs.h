// abs(number), and the operator @.
#pragma once

#include <cmath>

#include "runtime/sql/functions/arithmetic.h"

namespace sqlmill::rt::sql {

template <Integer T>
T abs_integer(Context& context, T value) {
  return value < 0 ? negate_integer<T>(context, value) : value;
}
inline int16_t abs_int2(Context& context, int16_t value) {
  return abs_integer<int16_t>(context, value);
}
inline int32_t abs_int4(Context& context, int32_t value) {
  return abs_integer<int32_t>(context, value);
}
inline int64_t abs_int8(Context& context, int64_t value) {
  return abs_integer<int64_t>(context, value);
}
inline float abs_float4(float value) {
  return std::fabs(value);
}
inline double abs_float8(double value) {
  return std::fabs(value);
}
inline Numeric abs_numeric(const Numeric& value) {
  return abs(value);
}

}  // namespace sqlmill::rt::sql
