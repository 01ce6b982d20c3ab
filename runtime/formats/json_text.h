// A cursor over JSON text (RFC 8259) that accepts exactly what is valid: grammar, UTF-8, escapes and
// surrogate pairs. One pass, no padding needed, and an error knows its byte. 16 bytes of a string are looked
// at at once (SSE2, which every x86-64 has, so no dispatch); elsewhere a byte at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "runtime/formats/json_scanner.h"

namespace sqlmill::rt::formats {

class JsonCursor {
 public:
  static constexpr int kMaxDepth = 1000;

  explicit JsonCursor(std::string_view text)
      : begin_(text.data()), end_(text.data() + text.size()), at_(text.data()) {}

  bool at_end() const { return at_ == end_; }
  /// Of the rest, '\0' at the end.
  char peek() const { return at_ < end_ ? *at_ : '\0'; }
  const char* position() const { return at_; }
  const char* end() const { return end_; }
  void advance(size_t bytes) { at_ += bytes; }

  void skip_space() {
    while (at_ < end_ && static_cast<unsigned char>(*at_) <= ' ') {
      if (*at_ != ' ' && *at_ != '\n' && *at_ != '\t' && *at_ != '\r') return;
      ++at_;
    }
  }
  bool take(char expected) {
    if (at_ == end_ || *at_ != expected) return false;
    ++at_;
    return true;
  }

  /// `,"`: takes the comma.
  bool take_comma_before_key() {
    if (end_ - at_ < 2 || at_[0] != ',' || at_[1] != '"') return false;
    ++at_;
    return true;
  }
  /// A string at `offset` bytes from here whose end is the first special byte in it. Takes everything up to
  /// behind it, or nothing. `offset` is at most what is left.
  bool take_plain_string(size_t offset, std::string_view& content) {
    const char* start = at_ + offset;
    if (start == end_ || *start != '"') return false;
    ++start;
    const char* stop = find_special(start);
    if (stop == end_ || *stop != '"') return false;
    content = {start, static_cast<size_t>(stop - start)};
    at_ = stop + 1;
    return true;
  }

  // Each of these stands on the first byte of what it reads, and on success behind it. On failure error()
  // holds why.

  /// `content` is what stands between the quotes.
  bool read_string(std::string_view& content, bool& has_escapes);
  /// `text` is a string's content (escapes as they are), a number's digits, an object's or array's raw text.
  bool read_value(JsonKind& kind, std::string_view& text, bool& has_escapes);

  /// Always false. `what` follows `invalid JSON at byte N: `.
  [[gnu::cold, gnu::noinline]] bool fail(std::string_view what);
  /// What stands here where something else was expected.
  [[gnu::cold, gnu::noinline]] bool fail_unexpected(std::string_view expected);
  std::string take_error() { return std::move(error_); }

 private:
  /// The first byte from `p` on that is a quote, a backslash, a control character or not ASCII; `end_` if
  /// there is none.
  const char* find_special(const char* p) const;
  bool read_escape();
  bool read_utf8();
  bool read_number();
  bool read_word(std::string_view word);
  bool read_container(int depth);
  bool read_nested_value(int depth);

  const char* begin_;
  const char* end_;
  const char* at_;
  std::string error_;
};

inline const char* JsonCursor::find_special(const char* p) const {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(' ');
  const auto specials = [&](const char* from) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    // Signed: what is less than a space is a control character or not ASCII.
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                     _mm_cmplt_epi8(bytes, space));
    return static_cast<unsigned>(_mm_movemask_epi8(special));
  };
  for (; end_ - p >= 16; p += 16) {
    if (const unsigned mask = specials(p)) return p + __builtin_ctz(mask);
  }
  if (end_ - begin_ >= 16) {  // The last 16 bytes, those before p shifted out.
    const unsigned mask = specials(end_ - 16) >> (16 - (end_ - p));
    return mask != 0 ? p + __builtin_ctz(mask) : end_;
  }
#endif
  while (p < end_ && static_cast<signed char>(*p) >= ' ' && *p != '"' && *p != '\\') ++p;
  return p;
}

/// Appends the content of a valid JSON string with its escapes resolved to `out`, which has room for
/// content.size() bytes. Returns the bytes written.
size_t unescape_json(std::string_view content, char* out);

}  // namespace sqlmill::rt::formats
