#include "runtime/formats/json_text.h"

#include <fmt/format.h>

#include <cstring>

namespace sqlmill::rt::formats {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The four hexadecimal digits at `p`, or -1.
int32_t code_unit(const char* p, const char* end) {
  if (end - p < 4) return -1;
  int32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(p[i]);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

constexpr bool is_high_surrogate(int32_t unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}
constexpr bool is_low_surrogate(int32_t unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool JsonCursor::fail(std::string_view what) {
  if (error_.empty()) error_ = fmt::format("invalid JSON at byte {}: {}", at_ - begin_ + 1, what);
  return false;
}

bool JsonCursor::fail_unexpected(std::string_view expected) {
  if (at_ == end_) return fail(fmt::format("{} expected, but the text ends", expected));
  const auto byte = static_cast<unsigned char>(*at_);
  if (byte > ' ' && byte < 0x7f) return fail(fmt::format("{} expected, found {}", expected, *at_));
  return fail(fmt::format("{} expected, found byte 0x{:02x}", expected, byte));
}

bool JsonCursor::read_string(std::string_view& content, bool& has_escapes) {
  const char* start = ++at_;
  has_escapes = false;
  for (;;) {
    at_ = find_special(at_);
    if (at_ == end_) return fail("a string does not end");
    const auto c = static_cast<signed char>(*at_);
    if (c == '"') [[likely]] {
      content = {start, static_cast<size_t>(at_ - start)};
      ++at_;
      return true;
    }
    if (c == '\\') {
      has_escapes = true;
      if (!read_escape()) return false;
    } else if (c >= 0) {
      return fail(fmt::format("control character 0x{:02x} in a string", static_cast<int>(c)));
    } else if (!read_utf8()) {
      return false;
    }
  }
}

bool JsonCursor::read_escape() {
  if (end_ - at_ < 2) return fail("a string does not end");
  switch (at_[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      at_ += 2;
      return true;
    case 'u':
      break;
    default:
      return fail("unknown escape in a string");
  }
  const int32_t unit = code_unit(at_ + 2, end_);
  if (unit < 0) return fail("\\u needs four hexadecimal digits");
  if (is_low_surrogate(unit)) return fail("low surrogate without a high one before it");
  if (is_high_surrogate(unit)) {
    const bool escaped = end_ - at_ >= 12 && at_[6] == '\\' && at_[7] == 'u';
    if (!escaped || !is_low_surrogate(code_unit(at_ + 8, end_)))
      return fail("high surrogate without a low one after it");
    at_ += 6;
  }
  at_ += 6;
  return true;
}

bool JsonCursor::read_utf8() {
  const auto continues = [&](int i) { return (static_cast<unsigned char>(at_[i]) & 0xc0) == 0x80; };
  while (at_ < end_ && static_cast<signed char>(*at_) < 0) {
    const auto lead = static_cast<unsigned char>(at_[0]);
    const auto next = at_ + 1 < end_ ? static_cast<unsigned char>(at_[1]) : 0;
    int size = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
      if (end_ - at_ >= 2 && continues(1)) size = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      const bool overlong = lead == 0xe0 && next < 0xa0;
      const bool surrogate = lead == 0xed && next > 0x9f;
      if (end_ - at_ >= 3 && continues(1) && continues(2) && !overlong && !surrogate) size = 3;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      const bool overlong = lead == 0xf0 && next < 0x90;
      const bool beyond = lead == 0xf4 && next > 0x8f;
      if (end_ - at_ >= 4 && continues(1) && continues(2) && continues(3) && !overlong && !beyond) size = 4;
    }
    if (size == 0) return fail("invalid UTF-8");
    at_ += size;
  }
  return true;
}

bool JsonCursor::read_number() {
  const auto digits = [&] {
    if (at_ == end_ || !is_digit(*at_)) return fail_unexpected("a digit");
    while (at_ < end_ && is_digit(*at_)) ++at_;
    return true;
  };
  if (*at_ == '-') ++at_;
  if (peek() == '0') {
    ++at_;
    if (at_ < end_ && is_digit(*at_)) return fail("a number starts with 0");
  } else if (!digits()) {
    return false;
  }
  if (peek() == '.') {
    ++at_;
    if (!digits()) return false;
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!digits()) return false;
  }
  return true;
}

bool JsonCursor::read_word(std::string_view word) {
  if (std::string_view(at_, end_ - at_).substr(0, word.size()) != word) return fail_unexpected("a value");
  at_ += word.size();
  return true;
}

bool JsonCursor::read_value(JsonKind& kind, std::string_view& text, bool& has_escapes) {
  const char* start = at_;
  has_escapes = false;
  switch (peek()) {
    case '"':
      kind = JsonKind::kString;
      return read_string(text, has_escapes);
    case '{':
    case '[':
      kind = *at_ == '{' ? JsonKind::kObject : JsonKind::kArray;
      if (!read_container(1)) return false;
      break;
    case 't':
      kind = JsonKind::kTrue;
      text = {};
      return read_word("true");
    case 'f':
      kind = JsonKind::kFalse;
      text = {};
      return read_word("false");
    case 'n':
      kind = JsonKind::kNull;
      text = {};
      return read_word("null");
    default:
      if (peek() != '-' && !is_digit(peek())) return fail_unexpected("a value");
      kind = JsonKind::kNumber;
      if (!read_number()) return false;
  }
  text = {start, static_cast<size_t>(at_ - start)};
  return true;
}

bool JsonCursor::read_nested_value(int depth) {
  const char c = peek();
  if (c == '{' || c == '[') return read_container(depth + 1);
  JsonKind kind;
  std::string_view text;
  bool has_escapes;
  return read_value(kind, text, has_escapes);
}

bool JsonCursor::read_container(int depth) {
  if (depth > kMaxDepth) return fail(fmt::format("nested deeper than {} levels", kMaxDepth));
  const bool is_object = *at_ == '{';
  const char close = is_object ? '}' : ']';
  ++at_;
  skip_space();
  if (take(close)) return true;
  for (;;) {
    if (is_object) {
      if (peek() != '"') return fail_unexpected("a key in double quotes");
      std::string_view key;
      bool has_escapes;
      if (!read_string(key, has_escapes)) return false;
      skip_space();
      if (!take(':')) return fail_unexpected("':' after a key");
      skip_space();
    }
    if (!read_nested_value(depth)) return false;
    skip_space();
    if (take(close)) return true;
    if (!take(',')) return fail_unexpected(is_object ? "',' or '}'" : "',' or ']'");
    skip_space();
  }
}

size_t unescape_json(std::string_view content, char* out) {
  const char* p = content.data();
  const char* end = p + content.size();
  char* to = out;
  const auto put = [&](int32_t code) { *to++ = static_cast<char>(code); };
  while (p < end) {
    if (*p != '\\') {
      *to++ = *p++;
      continue;
    }
    const char c = p[1];
    p += 2;
    switch (c) {
      case 'b':
        put('\b');
        continue;
      case 'f':
        put('\f');
        continue;
      case 'n':
        put('\n');
        continue;
      case 'r':
        put('\r');
        continue;
      case 't':
        put('\t');
        continue;
      case 'u':
        break;
      default:
        put(c);
        continue;
    }
    int32_t code = code_unit(p, end);
    p += 4;
    if (is_high_surrogate(code)) {
      code = 0x10000 + ((code - 0xd800) << 10) + (code_unit(p + 2, end) - 0xdc00);
      p += 6;
    }
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | code >> 6);
      put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      put(0xe0 | code >> 12);
      put(0x80 | (code >> 6 & 0x3f));
      put(0x80 | (code & 0x3f));
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
      put(0x80 | (code >> 6 & 0x3f));
      put(0x80 | (code & 0x3f));
    }
  }
  return static_cast<size_t>(to - out);
}

}  // namespace sqlmill::rt::formats
