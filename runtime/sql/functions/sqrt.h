// sqrt and cbrt, and the operators |/ and ||/.
#pragma once

#include <cmath>

#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

double sqrt_float8(Context& context, double value);
inline Numeric sqrt_numeric(Context& context, const Numeric& value) {
  return sqrt(context, value);
}
inline double cbrt_float8(double value) {
  return std::cbrt(value);
}

}  // namespace sqlmill::rt::sql
