// Reads the whole of the grammar, a byte at a time, and stops at the first one that does not fit.
#include "runtime/formats/json_error_place.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/formats/json_text.h"

namespace sqlmill::rt::formats {

namespace {

class ErrorPlace {
 public:
  explicit ErrorPlace(std::string_view text) : cursor_(text) {}

  std::string find() {
    if (read_text()) return "invalid JSON";
    return std::move(error_);
  }

 private:
  // Each of these stands on the first byte of what it reads, and on success behind it.

  bool read_text() {
    cursor_.skip_space();
    if (cursor_.peek() != '{') return fail_unexpected("an object");
    if (!read_container(0)) return false;
    cursor_.skip_space();
    return cursor_.at_end() || fail_unexpected("nothing more");
  }

  bool read_container(int depth) {
    if (depth > kMaxJsonDepth) return fail(fmt::format("nested deeper than {} levels", kMaxJsonDepth));
    const bool is_object = cursor_.peek() == '{';
    const char close = is_object ? '}' : ']';
    cursor_.advance(1);
    cursor_.skip_space();
    if (cursor_.take(close)) return true;
    for (;;) {
      if (is_object && !read_key()) return false;
      if (!read_value(depth)) return false;
      cursor_.skip_space();
      if (cursor_.take(close)) return true;
      if (!cursor_.take(',')) return fail_unexpected(is_object ? "',' or '}'" : "',' or ']'");
      cursor_.skip_space();
    }
  }

  bool read_key() {
    if (cursor_.peek() != '"') return fail_unexpected("a key in double quotes");
    if (!read_string()) return false;
    cursor_.skip_space();
    if (!cursor_.take(':')) return fail_unexpected("':' after a key");
    cursor_.skip_space();
    return true;
  }

  bool read_value(int depth) {
    const char c = cursor_.peek();
    if (c == '"') return read_string();
    if (c == '{' || c == '[') return read_container(depth + 1);
    if (c == '-' || is_json_digit(c)) return read_number();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (cursor_.take(word)) return true;
    }
    return fail_unexpected("a value");
  }

  bool read_number() {
    if (cursor_.take_number()) return true;
    return is_json_digit(cursor_.peek()) ? fail("a number starts with 0") : fail_unexpected("a digit");
  }

  bool read_string() {
    cursor_.advance(1);
    for (;;) {
      cursor_.advance(static_cast<size_t>(cursor_.find_special(cursor_.position()) - cursor_.position()));
      if (cursor_.at_end()) return fail("a string does not end");
      if (cursor_.take('"')) return true;
      const auto c = static_cast<signed char>(cursor_.peek());
      if (c == '\\') {
        if (!read_escape()) return false;
      } else if (c >= 0) {
        return fail(fmt::format("control character 0x{:02x} in a string", static_cast<int>(c)));
      } else if (!read_utf8()) {
        return false;
      }
    }
  }

  size_t left() const { return static_cast<size_t>(cursor_.end() - cursor_.position()); }

  bool read_utf8() {
    for (size_t size = 2; size <= 4 && size <= left(); ++size) {
      if (!simdjson::validate_utf8(cursor_.position(), size)) continue;
      cursor_.advance(size);
      return true;
    }
    return fail("invalid UTF-8");
  }

  /// The four hexadecimal digits behind the `\u` at `offset`, or -1.
  int32_t code_unit(size_t offset) const {
    if (left() < offset + 6) return -1;
    const char* digits = cursor_.position() + offset;
    if (digits[0] != '\\' || digits[1] != 'u') return -1;
    uint32_t unit = 0;
    const char* stop = std::from_chars(digits + 2, digits + 6, unit, 16).ptr;
    return stop == digits + 6 ? static_cast<int32_t>(unit) : -1;
  }

  bool read_escape() {
    if (left() < 2) return fail("a string does not end");
    const char kind = cursor_.position()[1];
    if (kind != 'u') {
      if (std::string_view("\"\\/bfnrt").find(kind) == std::string_view::npos)
        return fail("unknown escape in a string");
      cursor_.advance(2);
      return true;
    }
    const auto is_between = [](int32_t unit, int32_t first, int32_t last) {
      return unit >= first && unit <= last;
    };
    const int32_t unit = code_unit(0);
    if (unit < 0) return fail("\\u needs four hexadecimal digits");
    if (is_between(unit, 0xdc00, 0xdfff)) return fail("low surrogate without a high one before it");
    const bool is_high = is_between(unit, 0xd800, 0xdbff);
    if (is_high && !is_between(code_unit(6), 0xdc00, 0xdfff))
      return fail("high surrogate without a low one after it");
    cursor_.advance(is_high ? 12 : 6);
    return true;
  }

  bool fail(std::string_view what) {
    error_ = fmt::format("invalid JSON at byte {}: {}", cursor_.offset() + 1, what);
    return false;
  }

  /// What stands here where something else was expected.
  bool fail_unexpected(std::string_view expected) {
    if (cursor_.at_end()) return fail(fmt::format("{} expected, but the text ends", expected));
    const auto byte = static_cast<unsigned char>(cursor_.peek());
    if (byte > ' ' && byte < 0x7f)
      return fail(fmt::format("{} expected, found {}", expected, cursor_.peek()));
    return fail(fmt::format("{} expected, found byte 0x{:02x}", expected, byte));
  }

  JsonCursor cursor_;
  std::string error_;
};

}  // namespace

std::string json_error(std::string_view text) {
  return ErrorPlace(text).find();
}

}  // namespace sqlmill::rt::formats
