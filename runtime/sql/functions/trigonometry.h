// Trigonometric and hyperbolic functions of doubles; angles in radians, and in degrees where the name ends in
// d.
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
double cot_float8(Context& context, double value);
double sinh_float8(double value);
double cosh_float8(double value);
double tanh_float8(double value);
double asinh_float8(double value);
double acosh_float8(Context& context, double value);
double atanh_float8(Context& context, double value);

// In degrees, and exact where the result is: sind(30) is 0.5.
double sind(Context& context, double degrees);
double cosd(Context& context, double degrees);
double tand(Context& context, double degrees);
double cotd(Context& context, double degrees);
double asind(Context& context, double value);
double acosd(Context& context, double value);
double atand(double value);
double atan2d(double y, double x);

inline double atan_float8(double value) {
  return std::atan(value);
}
inline double atan2_float8(double y, double x) {
  return std::atan2(y, x);
}

}  // namespace sqlmill::rt::sql
