// Dates and times from numbers: make_date, make_time, make_timestamp, make_timestamptz (in UTC),
// to_timestamp. A negative year is BC.
#pragma once

#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

Date make_date(Context& context, int32_t year, int32_t month, int32_t day);
Time make_time(Context& context, int32_t hour, int32_t minute, double second);
Timestamp make_timestamp(Context& context, int32_t year, int32_t month, int32_t day, int32_t hour,
                         int32_t minute, double second);
Timestamptz make_timestamptz(Context& context, int32_t year, int32_t month, int32_t day, int32_t hour,
                             int32_t minute, double second);
/// From seconds since 1970.
Timestamptz to_timestamp(Context& context, double unix_seconds);

}  // namespace sqlmill::rt::sql
