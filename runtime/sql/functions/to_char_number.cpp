#include "runtime/sql/functions/to_char_number.h"

#include <cfloat>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "runtime/sql/functions/cast_numeric.h"
#include "runtime/sql/functions/power.h"
#include "runtime/sql/number_pattern.h"
#include "runtime/sql/text_result.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

namespace {

/// 15 number signs for what the Romans had no numeral for.
std::string to_roman(int64_t number) {
  if (number < 1 || number > 3999) return std::string(15, '#');
  constexpr std::pair<int, std::string_view> kNumerals[] = {
      {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
      {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"}};
  std::string out;
  for (const auto& [value, numeral] : kNumerals) {
    for (; number >= value; number -= value) out += numeral;
  }
  return out;
}

std::string printed(const char* format, int precision, double value) {
  char buffer[512];
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  const int size = std::snprintf(buffer, sizeof buffer, format, precision, value);
  return std::string(buffer, std::min<size_t>(static_cast<size_t>(size), sizeof buffer - 1));
}

/// In place of a number that has no such form.
std::string crossed_out(const NumberPattern& pattern) {
  std::string out(static_cast<size_t>(pattern.before + pattern.after) + 6, '#');
  out[0] = ' ';
  out[static_cast<size_t>(pattern.before) + 1] = '.';
  return out;
}

/// With the sign in a place of its own, and blanks or crosses where the pattern has more or fewer places.
NumberText number_text(const NumberPattern& pattern, std::string printed) {
  NumberText number;
  if (printed.starts_with('-')) {
    number.sign = '-';
    printed.erase(0, 1);
  }
  const auto whole = static_cast<int>(std::min(printed.find('.'), printed.size()));
  number.digits = std::move(printed);
  if (whole < pattern.before) {
    number.spaces_before = pattern.before - whole;
  } else if (whole > pattern.before) {
    number.digits.assign(static_cast<size_t>(pattern.before + pattern.after) + 1, '#');
    number.digits[static_cast<size_t>(pattern.before)] = '.';
  }
  return number;
}

/// Digits of a decimal text to `scale` places in scientific notation, as numeric_out_sci has it.
std::string scientific(Context& context, const Numeric& value, int scale) {
  if (value.is_finite() && sign_of(value) == 0) {
    std::string zero = "0";
    if (scale > 0) zero += "." + std::string(static_cast<size_t>(scale), '0');
    return zero + "e+00";
  }
  std::string text;
  append_text(value, text);
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  const size_t point = std::min(text.find('.'), text.size());
  std::string digits = text.substr(0, point);
  if (point < text.size()) digits += text.substr(point + 1);
  const size_t first = digits.find_first_not_of('0');
  const int exponent = static_cast<int>(point) - static_cast<int>(first) - 1;
  digits.erase(0, first);
  // d.ddd rounded half away from zero. A carry into the tens stays there, as in PostgreSQL.
  const std::string mantissa = digits.substr(0, 1) + "." + digits.substr(1) + "0";
  const Numeric rounded = round(context.arena(), numeric_from_text(context, mantissa), scale);
  std::string out(negative ? "-" : "");
  append_text(rounded, out);
  char suffix[16];
  std::snprintf(suffix, sizeof suffix, "e%+03d", exponent);
  return out + suffix;
}

Text finish(Context& context, const NumberPattern& pattern, const NumberText& number) {
  return text_result(context.arena(), write_number(context, pattern, number));
}

Numeric power_of_ten(Context& context, int exponent) {
  return numeric_from_text(context, "1e" + std::to_string(exponent));
}

/// For integers and numerics, whose text is exact.
Text to_char_exact(Context& context, const Numeric& value, NumberPattern& pattern) {
  if (pattern.roman) {
    const int32_t rounded = numeric_to_int4(context, round(context.arena(), value, 0));
    return context.failed() ? Text() : finish(context, pattern, {to_roman(rounded)});
  }
  if (pattern.exponent) {
    if (!value.is_finite()) return finish(context, pattern, {crossed_out(pattern)});
    const std::string text = scientific(context, value, pattern.after);
    return finish(context, pattern, {text.starts_with('-') ? text : " " + text});
  }
  Numeric scaled = value;
  if (pattern.multiplies) {
    scaled = multiply(context, value, power_of_ten(context, pattern.multiply));
    pattern.before += pattern.multiply;
  }
  std::string text;
  append_text(round(context.arena(), scaled, pattern.after), text);
  return finish(context, pattern, number_text(pattern, std::move(text)));
}

template <class T>
Text to_char_integer(Context& context, T value, const Text& format) {
  NumberPattern pattern;
  if (format.empty() || !parse_number_pattern(context, format.view(), pattern)) return Text();
  if (pattern.multiplies && !pattern.roman && !pattern.exponent) {
    // PostgreSQL checks the product of a bigint, and lets that of an integer wrap around.
    T product = value;
    bool fits = true;
    for (int i = 0; i < pattern.multiply; ++i)
      fits = !__builtin_mul_overflow(product, T{10}, &product) && fits;
    if (!fits && std::is_same_v<T, int64_t>) {
      context.fail(ErrorCode::kNumericValueOutOfRange, "bigint out of range");
      return Text();
    }
    value = product;
    pattern.before += pattern.multiply;
    pattern.multiplies = false;
  }
  if (pattern.exponent && std::is_same_v<T, int32_t>) {
    std::string text = printed("%+.*e", pattern.after, static_cast<double>(value));
    if (text[0] == '+') text[0] = ' ';
    return finish(context, pattern, {text});
  }
  return to_char_exact(context, numeric_from_integer(value), pattern);
}

template <class T>
Text to_char_float(Context& context, T value, const Text& format) {
  constexpr int kDigits = std::numeric_limits<T>::digits10;
  NumberPattern pattern;
  if (format.empty() || !parse_number_pattern(context, format.view(), pattern)) return Text();
  double number = static_cast<double>(value);
  if (pattern.roman) {
    const double rounded = std::rint(number);
    const bool fits = rounded >= 1 && rounded <= 3999;
    return finish(context, pattern, {to_roman(fits ? static_cast<int64_t>(rounded) : 0)});
  }
  if (pattern.exponent) {
    if (!std::isfinite(number)) return finish(context, pattern, {crossed_out(pattern)});
    std::string text = printed("%+.*e", pattern.after, number);
    if (text[0] == '+') text[0] = ' ';
    return finish(context, pattern, {text});
  }
  if (pattern.multiplies) {
    number = static_cast<double>(static_cast<T>(value * static_cast<T>(std::pow(10.0, pattern.multiply))));
    pattern.before += pattern.multiply;
  }
  // No more digits than the type has.
  const auto whole = static_cast<int>(printed("%.*f", 0, std::fabs(number)).size());
  if (whole >= kDigits) {
    pattern.after = 0;
  } else if (whole + pattern.after > kDigits) {
    pattern.after = kDigits - whole;
  }
  return finish(context, pattern, number_text(pattern, printed("%.*f", pattern.after, number)));
}

}  // namespace

Text to_char_int4(Context& context, int32_t value, Text pattern) {
  return to_char_integer(context, value, pattern);
}
Text to_char_int8(Context& context, int64_t value, Text pattern) {
  return to_char_integer(context, value, pattern);
}

Text to_char_numeric(Context& context, Numeric value, Text format) {
  NumberPattern pattern;
  if (format.empty() || !parse_number_pattern(context, format.view(), pattern)) return Text();
  return to_char_exact(context, value, pattern);
}

Text to_char_float4(Context& context, float value, Text pattern) {
  return to_char_float(context, value, pattern);
}
Text to_char_float8(Context& context, double value, Text pattern) {
  return to_char_float(context, value, pattern);
}

Nullable<Numeric> to_number(Context& context, Text text, Text format) {
  NumberPattern pattern;
  if (format.empty() || !parse_number_pattern(context, format.view(), pattern)) return kNull;
  if (pattern.exponent || pattern.roman) {
    context.fail(ErrorCode::kFeatureNotSupported,
                 pattern.exponent ? "\"EEEE\" not supported for input" : "\"RN\" not supported for input");
    return kNull;
  }
  int after = 0;
  const std::string digits = read_number(pattern, text.view(), after);
  Numeric value = numeric_from_text(context, digits);
  if (context.failed()) return kNull;
  const int precision = pattern.before + pattern.multiply + after;
  value = numeric_with_modifier(context, value, precision << 16 | after);
  if (context.failed() || !pattern.multiplies) return value;
  return multiply(context, value,
                  power_numeric(context, numeric_from_integer(10), numeric_from_integer(-pattern.multiply)));
}

}  // namespace sqlmill::rt::sql
