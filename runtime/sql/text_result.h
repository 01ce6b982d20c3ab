// A text that was built somewhere else as the result of a function.
#pragma once

#include <string_view>

#include "runtime/base/arena.h"
#include "runtime/sql/text.h"

namespace sqlmill::rt::sql {

/// Short bytes go into the value, longer ones are copied into the arena.
inline Text text_result(base::Arena& arena, std::string_view bytes) {
  return bytes.size() <= Text::kInlineBytes ? Text(bytes) : Text(arena.copy(bytes));
}

}  // namespace sqlmill::rt::sql
