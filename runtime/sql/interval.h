// Arithmetic of intervals, and of dates and times with them. An interval keeps months, days and microseconds
// apart, because a month has no fixed length; what measures or compares intervals takes 30 days a month and
// 24 hours a day.
#pragma once

#include "runtime/sql/compare.h"
#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

// ---- Intervals ----

Interval add_intervals(Context& context, Interval a, Interval b);
Interval subtract_intervals(Context& context, Interval a, Interval b);
Interval negate_interval(Context& context, Interval a);
/// Fractions of months and days go down to days and microseconds.
Interval multiply_interval(Context& context, Interval a, double factor);
Interval divide_interval(Context& context, Interval a, double divisor);

/// Whole days of 24 hours out of the microseconds.
Interval justify_hours(Context& context, Interval a);
/// Whole months of 30 days out of the days.
Interval justify_days(Context& context, Interval a);
/// Both, and the same sign for all parts.
Interval justify_interval(Context& context, Interval a);

// ---- Timestamps and dates ----

/// Months first, with the day cut to the length of the month that is reached; then days, then microseconds.
/// In UTC timestamptz has the same arithmetic as timestamp. Infinities stay.
int64_t add_interval_to_micros(Context& context, int64_t timestamp_micros, Interval interval);

/// Midnight of `date`, which may be outside a timestamp's range.
Timestamp midnight(Context& context, Date date);

/// Days and the time of day, as PostgreSQL: never months.
inline Interval subtract_timestamp_micros(Context& context, int64_t a, int64_t b) {
  int64_t micros;
  if (a == INT64_MAX || a == INT64_MIN || b == INT64_MAX || b == INT64_MIN) [[unlikely]] {
    context.fail(ErrorCode::kDatetimeFieldOverflow, "cannot subtract infinite timestamps");
    return {};
  }
  if (__builtin_sub_overflow(a, b, &micros)) [[unlikely]] {
    fail_interval_out_of_range(context);
    return {};
  }
  const int64_t days = micros / kMicrosPerDay;
  return {micros - days * kMicrosPerDay, static_cast<int32_t>(days), 0};
}

}  // namespace sqlmill::rt::sql
