// x AT TIME ZONE zone, which is timezone(zone, x). A zone is a name or an offset (time_zone.h), or an
// interval, which is positive *east* of Greenwich.
#pragma once

#include "runtime/sql/compare.h"
#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

Timestamp timezone_of_timestamptz(Context& context, Text zone, Timestamptz value);
Timestamptz timezone_of_timestamp(Context& context, Text zone, Timestamp value);
Timestamp timezone_interval_of_timestamptz(Context& context, Interval zone, Timestamptz value);
Timestamptz timezone_interval_of_timestamp(Context& context, Interval zone, Timestamp value);

}  // namespace sqlmill::rt::sql
