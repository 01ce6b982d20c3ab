// x AT TIME ZONE zone, which is timezone(zone, x). A zone is UTC by one of its names, or a fixed offset as
// POSIX has them: positive is *west* of Greenwich there, `+05:00` and `UTC+5` are New York's winter. Zones
// with a history (America/New_York) and abbreviations (EST) are refused.
#pragma once

#include "runtime/sql/compare.h"
#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

/// What to add to UTC for the local time.
int64_t time_zone_offset_micros(Context& context, Text zone);

Timestamp timezone_of_timestamptz(Context& context, Text zone, Timestamptz value);
Timestamptz timezone_of_timestamp(Context& context, Text zone, Timestamp value);

}  // namespace sqlmill::rt::sql
