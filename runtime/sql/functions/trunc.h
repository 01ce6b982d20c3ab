// trunc(number) and trunc(numeric, scale): towards zero.
#pragma once

#include <cmath>

#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

inline double trunc_float8(double value) {
  return std::trunc(value);
}
inline Numeric trunc_numeric(Arena& arena, const Numeric& value) {
  return trunc(arena, value, 0);
}
inline Numeric trunc_numeric_to(Arena& arena, const Numeric& value, int32_t scale) {
  return trunc(arena, value, scale);
}

}  // namespace sqlmill::rt::sql
