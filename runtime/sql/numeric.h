// NUMERIC: an unscaled integer and a count of decimal digits after the point (display scale), as PostgreSQL
// has it. Values whose unscaled integer fits 127 bits are held inline; larger ones borrow a big-endian
// magnitude (numeric.cpp), as Text borrows long strings. NaN and the infinities are kinds of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/arena.h"
#include "runtime/sql/nullable.h"

namespace sqlmill::rt::sql {

class Context;
using base::Arena;

class Numeric {
 public:
  enum class Kind : uint8_t { kSmall, kBig, kNan, kPlusInfinity, kMinusInfinity };
  static constexpr int kMaxScale = 16383;

  constexpr Numeric() = default;
  constexpr Numeric(__int128 unscaled, int scale)
      : low_(static_cast<uint64_t>(unscaled)),
        high_(static_cast<int64_t>(unscaled >> 64)),
        scale_(static_cast<int16_t>(scale)) {}
  static constexpr Numeric special(Kind kind) {
    Numeric n;
    n.kind_ = kind;
    return n;
  }
  /// `magnitude` is borrowed: big-endian bytes without leading zeros, longer than fits inline.
  static Numeric big(bool negative, std::string_view magnitude, int scale) {
    Numeric n;
    n.low_ = reinterpret_cast<uint64_t>(magnitude.data());
    n.high_ = static_cast<int64_t>(magnitude.size());
    n.scale_ = static_cast<int16_t>(scale);
    n.kind_ = Kind::kBig;
    n.negative_ = negative;
    return n;
  }

  constexpr Kind kind() const { return kind_; }
  constexpr bool is_small() const { return kind_ == Kind::kSmall; }
  constexpr bool is_finite() const { return kind_ <= Kind::kBig; }
  /// Digits after the decimal point that are printed.
  constexpr int scale() const { return scale_; }
  /// Only for kSmall.
  constexpr __int128 unscaled() const {
    return static_cast<__int128>((static_cast<unsigned __int128>(high_) << 64) | low_);
  }
  /// Only for kBig.
  bool big_is_negative() const { return negative_; }
  std::string_view big_magnitude() const {
    return {reinterpret_cast<const char*>(low_), static_cast<size_t>(high_)};
  }

 private:
  uint64_t low_ = 0;
  int64_t high_ = 0;
  int16_t scale_ = 0;
  Kind kind_ = Kind::kSmall;
  bool negative_ = false;
};
static_assert(sizeof(Numeric) == 24);

/// Whether the unscaled integers of both are inline and count the same unit.
constexpr bool same_small_scale(const Numeric& a, const Numeric& b) {
  return a.is_small() && b.is_small() && a.scale() == b.scale();
}

int compare_slow(const Numeric& a, const Numeric& b);
/// The order of ORDER BY: -Infinity, numbers whatever their scale, Infinity, NaN (equal to itself).
inline int compare(const Numeric& a, const Numeric& b) {
  if (!same_small_scale(a, b)) return compare_slow(a, b);
  return (a.unscaled() > b.unscaled()) - (a.unscaled() < b.unscaled());
}
inline bool equal(const Numeric& a, const Numeric& b) {
  return same_small_scale(a, b) ? a.unscaled() == b.unscaled() : compare_slow(a, b) == 0;
}
/// Equal values hash equally whatever their scale.
uint64_t hash(const Numeric& value);
/// The same value and the same scale.
bool identical(const Numeric& a, const Numeric& b);
/// compare, and the smaller scale first among equals.
int compare_total(const Numeric& a, const Numeric& b);
/// -1, 0 or 1; NaN counts as positive.
int sign_of(const Numeric& value);

// ---- Arithmetic, with the display scale that PostgreSQL gives the result ----

Numeric add_slow(Context& context, const Numeric& a, const Numeric& b);
inline Numeric add(Context& context, const Numeric& a, const Numeric& b) {
  // Far from the one 128-bit value that is not small.
  constexpr __int128 kLeast = -(static_cast<__int128>(1) << 126);
  __int128 sum;
  if (same_small_scale(a, b) && !__builtin_add_overflow(a.unscaled(), b.unscaled(), &sum) && sum > kLeast) {
    return Numeric(sum, a.scale());
  }
  return add_slow(context, a, b);
}
Numeric subtract(Context& context, const Numeric& a, const Numeric& b);
Numeric multiply(Context& context, const Numeric& a, const Numeric& b);
Numeric divide(Context& context, const Numeric& a, const Numeric& b);
/// The remainder of the division that truncates; the sign of `a`.
Numeric modulo(Context& context, const Numeric& a, const Numeric& b);
Numeric negate(const Numeric& value);
Numeric abs(const Numeric& value);
/// At least 16 significant digits, as PostgreSQL has it; fails for negative values. The other roots, powers
/// and logarithms are in functions/.
Numeric sqrt(Context& context, const Numeric& value);

// ---- Rounding ----

enum class Rounding : uint8_t { kHalfAwayFromZero, kTruncate, kFloor, kCeil };

/// `value` with `scale` digits after the point. A negative scale rounds before the point and gives scale 0.
Numeric rescale(Arena& arena, const Numeric& value, int scale, Rounding rounding);
/// SQL's round(value, scale) and trunc(value, scale): the scale is bounded by +-2000.
Numeric round(Arena& arena, const Numeric& value, int32_t scale);
Numeric trunc(Arena& arena, const Numeric& value, int32_t scale);
Numeric floor(Arena& arena, const Numeric& value);
Numeric ceil(Arena& arena, const Numeric& value);
/// Coerces to numeric(precision, scale); the modifier is type.h's, its low 16 bits a signed scale. -1 changes
/// nothing.
Numeric numeric_with_modifier(Context& context, const Numeric& value, int32_t modifier);

// ---- Conversions ----

constexpr Numeric numeric_from_integer(int64_t value) {
  return Numeric(value, 0);
}
/// By its 15 significant digits, as PostgreSQL converts; a real has 6.
Numeric numeric_from_double(Arena& arena, double value);
Numeric numeric_from_float(Arena& arena, float value);
/// Correctly rounded; infinite or zero when it does not fit.
double to_double(const Numeric& value);
float to_float(const Numeric& value);
/// Rounded half away from zero; nothing if it does not fit, or is not finite.
std::optional<int64_t> to_int64(const Numeric& value);

void append_text(const Numeric& value, std::string& out);
Numeric numeric_from_text(Context& context, std::string_view text);

/// `value` with its magnitude in `arena`.
Numeric copy(const Numeric& value, Arena& arena);

}  // namespace sqlmill::rt::sql
