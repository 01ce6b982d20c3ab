// Roots, powers, exponentials and logarithms of numeric. Each result has the scale that PostgreSQL's
// numeric.c chooses, and is the exact value rounded to it.
#include <algorithm>
#include <cmath>

#include "runtime/sql/context.h"
#include "runtime/sql/fixed_point.h"
#include "runtime/sql/functions/logarithm.h"
#include "runtime/sql/functions/power.h"
#include "runtime/sql/numeric_big.h"

namespace sqlmill::rt::sql {

namespace {

using Kind = Numeric::Kind;

constexpr int kMinSignificantDigits = 16;
constexpr int kMaxDisplayScale = 1000;
constexpr int kMaxResultScale = 2000;
constexpr int kGuardBits = 64;
constexpr double kLog10OfE = 0.434294481903252;
constexpr Numeric kNan = Numeric::special(Kind::kNan);
constexpr Numeric kInfinity = Numeric::special(Kind::kPlusInfinity);

bool is_nan(const Numeric& value) {
  return value.kind() == Kind::kNan;
}
bool is_one(const Numeric& value) {
  return compare(value, Numeric(1, 0)) == 0;
}

int display_scale(int wanted, int at_least) {
  return std::min(std::max({wanted, at_least, 0}), kMaxDisplayScale);
}

Numeric zero(int scale) {
  return Numeric(0, scale);
}

Numeric one(Context& context, int scale) {
  return rescale(context.arena(), Numeric(1, 0), scale, Rounding::kTruncate);
}

Numeric fail_logarithm(Context& context, int sign) {
  context.fail(ErrorCode::kInvalidArgumentForLogarithm,
               sign == 0 ? "cannot take logarithm of zero" : "cannot take logarithm of a negative number");
  return Numeric();
}

/// `groups` groups of four digits of a value that is not zero, from the first that is not zero, as a number;
/// and the power of ten that it counts. PostgreSQL estimates logarithms from them.
std::pair<double, int> leading_digits(const Numeric& value, int groups) {
  const BigInteger unscaled(value);
  const int least =
      4 * (leading_group(value).weight + 1 - groups);  // Exponent of the last digit that is taken.
  const int drop = value.scale() + least;
  BigInteger digits;
  BigInteger power;
  if (drop > 0) {
    mpz_tdiv_q(digits, unscaled, power_of_ten(drop, power));
  } else {
    mpz_mul(digits, unscaled, power_of_ten(-drop, power));
  }
  return {std::fabs(mpz_get_d(digits)), least};
}

/// PostgreSQL's estimate of the decimal exponent of ln(value); the value is positive.
int ln_exponent(Context& context, const Numeric& value) {
  if (compare(value, Numeric(9, 1)) >= 0 && compare(value, Numeric(11, 1)) <= 0) {
    const Numeric difference = subtract(context, value, Numeric(1, 0));
    if (sign_of(difference) == 0) return 0;
    const LeadingGroup group = leading_group(difference);
    return group.weight * 4 + static_cast<int>(std::log10(group.digits));
  }
  const auto [digits, exponent] = leading_digits(value, 2);
  return static_cast<int>(std::log10(std::fabs(std::log(digits) + exponent * 2.302585092994046)));
}

/// Bits before the binary point of a value, at least 1.
int integer_bits(const Numeric& value) {
  return std::max(1, bits_of_digits(4 * (leading_group(value).weight + 1)));
}

void ln_in_fixed_point(const Numeric& value, int bits, BigInteger& result) {
  // A value far below one has its first digits far behind the point.
  const int more = bits_of_digits(std::max(0, -4 * leading_group(value).weight));
  to_fixed_point(value, bits + more, result);
  fixed_point_ln(result, bits + more);
  mpz_fdiv_q_2exp(result, result, static_cast<mp_bitcnt_t>(more));
}

Numeric ln_to_scale(Context& context, const Numeric& value, int scale) {
  const int bits = bits_of_digits(scale) + kGuardBits;
  BigInteger logarithm;
  ln_in_fixed_point(value, bits, logarithm);
  BigInteger result;
  from_fixed_point(logarithm, bits, scale, result);
  return make_numeric_checked(context, result, scale);
}

/// `value` with about `digits` significant digits: the unscaled integer cut, and the scale with it.
void keep_digits(BigInteger& unscaled, int64_t& scale, int digits) {
  const int drop = static_cast<int>(mpz_sizeinbase(unscaled, 10)) - digits;
  if (drop <= 0) return;
  BigInteger power;
  divide_rounded(unscaled, power_of_ten(drop, power), Rounding::kHalfAwayFromZero);
  scale -= drop;
}

/// unscaled / 10^from, rounded to `to` digits after the point. A scale of `from` may be negative.
void set_scale(BigInteger& unscaled, int64_t from, int to) {
  BigInteger power;
  if (from > to) {
    divide_rounded(unscaled, power_of_ten(static_cast<int>(from - to), power), Rounding::kHalfAwayFromZero);
  } else {
    unscaled.multiply_by_power_of_ten(static_cast<int>(to - from));
  }
}

/// base^exponent by squaring; the base is not zero, the exponent not 0, 1, -1 or 2.
Numeric power_by_squaring(Context& context, const Numeric& base, int exponent, int scale) {
  const auto [digits, least] = leading_digits(base, 4);
  const double result_exponent = exponent * (std::log10(digits) + least);
  if (result_exponent > 3.0 * INT16_MAX * 4) return fail_numeric_overflow(context);
  if (result_exponent + 1 < -scale) return zero(scale);
  const int keep = 1 + scale + static_cast<int>(result_exponent) +
                   static_cast<int>(std::log(std::fabs(static_cast<double>(exponent)))) + 20;
  BigInteger square(base);
  BigInteger product(Int128{1});
  int64_t square_scale = base.scale();
  int64_t product_scale = 0;
  for (uint32_t rest = exponent < 0 ? -static_cast<uint32_t>(exponent) : static_cast<uint32_t>(exponent);;) {
    if (rest & 1) {
      mpz_mul(product, product, square);
      product_scale += square_scale;
      keep_digits(product, product_scale, std::max(keep, 20));
    }
    rest >>= 1;
    if (rest == 0) break;
    mpz_mul(square, square, square);
    square_scale *= 2;
    keep_digits(square, square_scale, std::max(keep, 20));
  }
  if (exponent > 0) {
    if (-product_scale > 200000) return fail_numeric_overflow(context);
    set_scale(product, product_scale, scale);
    return make_numeric_checked(context, product, scale);
  }
  // 1 / (p / 10^s) = 10^(s + scale) / p, at `scale`.
  if (product_scale + scale < 0) return zero(scale);
  BigInteger quotient;
  if (mpz_sgn(static_cast<mpz_srcptr>(product)) < 0) {
    mpz_neg(product, product);
    mpz_neg(power_of_ten(static_cast<int>(product_scale + scale), quotient), quotient);
  } else {
    power_of_ten(static_cast<int>(product_scale + scale), quotient);
  }
  divide_rounded(quotient, product, Rounding::kHalfAwayFromZero);
  return make_numeric_checked(context, quotient, scale);
}

Numeric power_of_integer(Context& context, const Numeric& base, int exponent) {
  const int scale = display_scale(kMinSignificantDigits, base.scale());
  switch (exponent) {
    case 0:
      return one(context, scale);
    case 1:
      return rescale(context.arena(), base, scale, Rounding::kHalfAwayFromZero);
    case 2:
      return rescale(context.arena(), multiply(context, base, base), scale, Rounding::kHalfAwayFromZero);
    default:
      break;
  }
  if (sign_of(base) == 0) return zero(scale);
  return power_by_squaring(context, base, exponent, scale);
}

/// exponent * ln(base) as roughly as PostgreSQL computes it to choose the scale: the rounding can decide.
double power_estimate(Context& context, const Numeric& base, const Numeric& exponent) {
  const int scale = std::max(8 - ln_exponent(context, base), 0);
  const Numeric product = multiply(context, ln_to_scale(context, base, scale), exponent);
  return to_double(rescale(context.arena(), product, scale, Rounding::kHalfAwayFromZero));
}

/// POSIX's rules for pow(3), when one of the two is not finite.
Numeric power_special(Context& context, const Numeric& base, const Numeric& exponent) {
  if (is_one(base) || sign_of(exponent) == 0) return one(context, 0);
  if (is_nan(base) || is_nan(exponent)) return kNan;
  if (sign_of(base) == 0) return zero(0);
  if (!exponent.is_finite()) {
    const int order = base.is_finite() ? compare(abs(base), Numeric(1, 0)) : 1;
    if (order == 0) return one(context, 0);
    return (order > 0) == (sign_of(exponent) > 0) ? kInfinity : zero(0);
  }
  if (sign_of(exponent) < 0) return zero(0);
  if (sign_of(base) > 0) return base;
  const bool odd = sign_of(modulo(context, exponent, Numeric(2, 0))) != 0;
  return odd ? base : kInfinity;
}

}  // namespace

Numeric sqrt(Context& context, const Numeric& value) {
  if (is_nan(value) || value.kind() == Kind::kPlusInfinity) return value;
  if (sign_of(value) < 0) {
    context.fail(ErrorCode::kInvalidArgumentForPower, "cannot take square root of a negative number");
    return Numeric();
  }
  const int weight = (leading_group(value).weight + 1) * 2 - 1;
  return sqrt_to_scale(context, value, display_scale(kMinSignificantDigits - weight, value.scale()));
}

Numeric sqrt_to_scale(Context& context, const Numeric& value, int scale) {
  // The root of value * 10^(2 scale), to the nearest integer.
  BigInteger root(value);
  BigInteger remainder;
  const int shift = 2 * scale - value.scale();
  bool quarter = false;  // What is cut from the radicand is at least a quarter: (r + 1/2)^2 = r^2 + r + 1/4.
  if (shift >= 0) {
    root.multiply_by_power_of_ten(shift);
  } else {
    BigInteger power;
    mpz_tdiv_qr(root, remainder, root, power_of_ten(-shift, power));
    mpz_mul_2exp(remainder, remainder, 2);
    quarter = mpz_cmp(remainder, power) >= 0;
  }
  mpz_sqrtrem(root, remainder, root);
  if (const int order = mpz_cmp(remainder, root); order > 0 || (order == 0 && quarter))
    mpz_add_ui(root, root, 1);
  return make_numeric_checked(context, root, scale);
}

Numeric ln_numeric(Context& context, const Numeric& value) {
  if (is_nan(value)) return value;
  if (const int sign = sign_of(value); sign <= 0) return fail_logarithm(context, sign);
  if (!value.is_finite()) return value;
  const int exponent = ln_exponent(context, value);
  return ln_to_scale(context, value, display_scale(kMinSignificantDigits - exponent, value.scale()));
}

Numeric exp_numeric(Context& context, const Numeric& value) {
  if (is_nan(value) || value.kind() == Kind::kPlusInfinity) return value;
  if (!value.is_finite()) return zero(0);
  const double estimate = to_double(value);
  const double limit = kMaxResultScale;
  const double exponent = std::clamp(estimate * kLog10OfE, -limit, limit);
  const int scale = display_scale(kMinSignificantDigits - static_cast<int>(exponent), value.scale());
  if (std::fabs(estimate) >= kMaxResultScale * 3) {
    return estimate > 0 ? fail_numeric_overflow(context) : zero(scale);
  }
  const int result_bits = std::max(0, static_cast<int>(estimate * 1.4427) + 1);
  const int bits = bits_of_digits(scale) + result_bits + kGuardBits;
  BigInteger fixed;
  to_fixed_point(value, bits, fixed);
  fixed_point_exp(fixed, bits);
  BigInteger result;
  from_fixed_point(fixed, bits, scale, result);
  return make_numeric_checked(context, result, scale);
}

Numeric log10_numeric(Context& context, const Numeric& value) {
  return log_numeric(context, Numeric(10, 0), value);
}

Numeric log_numeric(Context& context, const Numeric& base, const Numeric& value) {
  if (is_nan(base) || is_nan(value)) return kNan;
  const bool finite = base.is_finite() && value.is_finite();
  const int sign = finite && sign_of(base) <= 0 ? sign_of(base) : std::min(sign_of(base), sign_of(value));
  if (sign <= 0) return fail_logarithm(context, sign);
  if (!base.is_finite()) return value.is_finite() ? zero(0) : kNan;
  if (!value.is_finite()) return value;
  const int base_exponent = ln_exponent(context, base);
  const int exponent = ln_exponent(context, value) - base_exponent;
  const int scale = display_scale(kMinSignificantDigits - exponent, std::max(base.scale(), value.scale()));
  // A logarithm of a base near 1 is small, and dividing by it takes as many digits more.
  const int bits = bits_of_digits(scale + std::abs(exponent) + 2 * std::abs(base_exponent)) + kGuardBits;
  BigInteger dividend;
  BigInteger divisor;
  ln_in_fixed_point(value, bits, dividend);
  ln_in_fixed_point(base, bits, divisor);
  if (mpz_sgn(static_cast<mpz_srcptr>(divisor)) == 0) {
    context.fail(ErrorCode::kDivisionByZero, "division by zero");
    return Numeric();
  }
  dividend.multiply_by_power_of_ten(scale);
  if (mpz_sgn(static_cast<mpz_srcptr>(divisor)) < 0) {
    mpz_neg(divisor, divisor);
    mpz_neg(dividend, dividend);
  }
  divide_rounded(dividend, divisor, Rounding::kHalfAwayFromZero);
  return make_numeric_checked(context, dividend, scale);
}

Numeric power_numeric(Context& context, const Numeric& base, const Numeric& exponent) {
  const bool nan = is_nan(base) || is_nan(exponent);
  const bool integral = !exponent.is_finite() || compare(exponent, trunc(context.arena(), exponent, 0)) == 0;
  if (!nan && sign_of(base) == 0 && sign_of(exponent) < 0) {
    context.fail(ErrorCode::kInvalidArgumentForPower, "zero raised to a negative power is undefined");
    return Numeric();
  }
  if (!nan && sign_of(base) < 0 && !integral) {
    context.fail(ErrorCode::kInvalidArgumentForPower,
                 "a negative number raised to a non-integer power yields a complex result");
    return Numeric();
  }
  if (!base.is_finite() || !exponent.is_finite()) return power_special(context, base, exponent);
  const std::optional<int64_t> whole = integral ? to_int64(exponent) : std::nullopt;
  if (whole && *whole == static_cast<int32_t>(*whole)) {
    return power_of_integer(context, base, static_cast<int32_t>(*whole));
  }
  if (sign_of(base) == 0) return zero(kMinSignificantDigits);
  const bool negative = sign_of(base) < 0 && sign_of(modulo(context, exponent, Numeric(2, 0))) != 0;
  const Numeric magnitude = abs(base);
  const double estimate = power_estimate(context, magnitude, exponent);
  if (std::fabs(estimate) > kMaxResultScale * 3.01) {
    return estimate > 0 ? fail_numeric_overflow(context) : zero(kMaxDisplayScale);
  }
  const double result_exponent = estimate * kLog10OfE;
  const int scale = display_scale(kMinSignificantDigits - static_cast<int>(result_exponent),
                                  std::max(base.scale(), exponent.scale()));
  const int result_bits = std::max(0, static_cast<int>(estimate * 1.4427) + 1);
  const int bits = bits_of_digits(scale) + result_bits + integer_bits(exponent) + kGuardBits;
  BigInteger product;
  BigInteger factor;
  ln_in_fixed_point(magnitude, bits, product);
  to_fixed_point(exponent, bits, factor);
  mpz_mul(product, product, factor);
  mpz_fdiv_q_2exp(product, product, static_cast<mp_bitcnt_t>(bits));
  fixed_point_exp(product, bits);
  BigInteger result;
  from_fixed_point(product, bits, scale, result);
  if (negative) mpz_neg(result, result);
  return make_numeric_checked(context, result, scale);
}

}  // namespace sqlmill::rt::sql
