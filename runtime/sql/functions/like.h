// LIKE and ILIKE: `%` stands for any characters, `_` for one, `\` takes the next for itself. The patterns
// that people write are mostly a text with `%` before, behind or around it; these are a comparison or a
// search of bytes. `x LIKE p ESCAPE e` is like_escape; ILIKE compares the lower case of both.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "runtime/sql/context.h"
#include "runtime/sql/text.h"

namespace sqlmill::rt::sql {

/// Any pattern. A backslash that is the last byte of the pattern fails if the matching gets there.
bool like_general(Context& context, std::string_view text, std::string_view pattern);

bool like_escape(Context& context, Text text, Text pattern, Text escape);
bool ilike(Context& context, Text text, Text pattern);
bool ilike_escape(Context& context, Text text, Text pattern, Text escape);

/// Whether `pattern` has none of the special characters. Looked at for every row, hence eight bytes at a
/// time.
inline bool is_literal_pattern(std::string_view pattern) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const auto zero_bytes = [](uint64_t word) { return (word - kOnes) & ~word & kOnes << 7; };
  const auto special_bytes = [&](uint64_t word) {
    return zero_bytes(word ^ kOnes * '%') | zero_bytes(word ^ kOnes * '_') | zero_bytes(word ^ kOnes * '\\');
  };
  const char* at = pattern.data();
  size_t left = pattern.size();
  uint64_t word = 0;
  for (; left > 8; left -= 8, at += 8) {
    std::memcpy(&word, at, 8);
    if (special_bytes(word) != 0) return false;
  }
  if (pattern.size() >= 8) {
    std::memcpy(&word, at + left - 8, 8);
  } else if (left >= 4) {
    uint32_t halves[2];
    std::memcpy(&halves[0], at, 4);
    std::memcpy(&halves[1], at + left - 4, 4);
    std::memcpy(&word, halves, 8);
  } else if (left != 0) {
    word = static_cast<unsigned char>(at[0]) |
           static_cast<uint64_t>(static_cast<unsigned char>(at[left / 2])) << 8 |
           static_cast<uint64_t>(static_cast<unsigned char>(at[left - 1])) << 16;
  }
  return special_bytes(word) == 0;
}

inline bool like(Context& context, const Text& text, const Text& pattern) {
  const std::string_view p = pattern.view();
  const std::string_view t = text.view();
  const bool open_end = !p.empty() && p.back() == '%';
  const bool open_begin = p.size() > open_end && p.front() == '%';
  const std::string_view literal = p.substr(open_begin, p.size() - open_begin - open_end);
  if (!is_literal_pattern(literal)) return like_general(context, t, p);
  if (open_begin && open_end) return t.find(literal) != std::string_view::npos;
  if (open_end) return t.starts_with(literal);
  if (open_begin) return t.ends_with(literal);
  return t == literal;
}

}  // namespace sqlmill::rt::sql
