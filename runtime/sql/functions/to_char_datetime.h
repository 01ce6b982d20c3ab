// to_char of timestamps and intervals. NULL for an infinite one and for an empty pattern, as PostgreSQL has
// it. The zone is UTC.
#pragma once

#include "runtime/sql/datetime.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

Nullable<Text> to_char_timestamp(Context& context, Timestamp value, Text pattern);
Nullable<Text> to_char_timestamptz(Context& context, Timestamptz value, Text pattern);
Nullable<Text> to_char_interval(Context& context, Interval value, Text pattern);

}  // namespace sqlmill::rt::sql
