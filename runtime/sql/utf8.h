// Stepping through UTF-8 that has been validated at the border. With bytes that are not UTF-8 the characters
// are arbitrary, but nothing is read beyond the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
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

/// The code point of the first character of `text`, which is not empty and well formed.
inline uint32_t utf8_code(std::string_view text) {
  const size_t size = utf8_first(text);
  const auto lead = static_cast<unsigned char>(text[0]);
  uint32_t code = size == 1 ? lead : lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  return code;
}

inline void append_utf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
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
