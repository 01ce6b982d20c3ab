// Functions that measure a text, search in it or take a part of it. Positions count characters from 1. A part
// borrows the bytes of the argument, so nothing is allocated.
#pragma once

#include <cstring>

#include "runtime/sql/context.h"
#include "runtime/sql/text.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

// ---- Lengths and positions ----

inline int32_t text_length(Text text) {
  return static_cast<int32_t>(utf8_length(text.view()));
}
inline int32_t text_octet_length(Text text) {
  return static_cast<int32_t>(text.size());
}
inline bool starts_with(Text text, Text prefix) {
  return text.view().starts_with(prefix.view());
}
/// Of the first occurrence; 0 if there is none.
int32_t strpos(Text text, Text part);

// ---- Parts ----

/// From the character `start` on. It may lie before the text: then everything.
Text substring_from(Text text, int32_t start);
/// The characters `start` to `start + count - 1`, as far as they exist.
Text substring_from_for(Context& context, Text text, int32_t start, int32_t count);
/// The first `count` characters; a negative count leaves off that many at the end.
Text text_left(Text text, int32_t count);
/// The last `count` characters; a negative count leaves off that many at the beginning.
Text text_right(Text text, int32_t count);
/// The n-th field between delimiters, from 1, or from -1 backwards; empty if there is none.
Text split_part(Context& context, Text text, Text delimiter, int32_t n);

// ---- Trimming of spaces, or of any of some characters ----

Text trim_both(Text text);
Text trim_left(Text text);
Text trim_right(Text text);
Text trim_both_of(Text text, Text characters);
Text trim_left_of(Text text, Text characters);
Text trim_right_of(Text text, Text characters);

}  // namespace sqlmill::rt::sql
