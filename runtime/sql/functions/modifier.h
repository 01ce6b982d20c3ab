// Coercion to a type's modifier: varchar(n) here, numeric(p, s) in numeric.h. Generated code and the binder
// call these by name; they are no SQL functions.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"
#include "runtime/sql/text.h"

namespace sqlmill::rt::sql {

/// At most `modifier` characters. An explicit cast cuts; an assignment cuts spaces only, and fails otherwise.
/// -1 changes nothing. A long result borrows the bytes of `value`.
Text varchar_with_modifier(Context& context, Text value, int32_t modifier, bool is_explicit);

}  // namespace sqlmill::rt::sql
