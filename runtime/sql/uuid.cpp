#include "runtime/sql/uuid.h"

#include "runtime/sql/text_input.h"

namespace sqlmill::rt::sql {

namespace {

constexpr int kDigits = 32;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// 32 digits, with a hyphen or none after each fourth one but the last.
bool read_digits(std::string_view text, Uuid& value) {
  uint64_t words[2] = {};
  for (int i = 0; i < kDigits; ++i) {
    const int digit = text.empty() ? -1 : hex_digit(text[0]);
    if (digit < 0) return false;
    words[i / 16] = words[i / 16] << 4 | static_cast<uint64_t>(digit);
    text.remove_prefix(1);
    if (i % 4 == 3 && i + 1 < kDigits && text.starts_with('-')) text.remove_prefix(1);
  }
  value = {words[0], words[1]};
  return text.empty();
}

}  // namespace

Uuid uuid_from_text(Context& context, std::string_view text) {
  std::string_view digits = text;
  const bool braces = digits.starts_with('{');
  if (braces) digits.remove_prefix(1);
  const bool closed = digits.ends_with('}');
  if (closed) digits.remove_suffix(1);
  Uuid value{};
  if (braces == closed && read_digits(digits, value)) return value;
  fail_invalid_input(context, "uuid", text);
  return {};
}

void append_text(const Uuid& value, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int i = 0; i < kDigits; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    const uint64_t word = i < 16 ? value.high : value.low;
    out += kHex[word >> (60 - 4 * (i % 16)) & 15];
  }
}

}  // namespace sqlmill::rt::sql
