#include <algorithm>
#include <cmath>

#include "runtime/sql/aggregates/exact_sum.h"
#include "runtime/sql/numeric_big.h"

namespace sqlmill::rt::sql {

namespace {

template <class Sum, int kAllWords>
void get(const Sum& sum, uint64_t (&words)[kAllWords], BigInteger& out) {
  const int count = sum.magnitude(words);
  mpz_import(out, static_cast<size_t>(count), -1, sizeof words[0], 0, 0, words);
  if (sum.is_negative()) mpz_neg(out, out);
}

/// value / divisor * 2^exponent.
double rounded_quotient(BigInteger& value, int64_t divisor, int exponent) {
  const int sign = mpz_sgn(static_cast<mpz_srcptr>(value));
  if (sign == 0) return 0;
  mpz_abs(value, value);
  // The quotient gets at least 66 bits, of which 64 are kept; whether there is more behind them is in the
  // last.
  constexpr int kBits = 130;
  const int more = std::max(0, kBits - static_cast<int>(mpz_sizeinbase(value, 2)));
  mpz_mul_2exp(value, value, static_cast<mp_bitcnt_t>(more));
  bool rest = mpz_tdiv_q_ui(value, value, static_cast<unsigned long>(divisor)) != 0;
  const int drop = static_cast<int>(mpz_sizeinbase(value, 2)) - 64;
  rest = rest || mpz_scan1(value, 0) < static_cast<mp_bitcnt_t>(drop);
  mpz_tdiv_q_2exp(value, value, static_cast<mp_bitcnt_t>(drop));
  const uint64_t bits = mpz_get_ui(value) | static_cast<uint64_t>(rest);
  return sign * std::ldexp(static_cast<double>(bits), exponent - more + drop);
}

}  // namespace

double centered(int64_t count, const ExactFloatSum& x, const ExactFloatSum& y, const ExactProductSum& xy) {
  uint64_t words[35];
  uint64_t product_words[68];
  BigInteger sum_x;
  BigInteger sum_y;
  BigInteger result;
  get(x, words, sum_x);
  get(y, words, sum_y);
  get(xy, product_words, result);
  mpz_mul_si(result, result, count);
  mpz_submul(result, sum_x, sum_y);
  return rounded_quotient(result, count, ExactProductSum::kLeastExponent);
}

}  // namespace sqlmill::rt::sql
