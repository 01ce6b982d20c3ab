// Text input and output of numeric, and its conversions from and to integers and floats.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "runtime/sql/context.h"
#include "runtime/sql/numeric_big.h"
#include "runtime/sql/text_input.h"

namespace sqlmill::rt::sql {

namespace {

using Kind = Numeric::Kind;

constexpr int64_t kMaxExponent = std::numeric_limits<int32_t>::max() / 2;
// More digits than any legal value has: keeps what is computed from them within int.
constexpr int64_t kMaxInputDigits = 1 << 20;

/// The decimal digits of `magnitude`, at the end of `buffer`.
std::string_view digits_of(UInt128 magnitude, char (&buffer)[40]) {
  char* at = buffer + sizeof buffer;
  constexpr uint64_t kChunk = 10'000'000'000'000'000'000u;
  while (magnitude >> 64 != 0) {
    const UInt128 rest = magnitude / kChunk;
    auto low = static_cast<uint64_t>(magnitude - rest * kChunk);
    for (int i = 0; i < 19; ++i, low /= 10) *--at = static_cast<char>('0' + low % 10);
    magnitude = rest;
  }
  auto low = static_cast<uint64_t>(magnitude);
  do {
    *--at = static_cast<char>('0' + low % 10);
    low /= 10;
  } while (low != 0);
  return {at, static_cast<size_t>(buffer + sizeof buffer - at)};
}

void append_with_point(std::string_view digits, bool negative, int scale, std::string& out) {
  if (negative) out += '-';
  const auto fraction = static_cast<size_t>(scale);
  if (fraction == 0) {
    out += digits;
  } else if (digits.size() > fraction) {
    out += digits.substr(0, digits.size() - fraction);
    out += '.';
    out += digits.substr(digits.size() - fraction);
  } else {
    out += "0.";
    out.append(fraction - digits.size(), '0');
    out += digits;
  }
}

std::string big_digits(const BigInteger& value) {
  std::string digits(mpz_sizeinbase(value, 10) + 2, '\0');
  mpz_get_str(digits.data(), 10, value);
  digits.resize(digits.find('\0'));
  return digits;
}

/// What a numeric literal spells: its digits without leading zeros, with the point `scale` digits from the
/// right.
struct Literal {
  bool negative = false;
  std::string digits;
  int64_t scale = 0;
  bool exponent_out_of_range = false;
};

/// Reads sign, digits, point and exponent. Returns false if that is not what the text is.
bool read_literal(std::string_view text, Literal& literal) {
  size_t at = 0;
  const auto digit_at = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) literal.negative = text[at++] == '-';
  bool any = false;
  bool point = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point) {
      point = true;
    } else if (digit_at(at)) {
      any = true;
      if (text[at] != '0' || !literal.digits.empty()) literal.digits += text[at];
      literal.scale += point;
    } else {
      break;
    }
  }
  if (!any) return false;
  if (at == text.size()) return true;
  if (text[at] != 'e' && text[at] != 'E') return false;
  ++at;
  while (at < text.size() && is_input_space(text[at])) ++at;  // PostgreSQL's strtol() takes it.
  bool negative_exponent = false;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) negative_exponent = text[at++] == '-';
  if (!digit_at(at)) return false;
  int64_t exponent = 0;
  for (; digit_at(at); ++at) exponent = std::min(exponent * 10 + (text[at] - '0'), kMaxExponent);
  literal.exponent_out_of_range = exponent >= kMaxExponent;
  literal.scale -= negative_exponent ? -exponent : exponent;
  return at == text.size() || literal.exponent_out_of_range;
}

/// The value of `digits` (no sign), times ten to the power of `zeros`.
Numeric numeric_from_digits(Context& context, const Literal& literal, int zeros, int scale) {
  const std::string& digits = literal.digits;
  if (digits.size() + static_cast<size_t>(zeros) <= kMaxSmallDigits) {
    Int128 unscaled = 0;
    for (const char digit : digits) unscaled = unscaled * 10 + (digit - '0');
    unscaled *= static_cast<Int128>(kPowersOfTen[zeros]);
    return Numeric(literal.negative ? -unscaled : unscaled, scale);
  }
  BigInteger unscaled;
  mpz_set_str(unscaled, digits.c_str(), 10);
  if (zeros > 0) unscaled.multiply_by_power_of_ten(zeros);
  if (literal.negative) mpz_neg(unscaled, unscaled);
  return make_numeric_checked(context, unscaled, scale);
}

/// By `digits` significant digits in decimal, trailing zeros not counted.
Numeric numeric_from_floating(Arena& arena, double value, int digits) {
  if (std::isnan(value)) return Numeric::special(Kind::kNan);
  if (std::isinf(value)) return Numeric::special(value < 0 ? Kind::kMinusInfinity : Kind::kPlusInfinity);
  if (value == 0) return Numeric();
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value),
                                 std::chars_format::scientific, digits - 1)
                       .ptr;
  int64_t unscaled = 0;
  const char* at = buffer;
  for (; *at != 'e'; ++at) {
    if (*at != '.') unscaled = unscaled * 10 + (*at - '0');
  }
  int exponent = 0;
  ++at;
  std::from_chars(*at == '+' ? at + 1 : at, end, exponent);
  int scale = digits - 1 - exponent;
  for (; unscaled % 10 == 0; unscaled /= 10) --scale;
  if (value < 0) unscaled = -unscaled;
  Int128 shifted = unscaled;
  if (scale >= 0) return Numeric(shifted, scale);
  if (multiply_by_power_of_ten(unscaled, -scale, shifted)) return Numeric(shifted, 0);
  BigInteger big{Int128{unscaled}};
  big.multiply_by_power_of_ten(-scale);
  return make_numeric(arena, big, 0);
}

template <class T>
T to_floating(const Numeric& value) {
  switch (value.kind()) {
    case Kind::kNan:
      return std::numeric_limits<T>::quiet_NaN();
    case Kind::kPlusInfinity:
      return std::numeric_limits<T>::infinity();
    case Kind::kMinusInfinity:
      return -std::numeric_limits<T>::infinity();
    case Kind::kSmall:
    case Kind::kBig:
      break;
  }
  std::string text;
  append_text(value, text);
  T result = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), result).ec == std::errc::result_out_of_range) {
    const bool small = text.starts_with("0.") || text.starts_with("-0.");
    result = small ? 0 : std::numeric_limits<T>::infinity();
    if (text[0] == '-') result = -result;
  }
  return result;
}

constexpr double kExactPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

}  // namespace

void append_text(const Numeric& value, std::string& out) {
  switch (value.kind()) {
    case Kind::kSmall: {
      char buffer[40];
      const std::string_view digits = digits_of(magnitude_of(value.unscaled()), buffer);
      append_with_point(digits, value.unscaled() < 0, value.scale(), out);
      return;
    }
    case Kind::kBig: {
      BigInteger magnitude(value);
      mpz_abs(magnitude, magnitude);
      append_with_point(big_digits(magnitude), value.big_is_negative(), value.scale(), out);
      return;
    }
    case Kind::kNan:
      out += "NaN";
      return;
    case Kind::kPlusInfinity:
      out += "Infinity";
      return;
    case Kind::kMinusInfinity:
      out += "-Infinity";
      return;
  }
}

Numeric numeric_from_text(Context& context, std::string_view text) {
  const std::string_view trimmed = trim_input(text);
  Literal literal;
  if (read_literal(trimmed, literal)) {
    if (literal.exponent_out_of_range) return fail_numeric_overflow(context);
    const int64_t scale = std::max<int64_t>(literal.scale, 0);
    const int64_t zeros = literal.digits.empty() ? 0 : std::max<int64_t>(-literal.scale, 0);
    if (scale > Numeric::kMaxScale || zeros + static_cast<int64_t>(literal.digits.size()) > kMaxInputDigits) {
      return fail_numeric_overflow(context);
    }
    return numeric_from_digits(context, literal, static_cast<int>(zeros), static_cast<int>(scale));
  }
  if (equals_ignoring_case(trimmed, "nan")) return Numeric::special(Kind::kNan);
  const bool negative = trimmed.starts_with('-');
  const std::string_view name = negative || trimmed.starts_with('+') ? trimmed.substr(1) : trimmed;
  if (equals_ignoring_case(name, "infinity") || equals_ignoring_case(name, "inf")) {
    return Numeric::special(negative ? Kind::kMinusInfinity : Kind::kPlusInfinity);
  }
  fail_invalid_input(context, "numeric", text);
  return Numeric();
}

Numeric numeric_from_double(Arena& arena, double value) {
  return numeric_from_floating(arena, value, 15);
}

Numeric numeric_from_float(Arena& arena, float value) {
  return numeric_from_floating(arena, value, 6);
}

double to_double(const Numeric& value) {
  if (value.is_small() && value.scale() <= 22) {
    const Int128 unscaled = value.unscaled();
    constexpr Int128 kExact = Int128{1} << 53;
    // Both are exact doubles, so their quotient is rounded once.
    if (unscaled >= -kExact && unscaled <= kExact) {
      return static_cast<double>(static_cast<int64_t>(unscaled)) / kExactPowersOfTen[value.scale()];
    }
  }
  return to_floating<double>(value);
}

float to_float(const Numeric& value) {
  return to_floating<float>(value);
}

std::optional<int64_t> to_int64(const Numeric& value) {
  if (!value.is_finite()) return std::nullopt;
  if (value.is_small() && value.scale() <= 18 && value.unscaled() == static_cast<int64_t>(value.unscaled())) {
    const auto unscaled = static_cast<int64_t>(value.unscaled());
    const auto one = static_cast<int64_t>(kPowersOfTen[value.scale()]);
    const int64_t rest = unscaled % one;
    // Twice 10^18 fits.
    return unscaled / one + (2 * rest >= one) - (2 * rest <= -one);
  }
  // What has more digits before the point than 127 bits hold does not fit anyway; a big value with a long
  // fraction may.
  Arena arena(256);
  const Numeric rounded = rescale(arena, value, 0, Rounding::kHalfAwayFromZero);
  if (!rounded.is_small()) return std::nullopt;
  const Int128 unscaled = rounded.unscaled();
  if (unscaled != static_cast<int64_t>(unscaled)) return std::nullopt;
  return static_cast<int64_t>(unscaled);
}

}  // namespace sqlmill::rt::sql
