// Stepping through UTF-8 that has been validated at the border. With bytes that are not UTF-8 the characters
// are arbitrary, but nothing is read beyond the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sqlmill::rt::sql {

constexpr bool is_utf8_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Bytes of the character that `lead` begins.
constexpr size_t utf8_size(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/// Bytes of the first character of `text`, which is not empty.
constexpr size_t utf8_first(std::string_view text) {
  const size_t size = utf8_size(text[0]);
  return size < text.size() ? size : text.size();
}

inline bool is_ascii(std::string_view text) {
  uint64_t bits = 0;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    bits |= word;
  }
  for (; i < text.size(); ++i) bits |= static_cast<unsigned char>(text[i]) & 0x80u;
  return (bits & 0x8080808080808080u) == 0;
}

/// Characters of `text`.
inline size_t utf8_length(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += !is_utf8_continuation(c);
  return count;
}

/// Bytes of the first `characters` characters, or of all if there are fewer.
inline size_t utf8_prefix(std::string_view text, size_t characters) {
  size_t at = 0;
  while (characters != 0 && at < text.size()) {
    at += utf8_first(text.substr(at));
    --characters;
  }
  return at;
}

}  // namespace sqlmill::rt::sql
