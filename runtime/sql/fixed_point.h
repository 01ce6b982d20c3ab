// Exponential and logarithm in binary fixed point, on which the functions of numeric are built. A value x is
// held as the integer nearest to x * 2^bits; errors are a few units of the last bit, so callers ask for guard
// bits.
#pragma once

#include "runtime/sql/numeric_big.h"

namespace sqlmill::rt::sql {

/// result = value * 2^bits; the value is finite.
void to_fixed_point(const Numeric& value, int bits, BigInteger& result);
/// The nearest integer to fixed / 2^bits * 10^scale.
void from_fixed_point(const BigInteger& fixed, int bits, int scale, BigInteger& result);

/// value = e^value. `bits` must leave room for the result: the absolute error is about e^value * 2^-bits.
void fixed_point_exp(BigInteger& value, int bits);
/// value = ln(value); the value is positive.
void fixed_point_ln(BigInteger& value, int bits);

/// Bits that hold `digits` decimal digits.
constexpr int bits_of_digits(int digits) {
  return digits * 3322 / 1000 + 1;
}

}  // namespace sqlmill::rt::sql
