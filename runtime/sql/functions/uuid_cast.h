// Casts between uuid and text.
#pragma once

#include "runtime/sql/type.h"
#include "runtime/sql/uuid.h"

namespace sqlmill::rt::sql {

inline Text uuid_to_text(Arena& arena, Uuid value) {
  std::string text;
  append_text(value, text);
  return Text(arena.copy(text));
}
inline Uuid text_to_uuid(Context& context, Text value) {
  return uuid_from_text(context, value.view());
}

}  // namespace sqlmill::rt::sql
