// A cursor over JSON text (RFC 8259) that takes numbers, words and punctuation, and finds what is special in
// a string. No padding is needed. 16 bytes of a string are looked at at once (SSE2, which every x86-64 has,
// so no dispatch); elsewhere a byte at a time.
#pragma once

#include <cstddef>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sqlmill::rt::formats {

/// Objects and arrays within each other, in the value of a field.
inline constexpr int kMaxJsonDepth = 1000;

constexpr bool is_json_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
constexpr bool is_json_digit(char c) {
  return c >= '0' && c <= '9';
}

class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text)
      : begin_(text.data()), end_(text.data() + text.size()), at_(text.data()) {}

  bool at_end() const { return at_ == end_; }
  /// Of the rest, '\0' at the end.
  char peek() const { return at_ < end_ ? *at_ : '\0'; }
  const char* position() const { return at_; }
  const char* end() const { return end_; }
  size_t offset() const { return static_cast<size_t>(at_ - begin_); }
  void advance(size_t bytes) { at_ += bytes; }

  void skip_space() {
    while (at_ < end_ && is_json_space(*at_)) ++at_;
  }
  bool take(char expected) {
    if (at_ == end_ || *at_ != expected) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view expected) {
    if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }

  /// On failure it stands on the first byte that does not fit.
  bool take_number();

  /// The first byte from `p` on that is a quote, a backslash, a control character or not ASCII; the end if
  /// there is none.
  const char* find_special(const char* p) const;

 private:
  const char* begin_;
  const char* end_;
  const char* at_;
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

}  // namespace sqlmill::rt::formats
