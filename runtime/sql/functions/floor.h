// floor(number).
#pragma once

#include <cmath>

#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

inline double floor_float8(double value) {
  return std::floor(value);
}
inline Numeric floor_numeric(Arena& arena, const Numeric& value) {
  return floor(arena, value);
}

}  // namespace sqlmill::rt::sql
