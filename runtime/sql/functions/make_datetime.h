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
/// By the clock of a zone, see time_zone.h.
Timestamptz make_timestamptz_zone(Context& context, int32_t year, int32_t month, int32_t day, int32_t hour,
                                  int32_t minute, double second, Text zone);
Interval make_interval(Context& context, int32_t years, int32_t months, int32_t weeks, int32_t days,
                       int32_t hours, int32_t minutes, double seconds);
/// The same with zeros for what is left out at the end.
inline Interval make_interval_years(Context& context, int32_t years) {
  return make_interval(context, years, 0, 0, 0, 0, 0, 0);
}
inline Interval make_interval_months(Context& context, int32_t years, int32_t months) {
  return make_interval(context, years, months, 0, 0, 0, 0, 0);
}
inline Interval make_interval_weeks(Context& context, int32_t years, int32_t months, int32_t weeks) {
  return make_interval(context, years, months, weeks, 0, 0, 0, 0);
}
inline Interval make_interval_days(Context& context, int32_t years, int32_t months, int32_t weeks,
                                   int32_t days) {
  return make_interval(context, years, months, weeks, days, 0, 0, 0);
}
inline Interval make_interval_hours(Context& context, int32_t years, int32_t months, int32_t weeks,
                                    int32_t days, int32_t hours) {
  return make_interval(context, years, months, weeks, days, hours, 0, 0);
}
inline Interval make_interval_minutes(Context& context, int32_t years, int32_t months, int32_t weeks,
                                      int32_t days, int32_t hours, int32_t minutes) {
  return make_interval(context, years, months, weeks, days, hours, minutes, 0);
}
/// From seconds since 1970.
Timestamptz to_timestamp(Context& context, double unix_seconds);

}  // namespace sqlmill::rt::sql
