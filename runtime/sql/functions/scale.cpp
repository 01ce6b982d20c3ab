#include "runtime/sql/functions/scale.h"

#include "runtime/sql/numeric_big.h"

namespace sqlmill::rt::sql {

namespace {

/// The scale without trailing zeros; the value is finite.
int least_scale(const Numeric& value) {
  int scale = value.scale();
  if (value.is_small()) {
    Int128 unscaled = value.unscaled();
    if (unscaled == 0) return 0;
    for (; scale > 0 && unscaled % 10 == 0; unscaled /= 10) --scale;
    return scale;
  }
  BigInteger unscaled(value);
  const BigInteger ten(Int128{10});
  const auto zeros = static_cast<int>(mpz_remove(unscaled, unscaled, ten));
  return zeros >= scale ? 0 : scale - zeros;
}

}  // namespace

Nullable<int32_t> scale_numeric(const Numeric& value) {
  if (!value.is_finite()) return kNull;
  return value.scale();
}

Nullable<int32_t> min_scale_numeric(const Numeric& value) {
  if (!value.is_finite()) return kNull;
  return least_scale(value);
}

Numeric trim_scale_numeric(Arena& arena, const Numeric& value) {
  if (!value.is_finite()) return value;
  return rescale(arena, value, least_scale(value), Rounding::kTruncate);
}

}  // namespace sqlmill::rt::sql
