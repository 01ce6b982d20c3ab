// Rounding of numeric, and its coercion to numeric(precision, scale).
#include <algorithm>

#include "runtime/sql/context.h"
#include "runtime/sql/numeric_big.h"

namespace sqlmill::rt::sql {

namespace {

constexpr int kMaxRoundScale = 2000;

/// Division by 10^drop, and multiplication by 10^raise after it.
Numeric rescale_big(Arena& arena, const Numeric& value, int drop, int raise, int scale, Rounding rounding) {
  BigInteger unscaled(value);
  BigInteger power;
  if (drop > 0) divide_rounded(unscaled, power_of_ten(drop, power), rounding);
  if (raise > 0) unscaled.multiply_by_power_of_ten(raise);
  return make_numeric(arena, unscaled, scale);
}

}  // namespace

Numeric rescale(Arena& arena, const Numeric& value, int scale, Rounding rounding) {
  if (!value.is_finite() || value.scale() == scale) return value;
  const int drop = std::max(value.scale() - scale, 0);
  const int raise = drop == 0 ? scale - value.scale() : std::max(-scale, 0);
  const int result_scale = std::max(scale, 0);
  if (value.is_small()) {
    const bool negative = value.unscaled() < 0;
    Int128 unscaled = value.unscaled();
    // Beyond the greatest power of ten in 127 bits, what is left of 127 bits is less than a half, and may
    // still be rounded up.
    if (drop > kMaxSmallDigits) {
      const bool away =
          unscaled != 0 && (negative ? rounding == Rounding::kFloor : rounding == Rounding::kCeil);
      unscaled = away ? (negative ? -1 : 1) : 0;
    } else if (drop > 0) {
      const auto quotient =
          static_cast<Int128>(divide_rounded(magnitude_of(unscaled), negative, kPowersOfTen[drop], rounding));
      unscaled = negative ? -quotient : quotient;
    }
    if (multiply_by_power_of_ten(unscaled, raise, unscaled)) return Numeric(unscaled, result_scale);
  }
  return rescale_big(arena, value, drop, raise, result_scale, rounding);
}

Numeric round(Arena& arena, const Numeric& value, int32_t scale) {
  return rescale(arena, value, std::clamp(scale, -kMaxRoundScale, kMaxRoundScale),
                 Rounding::kHalfAwayFromZero);
}

Numeric trunc(Arena& arena, const Numeric& value, int32_t scale) {
  return rescale(arena, value, std::clamp(scale, -kMaxRoundScale, kMaxRoundScale), Rounding::kTruncate);
}

Numeric floor(Arena& arena, const Numeric& value) {
  return rescale(arena, value, 0, Rounding::kFloor);
}

Numeric ceil(Arena& arena, const Numeric& value) {
  return rescale(arena, value, 0, Rounding::kCeil);
}

Numeric numeric_with_modifier(Context& context, const Numeric& value, int32_t modifier) {
  if (modifier < 0 || value.kind() == Numeric::Kind::kNan) return value;
  const int precision = modifier >> 16;
  const int scale = static_cast<int16_t>(modifier & 0xffff);
  const auto fail = [&] {
    context.fail(ErrorCode::kNumericValueOutOfRange, "numeric field overflow");
    return Numeric();
  };
  if (!value.is_finite()) return fail();
  const Numeric rounded = rescale(context.arena(), value, scale, Rounding::kHalfAwayFromZero);
  const int digits = rounded.is_small() ? decimal_digits(magnitude_of(rounded.unscaled()))
                                        : BigInteger(rounded).decimal_digits();
  if (digits != 0 && digits - rounded.scale() > precision - scale) return fail();
  return rounded;
}

}  // namespace sqlmill::rt::sql
