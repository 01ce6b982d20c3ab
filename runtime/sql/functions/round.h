// round(number) and round(numeric, scale). A float rounds half to even, a numeric half away from zero.
#pragma once

#include <cmath>

#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

inline double round_float8(double value) {
  return std::rint(value);
}
inline Numeric round_numeric(Arena& arena, const Numeric& value) {
  return round(arena, value, 0);
}
inline Numeric round_numeric_to(Arena& arena, const Numeric& value, int32_t scale) {
  return round(arena, value, scale);
}

}  // namespace sqlmill::rt::sql
