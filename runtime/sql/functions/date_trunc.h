// date_trunc(field, x): the beginning of the hour, week, century … that x is in. Weeks begin on Monday. Of an
// interval it drops what is smaller than the field.
#pragma once

#include "runtime/sql/compare.h"
#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

Timestamp date_trunc_timestamp(Context& context, Text field, Timestamp value);
/// In UTC.
Timestamptz date_trunc_timestamptz(Context& context, Text field, Timestamptz value);
/// In the time of `zone`, see time_zone.h.
Timestamptz date_trunc_timestamptz_zone(Context& context, Text field, Timestamptz value, Text zone);
Interval date_trunc_interval(Context& context, Text field, Interval value);

}  // namespace sqlmill::rt::sql
