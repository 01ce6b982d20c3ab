#include "runtime/sql/functions/text_codes.h"

#include <charconv>
#include <string>

#include "runtime/sql/functions/text_parts.h"
#include "runtime/sql/text_result.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

constexpr bool is_surrogate(uint32_t code) {
  return code >= 0xd800 && code < 0xe000;
}

template <class T>
Text hexadecimal(Arena& arena, T value) {
  char digits[16];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value, 16);
  return text_result(arena, {digits, static_cast<size_t>(end - digits)});
}

/// `digits` hexadecimal digits at the front of `text`; false if there are fewer.
bool read_hex(std::string_view text, size_t digits, uint32_t& code) {
  if (text.size() < digits || text[0] == '-') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, code, 16);
  return error == std::errc() && end == text.data() + digits;
}

struct UnicodeEscape {
  size_t size = 0;  // 0: there is none.
  uint32_t code = 0;
};

/// Of a text that begins with a backslash.
UnicodeEscape unicode_escape(std::string_view text) {
  uint32_t code = 0;
  if (read_hex(text.substr(1), 4, code)) return {5, code};
  if (text.size() > 1 && text[1] == 'u' && read_hex(text.substr(2), 4, code)) return {6, code};
  if (text.size() > 1 && text[1] == '+' && read_hex(text.substr(2), 6, code)) return {8, code};
  if (text.size() > 1 && text[1] == 'U' && read_hex(text.substr(2), 8, code)) return {10, code};
  return {};
}

}  // namespace

int32_t ascii(Text text) {
  return text.empty() ? 0 : static_cast<int32_t>(utf8_code(text.view()));
}

Text chr(Context& context, int32_t code) {
  if (code < 0) {
    context.fail(ErrorCode::kProgramLimitExceeded, "character number must be positive");
    return Text();
  }
  if (code == 0) {
    context.fail(ErrorCode::kProgramLimitExceeded, "null character not permitted");
    return Text();
  }
  const auto wide = static_cast<uint32_t>(code);
  if (wide > 0x10ffff || is_surrogate(wide)) {
    context.fail(ErrorCode::kProgramLimitExceeded,
                 wide > 0x10ffff ? "requested character too large for encoding: " + std::to_string(code)
                                 : "requested character not valid for encoding: " + std::to_string(code));
    return Text();
  }
  std::string out;
  append_utf8(wide, out);
  return Text(std::string_view(out));
}

Text translate(Arena& arena, Text text, Text from, Text to) {
  std::string out;
  const std::string_view bytes = text.view();
  const std::string_view sought = from.view();
  for (size_t i = 0; i < bytes.size();) {
    const std::string_view character = bytes.substr(i, utf8_first(bytes.substr(i)));
    i += character.size();
    size_t place = 0;
    size_t at = 0;
    while (at < sought.size()) {
      const size_t size = utf8_first(sought.substr(at));
      if (sought.substr(at, size) == character) break;
      at += size;
      ++place;
    }
    if (at >= sought.size()) {
      out += character;
      continue;
    }
    const std::string_view rest = to.view().substr(utf8_prefix(to.view(), place));
    if (!rest.empty()) out += rest.substr(0, utf8_first(rest));
  }
  return text_result(arena, out);
}

Text overlay_for(Context& context, Text text, Text part, int32_t start, int32_t count) {
  if (start <= 0) {
    context.fail(ErrorCode::kSubstringError, "negative substring length not allowed");
    return Text();
  }
  int32_t rest = 0;
  if (__builtin_add_overflow(start, count, &rest)) {
    context.fail(ErrorCode::kNumericValueOutOfRange, "integer out of range");
    return Text();
  }
  const Text before = substring_from_for(context, text, 1, start - 1);
  const Text after = substring_from(text, rest);
  std::string out(before.view());
  out += part.view();
  out += after.view();
  return text_result(context.arena(), out);
}

Text overlay(Context& context, Text text, Text part, int32_t start) {
  return overlay_for(context, text, part, start, static_cast<int32_t>(utf8_length(part.view())));
}

Text to_hex_int4(Arena& arena, int32_t value) {
  return hexadecimal(arena, static_cast<uint32_t>(value));
}
Text to_hex_int8(Arena& arena, int64_t value) {
  return hexadecimal(arena, static_cast<uint64_t>(value));
}

Text unistr(Context& context, Text text) {
  std::string out;
  uint32_t high = 0;  // The first half of a surrogate pair.
  const auto fail = [&](std::string_view message) {
    context.fail(ErrorCode::kSyntaxError, message);
    return Text();
  };
  std::string_view rest = text.view();
  while (!rest.empty()) {
    if (rest[0] != '\\' || rest.starts_with("\\\\")) {
      if (high != 0) return fail("invalid Unicode surrogate pair");
      out += rest[0];
      rest.remove_prefix(rest[0] == '\\' ? 2 : 1);
      continue;
    }
    const UnicodeEscape escape = unicode_escape(rest);
    if (escape.size == 0) return fail("invalid Unicode escape");
    rest.remove_prefix(escape.size);
    if (escape.code == 0 || escape.code > 0x10ffff) return fail("invalid Unicode escape value");
    const bool is_low = escape.code >= 0xdc00 && escape.code < 0xe000;
    const bool is_high = escape.code >= 0xd800 && escape.code < 0xdc00;
    if (is_low != (high != 0)) return fail("invalid Unicode surrogate pair");
    if (is_high) {
      high = escape.code;
    } else {
      append_utf8(is_low ? 0x10000 + ((high - 0xd800) << 10) + (escape.code - 0xdc00) : escape.code, out);
      high = 0;
    }
  }
  if (high != 0) return fail("invalid Unicode surrogate pair");
  return text_result(context.arena(), out);
}

}  // namespace sqlmill::rt::sql
