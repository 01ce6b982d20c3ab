#include "runtime/sql/numeric_big.h"

#include "runtime/sql/context.h"

namespace sqlmill::rt::sql {

namespace {

constexpr int kMaxDigitsBeforePoint = 131072;

}  // namespace

BigInteger::BigInteger(const Numeric& value) : BigInteger() {
  if (value.is_small()) {
    set(value.unscaled());
    return;
  }
  const std::string_view magnitude = value.big_magnitude();
  mpz_import(value_, magnitude.size(), 1, 1, 1, 0, magnitude.data());
  if (value.big_is_negative()) mpz_neg(value_, value_);
}

void BigInteger::set(Int128 value) {
  const UInt128 magnitude = magnitude_of(value);
  const uint64_t words[] = {static_cast<uint64_t>(magnitude), static_cast<uint64_t>(magnitude >> 64)};
  mpz_import(value_, 2, -1, sizeof words[0], 0, 0, words);
  if (value < 0) mpz_neg(value_, value_);
}

BigInteger& power_of_ten(int exponent, BigInteger& result) {
  mpz_ui_pow_ui(result, 10, static_cast<unsigned long>(exponent));
  return result;
}

void BigInteger::multiply_by_power_of_ten(int exponent) {
  BigInteger power;
  mpz_mul(value_, value_, power_of_ten(exponent, power));
}

int BigInteger::decimal_digits() const {
  if (mpz_sgn(value_) == 0) return 0;
  const int guess = static_cast<int>(mpz_sizeinbase(value_, 10));  // Right, or one too many.
  BigInteger power;
  return mpz_cmpabs(value_, power_of_ten(guess - 1, power)) < 0 ? guess - 1 : guess;
}

Numeric make_numeric(Arena& arena, const BigInteger& unscaled, int scale) {
  const size_t bits = mpz_sizeinbase(unscaled, 2);
  const bool negative = mpz_sgn(static_cast<mpz_srcptr>(unscaled)) < 0;
  if (bits <= 127) {
    uint64_t words[2] = {0, 0};
    mpz_export(words, nullptr, -1, sizeof words[0], 0, 0, unscaled);
    const auto magnitude = static_cast<Int128>(static_cast<UInt128>(words[1]) << 64 | words[0]);
    return Numeric(negative ? -magnitude : magnitude, scale);
  }
  const size_t size = (bits + 7) / 8;
  char* bytes = arena.allocate_chars(size);
  mpz_export(bytes, nullptr, 1, 1, 1, 0, unscaled);
  return Numeric::big(negative, {bytes, size}, scale);
}

Numeric fail_numeric_overflow(Context& context) {
  context.fail(ErrorCode::kNumericValueOutOfRange, "value overflows numeric format");
  return Numeric();
}

Numeric make_numeric_checked(Context& context, const BigInteger& unscaled, int scale) {
  if (scale > Numeric::kMaxScale) return fail_numeric_overflow(context);
  // The exact count is only needed near the limit.
  const size_t digits_at_most = mpz_sizeinbase(unscaled, 10);
  if (digits_at_most > static_cast<size_t>(kMaxDigitsBeforePoint + scale) &&
      unscaled.decimal_digits() > kMaxDigitsBeforePoint + scale) {
    return fail_numeric_overflow(context);
  }
  return make_numeric(context.arena(), unscaled, scale);
}

void divide_rounded(BigInteger& value, const BigInteger& divisor, Rounding rounding) {
  switch (rounding) {
    case Rounding::kTruncate:
      mpz_tdiv_q(value, value, divisor);
      return;
    case Rounding::kFloor:
      mpz_fdiv_q(value, value, divisor);
      return;
    case Rounding::kCeil:
      mpz_cdiv_q(value, value, divisor);
      return;
    case Rounding::kHalfAwayFromZero: {
      const int sign = mpz_sgn(static_cast<mpz_srcptr>(value));
      BigInteger remainder;
      mpz_tdiv_qr(value, remainder, value, divisor);
      mpz_mul_2exp(remainder, remainder, 1);
      if (mpz_cmpabs(remainder, divisor) < 0) return;
      if (sign < 0) {
        mpz_sub_ui(value, value, 1);
      } else {
        mpz_add_ui(value, value, 1);
      }
      return;
    }
  }
}

UInt128 divide_rounded(UInt128 value, bool negative, UInt128 divisor, Rounding rounding) {
  const auto [quotient, remainder] = divide_magnitudes(value, divisor);
  switch (rounding) {
    case Rounding::kTruncate:
      return quotient;
    case Rounding::kFloor:
      return quotient + (negative && remainder != 0);
    case Rounding::kCeil:
      return quotient + (!negative && remainder != 0);
    case Rounding::kHalfAwayFromZero:
      return quotient + (remainder >= divisor - remainder);
  }
  __builtin_unreachable();
}

LeadingGroup leading_group(const Numeric& value) {
  const auto group = [&](int digits) {
    const int exponent = digits - 1 - value.scale();  // Of the first digit that is not zero.
    return std::pair(exponent >> 2, exponent & 3);    // Rounded down, also for negative exponents.
  };
  if (value.is_small()) {
    const UInt128 magnitude = magnitude_of(value.unscaled());
    if (magnitude == 0) return {};
    const int digits = decimal_digits(magnitude);
    const auto [weight, more] = group(digits);
    const int drop = digits - 1 - more;
    const UInt128 first = drop >= 0 ? divide_magnitudes(magnitude, kPowersOfTen[drop]).quotient
                                    : magnitude * kPowersOfTen[-drop];
    return {weight, static_cast<int>(first)};
  }
  BigInteger magnitude(value);
  const int digits = magnitude.decimal_digits();
  const auto [weight, more] = group(digits);
  BigInteger power;
  mpz_tdiv_q(magnitude, magnitude, power_of_ten(digits - 1 - more, power));
  return {weight, static_cast<int>(mpz_get_ui(magnitude))};
}

}  // namespace sqlmill::rt::sql
