// Functions on the characters of a text and their codes: ascii, chr, translate, overlay, to_hex; and unistr,
// normalize is not there.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/text.h"

namespace sqlmill::rt::sql {

inline int32_t text_bit_length(Text text) {
  return static_cast<int32_t>(text.size() * 8);
}
/// The code point of the first character, 0 if there is none.
int32_t ascii(Text text);
/// The character of a code point.
Text chr(Context& context, int32_t code);
/// Each character that is in `from` becomes the one at the same place in `to`, or goes if there is none.
Text translate(Arena& arena, Text text, Text from, Text to);
/// The characters from `start` on, as many as `part` has or `count`, make place for `part`.
Text overlay(Context& context, Text text, Text part, int32_t start);
Text overlay_for(Context& context, Text text, Text part, int32_t start, int32_t count);
Text to_hex_int4(Arena& arena, int32_t value);
Text to_hex_int8(Arena& arena, int64_t value);
/// `\0041`, `\u0041`, `\+000041` and `\U00000041` become characters.
Text unistr(Context& context, Text text);

}  // namespace sqlmill::rt::sql
