// SIMILAR TO: SQL's own regular expressions, in which % and _ mean what they mean to LIKE, and which match
// the whole text. The backslash escapes unless ESCAPE says otherwise; an empty one means that nothing does.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/text.h"

namespace sqlmill::rt::sql {

bool similar_to(Context& context, Text text, Text pattern);
bool similar_to_escape(Context& context, Text text, Text pattern, Text escape);

}  // namespace sqlmill::rt::sql
