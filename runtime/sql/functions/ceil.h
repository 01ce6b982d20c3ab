// ceil(number), also called ceiling.
#pragma once

#include <cmath>

#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

inline double ceil_float8(double value) {
  return std::ceil(value);
}
inline Numeric ceil_numeric(Arena& arena, const Numeric& value) {
  return ceil(arena, value);
}

}  // namespace sqlmill::rt::sql
