// Trigonometric functions of doubles, in radians.
#pragma once

#include <cmath>

#include "runtime/sql/context.h"

namespace sqlmill::rt::sql {

inline double pi() {
  return 3.14159265358979323846;
}
double degrees(Context& context, double radians);
double radians(Context& context, double degrees);
double sin_float8(Context& context, double value);
double cos_float8(Context& context, double value);
double tan_float8(Context& context, double value);
double asin_float8(Context& context, double value);
double acos_float8(Context& context, double value);
inline double atan_float8(double value) {
  return std::atan(value);
}
inline double atan2_float8(double y, double x) {
  return std::atan2(y, x);
}

}  // namespace sqlmill::rt::sql
