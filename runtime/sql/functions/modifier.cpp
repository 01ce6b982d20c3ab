#include "runtime/sql/functions/modifier.h"

#include <string>

namespace sqlmill::rt::sql {

namespace {

/// Bytes of the first `characters` characters of UTF-8 text, or all of it.
size_t bytes_of_characters(std::string_view text, int32_t characters) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool starts_character = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (starts_character && characters-- == 0) break;
  }
  return at;
}

}  // namespace

Text varchar_with_modifier(Context& context, Text value, int32_t modifier, bool is_explicit) {
  if (modifier < 0 || value.size() <= static_cast<uint32_t>(modifier)) return value;
  const std::string_view text = value.view();
  const size_t bytes = bytes_of_characters(text, modifier);
  if (!is_explicit && text.find_first_not_of(' ', bytes) != std::string_view::npos) {
    context.fail(ErrorCode::kStringDataRightTruncation,
                 "value too long for type character varying(" + std::to_string(modifier) + ")");
  }
  return Text(text.substr(0, bytes));
}

}  // namespace sqlmill::rt::sql
