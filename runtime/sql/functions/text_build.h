// Functions whose result is a new text: ||, replace, repeat, reverse, lpad, rpad. A result that would not fit
// into a field fails before it is built.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/text.h"

namespace sqlmill::rt::sql {

Text concatenate(Arena& arena, Text a, Text b);
/// Every `from`, from left to right. An empty one is nowhere.
Text replace_text(Context& context, Text text, Text from, Text to);
Text repeat(Context& context, Text text, int32_t count);
Text reverse(Arena& arena, Text text);
/// `length` characters: filled on the left with `fill` over and over, or cut on the right.
Text lpad_with(Context& context, Text text, int32_t length, Text fill);
Text rpad_with(Context& context, Text text, int32_t length, Text fill);
/// With spaces.
Text lpad(Context& context, Text text, int32_t length);
Text rpad(Context& context, Text text, int32_t length);

}  // namespace sqlmill::rt::sql
