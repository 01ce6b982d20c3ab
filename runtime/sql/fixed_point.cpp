#include "runtime/sql/fixed_point.h"

#include <algorithm>

namespace sqlmill::rt::sql {

namespace {

/// result = atanh(z), by its series z + z^3/3 + z^5/5 …; |z| is at most a third.
void atanh_series(const BigInteger& z, int bits, BigInteger& result) {
  BigInteger square;
  BigInteger power;
  BigInteger term;
  mpz_mul(square, z, z);
  mpz_fdiv_q_2exp(square, square, static_cast<mp_bitcnt_t>(bits));
  mpz_set(power, z);
  mpz_set(result, z);
  for (unsigned long n = 3; mpz_sgn(static_cast<mpz_srcptr>(power)) != 0; n += 2) {
    mpz_mul(power, power, square);
    mpz_tdiv_q_2exp(power, power, static_cast<mp_bitcnt_t>(bits));
    mpz_tdiv_q_ui(term, power, n);
    mpz_add(result, result, term);
  }
}

/// ln 2 = 2 atanh(1/3).
void ln_2(int bits, BigInteger& result) {
  BigInteger third(Int128{1});
  mpz_mul_2exp(third, third, static_cast<mp_bitcnt_t>(bits));
  mpz_tdiv_q_ui(third, third, 3);
  atanh_series(third, bits, result);
  mpz_mul_2exp(result, result, 1);
}

}  // namespace

void to_fixed_point(const Numeric& value, int bits, BigInteger& result) {
  const BigInteger unscaled(value);
  BigInteger power;
  mpz_mul_2exp(result, unscaled, static_cast<mp_bitcnt_t>(bits));
  mpz_tdiv_q(result, result, power_of_ten(value.scale(), power));
}

void from_fixed_point(const BigInteger& fixed, int bits, int scale, BigInteger& result) {
  mpz_set(result, fixed);
  result.multiply_by_power_of_ten(scale);
  BigInteger divisor(Int128{1});
  mpz_mul_2exp(divisor, divisor, static_cast<mp_bitcnt_t>(bits));
  divide_rounded(result, divisor, Rounding::kHalfAwayFromZero);
}

void fixed_point_exp(BigInteger& value, int bits) {
  // e^x = (e^(x / 2^n))^(2^n). Each squaring doubles the relative error, hence as many more bits.
  const int halvings =
      static_cast<int>(std::max<long>(0, static_cast<long>(mpz_sizeinbase(value, 2)) - bits)) + 12;
  const int work = bits + halvings + 16;
  BigInteger x;
  mpz_mul_2exp(x, value, static_cast<mp_bitcnt_t>(work - bits));
  mpz_fdiv_q_2exp(x, x, static_cast<mp_bitcnt_t>(halvings));
  BigInteger sum(Int128{1});
  mpz_mul_2exp(sum, sum, static_cast<mp_bitcnt_t>(work));
  BigInteger term;
  mpz_set(term, sum);
  for (unsigned long n = 1; mpz_sgn(static_cast<mpz_srcptr>(term)) != 0; ++n) {
    mpz_mul(term, term, x);
    mpz_tdiv_q_2exp(term, term, static_cast<mp_bitcnt_t>(work));
    mpz_tdiv_q_ui(term, term, n);
    mpz_add(sum, sum, term);
  }
  for (int i = 0; i < halvings; ++i) {
    mpz_mul(sum, sum, sum);
    mpz_fdiv_q_2exp(sum, sum, static_cast<mp_bitcnt_t>(work));
  }
  mpz_fdiv_q_2exp(value, sum, static_cast<mp_bitcnt_t>(work - bits));
}

void fixed_point_ln(BigInteger& value, int bits) {
  // x = 2^k * y with y in [1/2, 1); ln y = 2 atanh((y - 1) / (y + 1)). Values just above 1 keep k = 0, lest
  // the two parts cancel: then y is in [1, 2).
  const int work = bits + 16;
  long k = static_cast<long>(mpz_sizeinbase(value, 2)) - bits;
  if (k == 1) k = 0;
  BigInteger y;
  if (work - bits - k >= 0) {
    mpz_mul_2exp(y, value, static_cast<mp_bitcnt_t>(work - bits - k));
  } else {
    mpz_fdiv_q_2exp(y, value, static_cast<mp_bitcnt_t>(bits + k - work));
  }
  BigInteger one(Int128{1});
  mpz_mul_2exp(one, one, static_cast<mp_bitcnt_t>(work));
  BigInteger numerator;
  BigInteger denominator;
  mpz_sub(numerator, y, one);
  mpz_add(denominator, y, one);
  mpz_mul_2exp(numerator, numerator, static_cast<mp_bitcnt_t>(work));
  mpz_tdiv_q(numerator, numerator, denominator);
  BigInteger result;
  atanh_series(numerator, work, result);
  mpz_mul_2exp(result, result, 1);
  ln_2(work, y);
  mpz_mul_si(y, y, k);
  mpz_add(result, result, y);
  mpz_fdiv_q_2exp(value, result, static_cast<mp_bitcnt_t>(work - bits));
}

}  // namespace sqlmill::rt::sql
