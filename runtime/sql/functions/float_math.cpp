// Roots, powers, logarithms and trigonometry of doubles, with the domain and range errors of PostgreSQL's
// float.c.
#include <cmath>

#include "runtime/sql/functions/arithmetic.h"
#include "runtime/sql/functions/logarithm.h"
#include "runtime/sql/functions/power.h"
#include "runtime/sql/functions/sqrt.h"
#include "runtime/sql/functions/trigonometry.h"

namespace sqlmill::rt::sql {

namespace {

constexpr double kRadiansPerDegree = 0.0174532925199432957692;

double fail_out_of_domain(Context& context) {
  context.fail(ErrorCode::kNumericValueOutOfRange, "input is out of range");
  return 0;
}

double logarithm(Context& context, double value, double (*function)(double)) {
  if (value == 0) {
    context.fail(ErrorCode::kInvalidArgumentForLogarithm, "cannot take logarithm of zero");
  } else if (value < 0) {
    context.fail(ErrorCode::kInvalidArgumentForLogarithm, "cannot take logarithm of a negative number");
  }
  return function(value);
}

}  // namespace

double sqrt_float8(Context& context, double value) {
  if (value < 0)
    context.fail(ErrorCode::kInvalidArgumentForPower, "cannot take square root of a negative number");
  return std::sqrt(value);
}

double power_float8(Context& context, double base, double exponent) {
  if (base == 0 && exponent < 0) {
    context.fail(ErrorCode::kInvalidArgumentForPower, "zero raised to a negative power is undefined");
  } else if (base < 0 && std::floor(exponent) != exponent && !std::isnan(exponent)) {
    context.fail(ErrorCode::kInvalidArgumentForPower,
                 "a negative number raised to a non-integer power yields a complex result");
  }
  const double result = std::pow(base, exponent);
  if (std::isfinite(base) && std::isfinite(exponent)) {
    if (std::isinf(result)) fail_float_overflow(context);
    if (result == 0 && base != 0) fail_float_underflow(context);
  }
  return result;
}

double exp_float8(Context& context, double value) {
  const double result = std::exp(value);
  if (std::isfinite(value)) {
    if (std::isinf(result)) fail_float_overflow(context);
    if (result == 0) fail_float_underflow(context);
  }
  return result;
}

double ln_float8(Context& context, double value) {
  return logarithm(context, value, std::log);
}
double log10_float8(Context& context, double value) {
  return logarithm(context, value, std::log10);
}

double degrees(Context& context, double radians) {
  return divide<double>(context, radians, kRadiansPerDegree);
}
double radians(Context& context, double degrees) {
  return multiply<double>(context, degrees, kRadiansPerDegree);
}

double sin_float8(Context& context, double value) {
  return std::isinf(value) ? fail_out_of_domain(context) : std::sin(value);
}
double cos_float8(Context& context, double value) {
  return std::isinf(value) ? fail_out_of_domain(context) : std::cos(value);
}
double tan_float8(Context& context, double value) {
  return std::isinf(value) ? fail_out_of_domain(context) : std::tan(value);
}
double asin_float8(Context& context, double value) {
  return std::fabs(value) > 1 ? fail_out_of_domain(context) : std::asin(value);
}
double acos_float8(Context& context, double value) {
  return std::fabs(value) > 1 ? fail_out_of_domain(context) : std::acos(value);
}

double cot_float8(Context& context, double value) {
  return std::isinf(value) ? fail_out_of_domain(context) : 1.0 / std::tan(value);
}
double sinh_float8(double value) {
  return std::sinh(value);
}
double cosh_float8(double value) {
  return std::cosh(value);
}
double tanh_float8(double value) {
  return std::tanh(value);
}
double asinh_float8(double value) {
  return std::asinh(value);
}
double acosh_float8(Context& context, double value) {
  return value < 1 ? fail_out_of_domain(context) : std::acosh(value);
}
double atanh_float8(Context& context, double value) {
  return std::fabs(value) > 1 ? fail_out_of_domain(context) : std::atanh(value);
}

}  // namespace sqlmill::rt::sql
