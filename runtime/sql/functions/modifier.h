// Coercion to a type's modifier: varchar(n) and timestamp(p) here, numeric(p, s) in numeric.h. Generated code
// and the binder call these by name; they are no SQL functions.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"
#include "runtime/sql/text.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

/// At most `modifier` characters. An explicit cast cuts; an assignment cuts spaces only, and fails otherwise.
/// -1 changes nothing. A long result borrows the bytes of `value`.
Text varchar_with_modifier(Context& context, Text value, int32_t modifier, bool is_explicit);

/// Rounded to `digits` behind the point of the second, 0 to 6; half a unit goes away from zero.
Time time_with_precision(Time value, int32_t digits);
Timestamp timestamp_with_precision(Timestamp value, int32_t digits);
Timestamptz timestamptz_with_precision(Timestamptz value, int32_t digits);
Interval interval_with_precision(Interval value, int32_t digits);

}  // namespace sqlmill::rt::sql
