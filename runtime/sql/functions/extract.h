// extract(field, x) with a numeric result, and date_part(field, x), the older one with a double. In SQL:
// EXTRACT(EPOCH FROM x). Seconds and the epoch have six decimals, milliseconds three, all other fields none.
// Of an infinite date or timestamp, what grows with time is infinite and what goes round is NULL.
#pragma once

#include "runtime/sql/compare.h"
#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

Nullable<Numeric> extract_date(Context& context, Text field, Date value);
Numeric extract_time(Context& context, Text field, Time value);
Nullable<Numeric> extract_timestamp_any(Context& context, Text field, Timestamp value);
Nullable<Numeric> extract_timestamptz_any(Context& context, Text field, Timestamptz value);
Numeric extract_interval_any(Context& context, Text field, Interval value);

/// Microseconds, with 365.25 days a year and 30 days a month left over.
constexpr __int128 interval_epoch_micros(const Interval& value) {
  constexpr int64_t kSecondsPerYear = 31'557'600;
  const int64_t seconds = value.months / kMonthsPerYear * kSecondsPerYear +
                          value.months % kMonthsPerYear * kDaysPerMonth * kSecondsPerDay +
                          value.days * kSecondsPerDay;
  return static_cast<__int128>(seconds) * kMicrosPerSecond + value.micros;
}

/// The field is nearly always a constant: then the comparison goes away, and the epoch is a multiplication or
/// two.
inline Numeric extract_interval(Context& context, Text field, Interval value) {
  if (field == "epoch"_text) return Numeric(interval_epoch_micros(value), 6);
  return extract_interval_any(context, field, value);
}

inline Nullable<Numeric> extract_timestamp(Context& context, Text field, Timestamp value) {
  if (field == "epoch"_text && value.is_finite())
    return Numeric(static_cast<__int128>(value.micros) + kUnixEpochMicros, 6);
  return extract_timestamp_any(context, field, value);
}
inline Nullable<Numeric> extract_timestamptz(Context& context, Text field, Timestamptz value) {
  if (field == "epoch"_text && value.is_finite())
    return Numeric(static_cast<__int128>(value.micros) + kUnixEpochMicros, 6);
  return extract_timestamptz_any(context, field, value);
}

/// date_part(text, date) takes the date as a timestamp, so that it has hours.
Nullable<double> date_part_date(Context& context, Text field, Date value);
double date_part_time(Context& context, Text field, Time value);
Nullable<double> date_part_timestamp(Context& context, Text field, Timestamp value);
Nullable<double> date_part_timestamptz(Context& context, Text field, Timestamptz value);
double date_part_interval(Context& context, Text field, Interval value);

}  // namespace sqlmill::rt::sql
