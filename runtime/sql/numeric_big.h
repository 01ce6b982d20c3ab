// What the implementation of numeric shares: powers of ten, 128-bit integers with overflow checks, and GMP
// integers for what does not fit. Not for use outside numeric*.cpp.
#pragma once

#include <gmp.h>

#include <bit>
#include <cstdint>

#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

using Int128 = __int128;
using UInt128 = unsigned __int128;

inline constexpr int kMaxSmallDigits = 38;  // 10^38 is the greatest power of ten below 2^127.

struct PowersOfTen {
  UInt128 values[kMaxSmallDigits + 1];
  constexpr PowersOfTen() : values() {
    values[0] = 1;
    for (int i = 1; i <= kMaxSmallDigits; ++i) values[i] = values[i - 1] * 10;
  }
  constexpr UInt128 operator[](int exponent) const { return values[exponent]; }
};
inline constexpr PowersOfTen kPowersOfTen;

constexpr UInt128 magnitude_of(Int128 value) {
  return value < 0 ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
}

constexpr int bit_width(UInt128 value) {
  const auto high = static_cast<uint64_t>(value >> 64);
  return high != 0 ? 128 - std::countl_zero(high) : 64 - std::countl_zero(static_cast<uint64_t>(value));
}

/// Decimal digits of `value`; 0 for 0.
constexpr int decimal_digits(UInt128 value) {
  const int guess = bit_width(value) * 1233 >> 12;  // log10(2), rounded down: right, or one too few
  return guess + (guess <= kMaxSmallDigits && value >= kPowersOfTen[guess]);
}

/// False when the product does not fit 127 bits. (__builtin_mul_overflow needs a library function with
/// clang.)
inline bool multiply_small(Int128 a, Int128 b, Int128& product) {
  if (a == static_cast<int64_t>(a) && b == static_cast<int64_t>(b)) {
    product = a * b;
    return true;
  }
  const UInt128 x = magnitude_of(a);
  const UInt128 y = magnitude_of(b);
  if (bit_width(x) + bit_width(y) > 128) return false;
  const UInt128 p = x * y;
  if (p >> 127) return false;
  product = (a < 0) != (b < 0) ? -static_cast<Int128>(p) : static_cast<Int128>(p);
  return true;
}

inline bool multiply_by_power_of_ten(Int128 value, int exponent, Int128& product) {
  if (exponent > kMaxSmallDigits) {
    product = 0;
    return value == 0;
  }
  return multiply_small(value, static_cast<Int128>(kPowersOfTen[exponent]), product);
}

/// False for the one value of 128 bits whose magnitude does not fit 127.
constexpr bool fits_small(Int128 value) {
  return magnitude_of(value) >> 127 == 0;
}

struct Quotient {
  UInt128 quotient;
  UInt128 remainder;
};
inline Quotient divide_magnitudes(UInt128 a, UInt128 b) {
  if ((a | b) >> 64 == 0) {
    const auto x = static_cast<uint64_t>(a);
    const auto y = static_cast<uint64_t>(b);
    return {x / y, x % y};
  }
  const UInt128 quotient = a / b;
  return {quotient, a - quotient * b};
}

/// A GMP integer that frees itself; converts to GMP's pointers, so that its functions take it.
class BigInteger {
 public:
  BigInteger() { mpz_init(value_); }
  explicit BigInteger(Int128 value) : BigInteger() { set(value); }
  /// The unscaled integer of a finite numeric.
  explicit BigInteger(const Numeric& value);
  ~BigInteger() { mpz_clear(value_); }
  BigInteger(const BigInteger&) = delete;
  BigInteger& operator=(const BigInteger&) = delete;

  void set(Int128 value);
  void multiply_by_power_of_ten(int exponent);
  /// Exact number of decimal digits; 0 for 0.
  int decimal_digits() const;

  operator mpz_ptr() { return value_; }           // NOLINT: implicit
  operator mpz_srcptr() const { return value_; }  // NOLINT: implicit

 private:
  mpz_t value_;
};

BigInteger& power_of_ten(int exponent, BigInteger& result);

/// The canonical numeric of an unscaled integer. Does not check PostgreSQL's limits.
Numeric make_numeric(Arena& arena, const BigInteger& unscaled, int scale);
/// The same, failing with "value overflows numeric format" beyond PostgreSQL's limits.
Numeric make_numeric_checked(Context& context, const BigInteger& unscaled, int scale);
Numeric fail_numeric_overflow(Context& context);

/// value / divisor, rounded; the divisor is positive.
void divide_rounded(BigInteger& value, const BigInteger& divisor, Rounding rounding);
UInt128 divide_rounded(UInt128 value, bool negative, UInt128 divisor, Rounding rounding);

/// The root of a value that is finite and not negative, with `scale` digits after the point.
Numeric sqrt_to_scale(Context& context, const Numeric& value, int scale);

/// PostgreSQL keeps digits in groups of four on either side of the point; the scale of quotients and roots
/// depends on the position (0: the group before the point) and the value of the first group that is not zero.
struct LeadingGroup {
  int weight = 0;
  int digits = 0;
};
LeadingGroup leading_group(const Numeric& value);

}  // namespace sqlmill::rt::sql
