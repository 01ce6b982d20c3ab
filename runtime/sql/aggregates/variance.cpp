#include "runtime/sql/aggregates/variance.h"

#include "runtime/sql/numeric_big.h"

namespace sqlmill::rt::sql {

namespace {

/// `sum` is times 10^scale, the squares times 10^(2 scale).
Numeric spread_of(Context& context, Spread which, int64_t count, const BigInteger& sum, BigInteger& squares,
                  int scale) {
  // count * squares - sum^2, over count * (count - 1) or count^2.
  mpz_mul_si(squares, squares, count);
  mpz_submul(squares, sum, sum);
  if (mpz_sgn(static_cast<mpz_srcptr>(squares)) <= 0) return Numeric(0, 0);
  const Numeric dividend = make_numeric(context.arena(), squares, 2 * scale);
  const Numeric divisor(static_cast<Int128>(count) * (which.sample ? count - 1 : count), 0);
  const Numeric variance = divide(context, dividend, divisor);
  if (!which.root || context.failed()) return variance;
  return sqrt_to_scale(context, variance, variance.scale());
}

}  // namespace

Numeric spread(Context& context, Spread which, int64_t count, Int128 sum, Int128 sum_of_squares) {
  BigInteger squares(sum_of_squares);
  return spread_of(context, which, count, BigInteger(sum), squares, 0);
}

Numeric spread(Context& context, Spread which, const NumericSum& sum, const NumericSum& sum_of_squares) {
  if (sum.has_special()) return Numeric::special(Numeric::Kind::kNan);
  const int scale = sum.display_scale();
  BigInteger total;
  BigInteger squares;
  sum.get(total, scale);
  sum_of_squares.get(squares, 2 * scale);
  return spread_of(context, which, sum.count(), total, squares, scale);
}

}  // namespace sqlmill::rt::sql
