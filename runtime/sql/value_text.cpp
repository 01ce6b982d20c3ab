#include "runtime/sql/value_text.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "runtime/sql/text_input.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

void fail_invalid_input(Context& context, std::string_view type, std::string_view text) {
  std::string message("invalid input syntax for type ");
  message += type;
  message += ": \"";
  message += text;
  message += '"';
  context.fail(ErrorCode::kInvalidTextRepresentation, message);
}

namespace {

// ---- Integers ----

template <class T>
void append_integer(T value, std::string& out) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <class T>
T fail_value_out_of_range(Context& context, std::string_view text) {
  std::string message("value \"");
  message += text;
  message += "\" is out of range for type ";
  message += type_name(kTypeOf<T>);
  context.fail(ErrorCode::kNumericValueOutOfRange, message);
  return 0;
}

/// The order of the checks is PostgreSQL's, so that text with two faults gets the same message.
template <class T>
T integer_from_text(Context& context, std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty() && is_input_space(rest.front())) rest.remove_prefix(1);
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const bool has_digits = !rest.empty() && is_digit(rest.front());
  T value = 0;  // Negative, because the least number has no positive counterpart.
  for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
    const T digit = static_cast<T>(rest.front() - '0');
    if (__builtin_mul_overflow(value, T{10}, &value) || __builtin_sub_overflow(value, digit, &value)) {
      return fail_value_out_of_range<T>(context, text);
    }
  }
  if (!has_digits || !trim_input(rest).empty()) {
    fail_invalid_input(context, type_name(kTypeOf<T>), text);
    return 0;
  }
  if (negative) return value;
  if (value == std::numeric_limits<T>::min()) return fail_value_out_of_range<T>(context, text);
  return static_cast<T>(-value);
}

// ---- Floats ----

/// A decimal number d * 10^exponent with the digits of d in `text`, as scientific notation spells it.
struct Decimal {
  char buffer[40];
  std::string_view digits;  // Without the point and without trailing zeros.
  int exponent;             // Of the first digit.
};

template <class T, class... Precision>
void to_decimal(T value, Decimal& decimal, Precision... precision) {
  char* const begin = decimal.buffer;
  const char* const end =
      std::to_chars(begin, begin + sizeof decimal.buffer, value, std::chars_format::scientific, precision...)
          .ptr;
  const char* const letter =
      static_cast<const char*>(std::memchr(begin, 'e', static_cast<size_t>(end - begin)));
  const char* const exponent = letter[1] == '+' ? letter + 2 : letter + 1;
  std::from_chars(exponent, end, decimal.exponent);
  size_t size = static_cast<size_t>(letter - begin);
  if (size > 1) {
    // Move the first digit over the point.
    begin[1] = begin[0];
    decimal.digits = {begin + 1, size - 1};
    while (decimal.digits.size() > 1 && decimal.digits.back() == '0') decimal.digits.remove_suffix(1);
  } else {
    decimal.digits = {begin, 1};
  }
}

/// Whether `decimal` lies exactly halfway between `value` and a neighbour. It then reads back as `value` only
/// because the mantissa is even, and PostgreSQL does not print such digits: 1e23 prints
/// as 9.999999999999999e+22.
template <class T>
bool is_halfway(T value, const Decimal& decimal) {
  constexpr int kMantissaBits = std::numeric_limits<T>::digits;
  constexpr int kMaxFives = 23;  // 5^23 < 2^54: more cannot divide the odd number of a halfway point.
  const int zeros = decimal.exponent - static_cast<int>(decimal.digits.size()) + 1;
  // Below 2^kMantissaBits a halfway point has more digits than the value itself.
  if (value < std::ldexp(T{1}, kMantissaBits) || zeros < 0 || zeros > kMaxFives) return false;
  int exponent;
  const auto mantissa = static_cast<uint64_t>(std::ldexp(std::frexp(value, &exponent), kMantissaBits));
  uint64_t digits = 0;
  std::from_chars(decimal.digits.data(), decimal.digits.data() + decimal.digits.size(), digits);
  unsigned __int128 odd = digits;
  for (int i = 0; i < zeros; ++i) odd *= 5;
  while ((odd & 1) == 0) odd >>= 1;
  return odd == 2 * mantissa + 1 || odd == 2 * mantissa - 1 ||
         (std::has_single_bit(mantissa) && odd == 4 * mantissa - 1);
}

template <class T>
void to_shortest(T value, Decimal& decimal) {
  to_decimal(value, decimal);
  if (!is_halfway(value, decimal)) return;
  for (int precision = static_cast<int>(decimal.digits.size());
       precision < std::numeric_limits<T>::max_digits10; ++precision) {
    to_decimal(value, decimal, precision);
    char text[48];
    size_t size = 0;
    text[size++] = decimal.digits[0];
    text[size++] = '.';
    for (const char digit : decimal.digits.substr(1)) text[size++] = digit;
    text[size++] = 'e';
    const char* const end = std::to_chars(text + size, text + sizeof text, decimal.exponent).ptr;
    T read = 0;
    std::from_chars(text, end, read);
    if (read == value && !is_halfway(value, decimal)) return;
  }
}

template <class T>
void append_float(T value, std::string& out) {
  // From 10^15 (real: 10^6) on, and below 10^-4, PostgreSQL uses scientific notation.
  constexpr int kFixedBelow = std::numeric_limits<T>::digits10;
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value)) out += '-';
  value = std::fabs(value);
  if (std::isinf(value)) {
    out += "Infinity";
    return;
  }
  if (value == 0) {
    out += '0';
    return;
  }
  Decimal decimal;
  to_shortest(value, decimal);
  const std::string_view digits = decimal.digits;
  const int exponent = decimal.exponent;
  if (exponent < -4 || exponent >= kFixedBelow) {
    out += digits[0];
    if (digits.size() > 1) {
      out += '.';
      out += digits.substr(1);
    }
    out += exponent < 0 ? "e-" : "e+";
    const int magnitude = std::abs(exponent);
    if (magnitude < 10) out += '0';
    append_integer(magnitude, out);
  } else if (exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-exponent - 1), '0');
    out += digits;
  } else {
    const auto whole = static_cast<size_t>(exponent + 1);
    if (digits.size() <= whole) {
      out += digits;
      out.append(whole - digits.size(), '0');
    } else {
      out += digits.substr(0, whole);
      out += '.';
      out += digits.substr(whole);
    }
  }
}

template <class T>
T float_from_text(Context& context, std::string_view text) {
  const std::string_view trimmed = trim_input(text);
  std::string_view rest = trimmed;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  auto format = std::chars_format::general;
  if (rest.starts_with("0x") || rest.starts_with("0X")) {
    format = std::chars_format::hex;
    rest.remove_prefix(2);
  }
  T value = 0;
  if (!rest.starts_with('-')) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, format);
    if (error == std::errc::result_out_of_range) {
      // PostgreSQL quotes the number for one type and all of the text for the other.
      const std::string_view number(trimmed.data(), static_cast<size_t>(end - trimmed.data()));
      std::string message(1, '"');
      message += std::is_same_v<T, double> ? number : text;
      message += "\" is out of range for type ";
      message += type_name(kTypeOf<T>);
      context.fail(ErrorCode::kNumericValueOutOfRange, message);
      return 0;
    }
    if (error == std::errc() && end == rest.data() + rest.size()) return negative ? -value : value;
  }
  fail_invalid_input(context, type_name(kTypeOf<T>), text);
  return 0;
}

// ---- Bytea ----

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

size_t bytes_of_character(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

Bytea bytea_from_hex(Context& context, std::string_view hex) {
  char* const bytes = context.arena().allocate_chars(hex.size() / 2);
  size_t size = 0;
  const auto digit_at = [&](size_t i) {
    const int digit = hex_digit(hex[i]);
    if (digit < 0) {
      std::string message("invalid hexadecimal digit: \"");
      message += hex.substr(i, bytes_of_character(hex[i]));
      message += '"';
      context.fail(ErrorCode::kInvalidParameterValue, message);
    }
    return digit;
  };
  for (size_t i = 0; i < hex.size();) {
    if (hex[i] == ' ' || hex[i] == '\n' || hex[i] == '\t' || hex[i] == '\r') {
      ++i;
      continue;
    }
    const int high = digit_at(i++);
    if (high < 0) return {};
    if (i == hex.size()) {
      context.fail(ErrorCode::kInvalidParameterValue, "invalid hexadecimal data: odd number of digits");
      return {};
    }
    const int low = digit_at(i++);
    if (low < 0) return {};
    bytes[size++] = static_cast<char>(high << 4 | low);
  }
  return {Text(std::string_view(bytes, size))};
}

}  // namespace

void append_text(bool value, std::string& out) {
  out += value ? 't' : 'f';
}
void append_text(int16_t value, std::string& out) {
  append_integer(value, out);
}
void append_text(int32_t value, std::string& out) {
  append_integer(value, out);
}
void append_text(int64_t value, std::string& out) {
  append_integer(value, out);
}
void append_text(float value, std::string& out) {
  append_float(value, out);
}
void append_text(double value, std::string& out) {
  append_float(value, out);
}
void append_text(const Text& value, std::string& out) {
  out += value.view();
}

void append_text(const Bytea& value, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  for (const char c : value.bytes.view()) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[c & 15];
  }
}

bool boolean_from_text(Context& context, std::string_view text) {
  const std::string_view trimmed = trim_input(text);
  const auto begins = [&](std::string_view word, size_t at_least = 1) {
    return trimmed.size() >= at_least && trimmed.size() <= word.size() &&
           equals_ignoring_case(trimmed, word.substr(0, trimmed.size()));
  };
  if (begins("true") || begins("yes") || begins("on", 2) || begins("1")) return true;
  if (begins("false") || begins("no") || begins("off", 2) || begins("0")) return false;
  fail_invalid_input(context, "boolean", text);
  return false;
}

int16_t int2_from_text(Context& context, std::string_view text) {
  return integer_from_text<int16_t>(context, text);
}
int32_t int4_from_text(Context& context, std::string_view text) {
  return integer_from_text<int32_t>(context, text);
}
int64_t int8_from_text(Context& context, std::string_view text) {
  return integer_from_text<int64_t>(context, text);
}
float float4_from_text(Context& context, std::string_view text) {
  return float_from_text<float>(context, text);
}
double float8_from_text(Context& context, std::string_view text) {
  return float_from_text<double>(context, text);
}

Text text_from_text(Context& context, std::string_view text) {
  return Text(context.arena().copy(text));
}

Bytea bytea_from_text(Context& context, std::string_view text) {
  if (text.starts_with("\\x")) return bytea_from_hex(context, text.substr(2));
  char* const bytes = context.arena().allocate_chars(text.size());
  size_t size = 0;
  const auto octal_at = [&](size_t i, char most) { return text[i] >= '0' && text[i] <= most; };
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      bytes[size++] = text[i++];
    } else if (i + 3 < text.size() && octal_at(i + 1, '3') && octal_at(i + 2, '7') && octal_at(i + 3, '7')) {
      bytes[size++] =
          static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0'));
      i += 4;
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      bytes[size++] = '\\';
      i += 2;
    } else {
      context.fail(ErrorCode::kInvalidTextRepresentation, "invalid input syntax for type bytea");
      return {};
    }
  }
  return {Text(std::string_view(bytes, size))};
}

}  // namespace sqlmill::rt::sql
