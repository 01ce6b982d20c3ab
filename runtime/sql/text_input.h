// What the text input of every type shares: white space around the value, and the error for text that is not
// a value.
#pragma once

#include <string_view>

#include "runtime/sql/context.h"

namespace sqlmill::rt::sql {

constexpr bool is_input_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr std::string_view trim_input(std::string_view text) {
  while (!text.empty() && is_input_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_input_space(text.back())) text.remove_suffix(1);
  return text;
}

/// `lower` is in lower case.
constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

/// `invalid input syntax for type integer: "abc"`.
void fail_invalid_input(Context& context, std::string_view type, std::string_view text);

}  // namespace sqlmill::rt::sql
