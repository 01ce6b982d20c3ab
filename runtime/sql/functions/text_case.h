// lower, upper and initcap. Letters outside ASCII follow the C.UTF-8 locale, one character at a time: `ß`
// stays.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/text.h"

namespace sqlmill::rt::sql {

Text lower(Arena& arena, Text text);
Text upper(Arena& arena, Text text);
/// The first letter of every word upper case, the others lower; words are letters and digits.
Text initcap(Arena& arena, Text text);

}  // namespace sqlmill::rt::sql
