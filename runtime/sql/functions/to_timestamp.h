// to_date and to_timestamp with a pattern: dates and times out of texts in the form that the pattern says.
#pragma once

#include "runtime/sql/datetime.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

Date to_date(Context& context, Text text, Text pattern);
/// Without TZH in UTC.
Timestamptz to_timestamp_pattern(Context& context, Text text, Text pattern);

}  // namespace sqlmill::rt::sql
