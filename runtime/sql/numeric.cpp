// Comparison and arithmetic of numeric. Each operation first tries 128-bit integers and turns to GMP when
// they overflow.
#include "runtime/sql/numeric.h"

#include <algorithm>

#include "runtime/sql/context.h"
#include "runtime/sql/hash.h"
#include "runtime/sql/numeric_big.h"

namespace sqlmill::rt::sql {

namespace {

using Kind = Numeric::Kind;

constexpr Numeric kNan = Numeric::special(Kind::kNan);

Numeric infinity(bool negative) {
  return Numeric::special(negative ? Kind::kMinusInfinity : Kind::kPlusInfinity);
}

bool is_nan(const Numeric& value) {
  return value.kind() == Kind::kNan;
}

/// Position in the order of the kinds: -Infinity, finite, Infinity, NaN.
int rank_of(const Numeric& value) {
  switch (value.kind()) {
    case Kind::kMinusInfinity:
      return -1;
    case Kind::kSmall:
    case Kind::kBig:
      return 0;
    case Kind::kPlusInfinity:
      return 1;
    case Kind::kNan:
      return 2;
  }
  __builtin_unreachable();
}

/// Both unscaled integers at the greater of the two scales. False when that does not fit.
bool align(const Numeric& a, const Numeric& b, Int128& x, Int128& y) {
  if (!a.is_small() || !b.is_small()) return false;
  x = a.unscaled();
  y = b.unscaled();
  if (a.scale() < b.scale()) return multiply_by_power_of_ten(x, b.scale() - a.scale(), x);
  if (a.scale() > b.scale()) return multiply_by_power_of_ten(y, a.scale() - b.scale(), y);
  return true;
}

struct BigPair {
  BigPair(const Numeric& first, const Numeric& second) : a(first), b(second) {
    if (first.scale() < second.scale()) a.multiply_by_power_of_ten(second.scale() - first.scale());
    if (first.scale() > second.scale()) b.multiply_by_power_of_ten(first.scale() - second.scale());
  }
  BigInteger a;
  BigInteger b;
};

/// The sum when one of the two is not finite.
Numeric add_special(const Numeric& a, const Numeric& b) {
  if (is_nan(a) || is_nan(b)) return kNan;
  if (a.is_finite()) return b;
  if (b.is_finite() || a.kind() == b.kind()) return a;
  return kNan;
}

uint64_t hash_small(Int128 unscaled, int scale) {
  while (scale > 0 && unscaled == static_cast<int64_t>(unscaled)) {
    const auto word = static_cast<int64_t>(unscaled);
    if (word % 10 != 0) break;
    unscaled = word / 10;
    --scale;
    if (unscaled == 0) scale = 0;
  }
  while (scale > 0 && unscaled != static_cast<int64_t>(unscaled) && unscaled % 10 == 0) {
    unscaled /= 10;
    --scale;
    if (unscaled == static_cast<int64_t>(unscaled)) return hash_small(unscaled, scale);
  }
  const auto low = static_cast<uint64_t>(unscaled);
  return hash_words(low, static_cast<uint64_t>(unscaled >> 64) ^ static_cast<uint64_t>(scale) << 32);
}

uint64_t hash_big(const Numeric& value) {
  BigInteger unscaled(value);
  BigInteger ten(Int128{10});
  int scale = value.scale();
  const int zeros = static_cast<int>(mpz_remove(unscaled, unscaled, ten));
  if (zeros > scale) unscaled.multiply_by_power_of_ten(zeros - scale);
  scale -= std::min(zeros, scale);
  Arena arena(1024);
  const Numeric least = make_numeric(arena, unscaled, scale);
  if (least.is_small()) return hash_small(least.unscaled(), scale);
  const std::string_view magnitude = least.big_magnitude();
  return hash_combine(hash_bytes(magnitude.data(), magnitude.size()),
                      static_cast<uint64_t>(scale) << 1 | least.big_is_negative());
}

/// The scale of a quotient: at least 16 significant digits, and not less than either operand's (PostgreSQL's
/// select_div_scale).
int quotient_scale(const Numeric& a, const Numeric& b) {
  constexpr int kMinSignificantDigits = 16;
  constexpr int kMaxDisplayScale = 1000;
  const LeadingGroup first = leading_group(a);
  const LeadingGroup second = leading_group(b);
  const int weight = first.weight - second.weight - (first.digits <= second.digits);
  const int scale = std::max({kMinSignificantDigits - weight * 4, a.scale(), b.scale(), 0});
  return std::min(scale, kMaxDisplayScale);
}

Numeric fail_division_by_zero(Context& context) {
  context.fail(ErrorCode::kDivisionByZero, "division by zero");
  return Numeric();
}

Numeric divide_special(Context& context, const Numeric& a, const Numeric& b) {
  if (is_nan(a) || is_nan(b)) return kNan;
  if (b.is_finite()) {
    if (sign_of(b) == 0) return fail_division_by_zero(context);
    return infinity((sign_of(a) < 0) != (sign_of(b) < 0));
  }
  return a.is_finite() ? Numeric() : kNan;
}

Numeric divide_big(Context& context, const Numeric& a, const Numeric& b, int scale) {
  BigInteger dividend(a);
  BigInteger divisor(b);
  const int shift = scale - a.scale() + b.scale();
  if (shift >= 0) {
    dividend.multiply_by_power_of_ten(shift);
  } else {
    divisor.multiply_by_power_of_ten(-shift);
  }
  if (mpz_sgn(static_cast<mpz_srcptr>(divisor)) < 0) {
    mpz_neg(divisor, divisor);
    mpz_neg(dividend, dividend);
  }
  divide_rounded(dividend, divisor, Rounding::kHalfAwayFromZero);
  return make_numeric_checked(context, dividend, scale);
}

}  // namespace

int sign_of(const Numeric& value) {
  switch (value.kind()) {
    case Kind::kSmall: {
      const Int128 unscaled = value.unscaled();
      return (unscaled > 0) - (unscaled < 0);
    }
    case Kind::kBig:
      return value.big_is_negative() ? -1 : 1;
    case Kind::kMinusInfinity:
      return -1;
    case Kind::kPlusInfinity:
    case Kind::kNan:
      return 1;
  }
  __builtin_unreachable();
}

int compare_slow(const Numeric& a, const Numeric& b) {
  Int128 x;
  Int128 y;
  if (align(a, b, x, y)) return (x > y) - (x < y);
  if (!a.is_finite() || !b.is_finite()) return std::clamp(rank_of(a) - rank_of(b), -1, 1);
  if (sign_of(a) != sign_of(b)) return sign_of(a) < sign_of(b) ? -1 : 1;
  const BigPair pair(a, b);
  return std::clamp(mpz_cmp(pair.a, pair.b), -1, 1);
}

uint64_t hash(const Numeric& value) {
  switch (value.kind()) {
    case Kind::kSmall:
      return hash_small(value.unscaled(), value.scale());
    case Kind::kBig:
      return hash_big(value);
    case Kind::kNan:
    case Kind::kPlusInfinity:
    case Kind::kMinusInfinity:
      return hash_words(static_cast<uint64_t>(value.kind()), ~uint64_t{0});
  }
  __builtin_unreachable();
}

bool identical(const Numeric& a, const Numeric& b) {
  if (a.kind() != b.kind() || a.scale() != b.scale()) return false;
  if (a.is_small()) return a.unscaled() == b.unscaled();
  if (!a.is_finite()) return true;
  return a.big_is_negative() == b.big_is_negative() && a.big_magnitude() == b.big_magnitude();
}

int compare_total(const Numeric& a, const Numeric& b) {
  if (const int order = compare(a, b)) return order;
  return (a.scale() > b.scale()) - (a.scale() < b.scale());
}

Numeric add_slow(Context& context, const Numeric& a, const Numeric& b) {
  Int128 x;
  Int128 y;
  Int128 sum;
  const int scale = std::max(a.scale(), b.scale());
  if (align(a, b, x, y) && !__builtin_add_overflow(x, y, &sum) && fits_small(sum)) return Numeric(sum, scale);
  if (!a.is_finite() || !b.is_finite()) return add_special(a, b);
  BigPair pair(a, b);
  mpz_add(pair.a, pair.a, pair.b);
  return make_numeric_checked(context, pair.a, scale);
}

Numeric subtract(Context& context, const Numeric& a, const Numeric& b) {
  return add(context, a, negate(b));
}

Numeric multiply(Context& context, const Numeric& a, const Numeric& b) {
  const int scale = a.scale() + b.scale();
  Int128 product;
  if (a.is_small() && b.is_small() && scale <= Numeric::kMaxScale &&
      multiply_small(a.unscaled(), b.unscaled(), product)) {
    return Numeric(product, scale);
  }
  if (!a.is_finite() || !b.is_finite()) {
    const int sign = sign_of(a) * sign_of(b);
    if (is_nan(a) || is_nan(b) || sign == 0) return kNan;
    return infinity(sign < 0);
  }
  BigInteger x(a);
  BigInteger y(b);
  mpz_mul(x, x, y);
  if (scale <= Numeric::kMaxScale) return make_numeric_checked(context, x, scale);
  divide_rounded(x, power_of_ten(scale - Numeric::kMaxScale, y), Rounding::kHalfAwayFromZero);
  return make_numeric_checked(context, x, Numeric::kMaxScale);
}

Numeric divide(Context& context, const Numeric& a, const Numeric& b) {
  if (!a.is_finite() || !b.is_finite()) return divide_special(context, a, b);
  if (sign_of(b) == 0) return fail_division_by_zero(context);
  const int scale = quotient_scale(a, b);
  const int shift = scale - a.scale() + b.scale();
  Int128 dividend;
  if (a.is_small() && b.is_small() && shift >= 0 && multiply_by_power_of_ten(a.unscaled(), shift, dividend)) {
    const bool negative = (a.unscaled() < 0) != (b.unscaled() < 0);
    const auto quotient = static_cast<Int128>(divide_rounded(
        magnitude_of(dividend), negative, magnitude_of(b.unscaled()), Rounding::kHalfAwayFromZero));
    return Numeric(negative ? -quotient : quotient, scale);
  }
  return divide_big(context, a, b, scale);
}

Numeric modulo(Context& context, const Numeric& a, const Numeric& b) {
  if (is_nan(a) || is_nan(b)) return kNan;
  if (sign_of(b) == 0) return fail_division_by_zero(context);
  if (!a.is_finite()) return kNan;
  if (!b.is_finite()) return a;
  const int scale = std::max(a.scale(), b.scale());
  Int128 x;
  Int128 y;
  if (align(a, b, x, y)) {
    const auto remainder = static_cast<Int128>(divide_magnitudes(magnitude_of(x), magnitude_of(y)).remainder);
    return Numeric(x < 0 ? -remainder : remainder, scale);
  }
  BigPair pair(a, b);
  mpz_tdiv_r(pair.a, pair.a, pair.b);
  return make_numeric_checked(context, pair.a, scale);
}

Numeric negate(const Numeric& value) {
  switch (value.kind()) {
    case Kind::kSmall:
      return Numeric(-value.unscaled(), value.scale());
    case Kind::kBig:
      return Numeric::big(!value.big_is_negative(), value.big_magnitude(), value.scale());
    case Kind::kNan:
      return value;
    case Kind::kPlusInfinity:
    case Kind::kMinusInfinity:
      return infinity(value.kind() == Kind::kPlusInfinity);
  }
  __builtin_unreachable();
}

Numeric abs(const Numeric& value) {
  return sign_of(value) < 0 ? negate(value) : value;
}

Numeric copy(const Numeric& value, Arena& arena) {
  if (value.kind() != Kind::kBig) return value;
  return Numeric::big(value.big_is_negative(), arena.copy(value.big_magnitude()), value.scale());
}

}  // namespace sqlmill::rt::sql
