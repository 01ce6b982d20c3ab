// Trigonometry in degrees, after PostgreSQL's float.c: each function goes back to a small range of angles,
// where dividing by the value at 30, 45 or 60 degrees makes these and what follows from them exact.
#include <cmath>

#include "runtime/sql/functions/trigonometry.h"

namespace sqlmill::rt::sql {

namespace {

constexpr double kRadiansPerDegree = 0.0174532925199432957692;

/// Computed when the program runs, as the other angles are, so that both round the same.
double at_run_time(double (*function)(double), double value) {
  volatile double argument = value;
  return function(argument);
}

double sine_to_30(double x) {
  static const double kSine30 = at_run_time(std::sin, 30.0 * kRadiansPerDegree);
  return std::sin(x * kRadiansPerDegree) / kSine30 / 2.0;
}

double cosine_to_60(double x) {
  static const double kOneMinusCosine60 = 1.0 - at_run_time(std::cos, 60.0 * kRadiansPerDegree);
  return 1.0 - (1.0 - std::cos(x * kRadiansPerDegree)) / kOneMinusCosine60 / 2.0;
}

double sine_to_90(double x) {
  return x <= 30.0 ? sine_to_30(x) : cosine_to_60(90.0 - x);
}
double cosine_to_90(double x) {
  return x <= 60.0 ? cosine_to_60(x) : sine_to_30(90.0 - x);
}

double arc_sine_to_1(double x) {
  static const double kArcSineHalf = at_run_time(std::asin, 0.5);
  static const double kArcCosineHalf = at_run_time(std::acos, 0.5);
  if (x <= 0.5) return std::asin(x) / kArcSineHalf * 30.0;
  return 90.0 - std::acos(x) / kArcCosineHalf * 60.0;
}

double arc_cosine_to_1(double x) {
  static const double kArcSineHalf = at_run_time(std::asin, 0.5);
  static const double kArcCosineHalf = at_run_time(std::acos, 0.5);
  if (x <= 0.5) return 90.0 - std::asin(x) / kArcSineHalf * 30.0;
  return std::acos(x) / kArcCosineHalf * 60.0;
}

bool is_in_domain(Context& context, bool is) {
  if (!is) context.fail(ErrorCode::kNumericValueOutOfRange, "input is out of range");
  return is;
}

/// An angle from 0 to 90 degrees, and the sign that goes with it. `half_turn` is how the function changes in
/// going back from the other half of the circle, `quarter_turn` beyond 90 degrees.
struct Reduced {
  double angle;
  double sign;
};
Reduced reduce(double degrees, double negative, double half_turn, double quarter_turn) {
  Reduced r{std::fmod(degrees, 360.0), 1.0};
  if (r.angle < 0.0) {
    r.angle = -r.angle;
    r.sign *= negative;
  }
  if (r.angle > 180.0) {
    r.angle = 360.0 - r.angle;
    r.sign *= half_turn;
  }
  if (r.angle > 90.0) {
    r.angle = 180.0 - r.angle;
    r.sign *= quarter_turn;
  }
  return r;
}

}  // namespace

double sind(Context& context, double degrees) {
  if (std::isnan(degrees) || !is_in_domain(context, !std::isinf(degrees))) return degrees;
  const Reduced r = reduce(degrees, -1.0, -1.0, 1.0);
  return r.sign * sine_to_90(r.angle);
}

double cosd(Context& context, double degrees) {
  if (std::isnan(degrees) || !is_in_domain(context, !std::isinf(degrees))) return degrees;
  const Reduced r = reduce(degrees, 1.0, 1.0, -1.0);
  return r.sign * cosine_to_90(r.angle);
}

double tand(Context& context, double degrees) {
  static const double kTangent45 = sine_to_90(45.0) / cosine_to_90(45.0);
  if (std::isnan(degrees) || !is_in_domain(context, !std::isinf(degrees))) return degrees;
  const Reduced r = reduce(degrees, -1.0, -1.0, -1.0);
  const double result = r.sign * (sine_to_90(r.angle) / cosine_to_90(r.angle) / kTangent45);
  return result == 0.0 ? 0.0 : result;  // Never -0.
}

double cotd(Context& context, double degrees) {
  static const double kCotangent45 = cosine_to_90(45.0) / sine_to_90(45.0);
  if (std::isnan(degrees) || !is_in_domain(context, !std::isinf(degrees))) return degrees;
  const Reduced r = reduce(degrees, -1.0, -1.0, -1.0);
  const double result = r.sign * (cosine_to_90(r.angle) / sine_to_90(r.angle) / kCotangent45);
  return result == 0.0 ? 0.0 : result;
}

double asind(Context& context, double value) {
  if (std::isnan(value) || !is_in_domain(context, std::fabs(value) <= 1.0)) return value;
  return value >= 0.0 ? arc_sine_to_1(value) : -arc_sine_to_1(-value);
}

double acosd(Context& context, double value) {
  if (std::isnan(value) || !is_in_domain(context, std::fabs(value) <= 1.0)) return value;
  return value >= 0.0 ? arc_cosine_to_1(value) : 90.0 + arc_sine_to_1(-value);
}

double atand(double value) {
  static const double kArcTangent1 = at_run_time(std::atan, 1.0);
  return std::atan(value) / kArcTangent1 * 45.0;
}

double atan2d(double y, double x) {
  static const double kArcTangent1 = at_run_time(std::atan, 1.0);
  return std::atan2(y, x) / kArcTangent1 * 45.0;
}

}  // namespace sqlmill::rt::sql
