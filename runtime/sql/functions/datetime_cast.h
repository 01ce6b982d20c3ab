// Casts among date, time, timestamp, timestamptz and interval, and between them and text. The session's zone
// is UTC, so timestamp and timestamptz have the same count.
#pragma once

#include "runtime/sql/datetime_text.h"
#include "runtime/sql/functions/datetime_operators.h"

namespace sqlmill::rt::sql {

inline Timestamp date_to_timestamp(Context& context, Date value) {
  return midnight(context, value);
}
inline Timestamptz date_to_timestamptz(Context& context, Date value) {
  return {midnight(context, value).micros};
}

/// What a date is where it is compared with a timestamp. It never fails: dates go on longer than timestamps
/// do, and one that is later than all of them becomes a value between the last finite one and infinity.
constexpr Timestamp compared_as_timestamp(Date value) {
  if (value == Date::infinity()) return Timestamp::infinity();
  if (value == Date::minus_infinity()) return Timestamp::minus_infinity();
  const int64_t days = value.days;
  return {days < kEndTimestampMicros / kMicrosPerDay ? days * kMicrosPerDay : kEndTimestampMicros};
}
constexpr Timestamptz compared_as_timestamptz(Date value) {
  return {compared_as_timestamp(value).micros};
}

constexpr Timestamptz timestamp_to_timestamptz(Timestamp value) {
  return {value.micros};
}
constexpr Timestamp timestamptz_to_timestamp(Timestamptz value) {
  return {value.micros};
}

constexpr Date timestamp_to_date(Timestamp value) {
  if (value == Timestamp::infinity()) return Date::infinity();
  if (value == Timestamp::minus_infinity()) return Date::minus_infinity();
  return {static_cast<int32_t>(floor_divide(value.micros, kMicrosPerDay))};
}
constexpr Date timestamptz_to_date(Timestamptz value) {
  return timestamp_to_date({value.micros});
}

/// NULL of an infinity.
constexpr Nullable<Time> timestamp_to_time(Timestamp value) {
  if (!value.is_finite()) return kNull;
  return time_of_day(value.micros);
}
constexpr Nullable<Time> timestamptz_to_time(Timestamptz value) {
  return timestamp_to_time({value.micros});
}

constexpr Interval time_to_interval(Time value) {
  return {value.micros, 0, 0};
}
constexpr Time interval_to_time(Interval value) {
  return time_of_day(value.micros);
}

Text date_to_text(Arena& arena, Date value);
Text time_to_text(Arena& arena, Time value);
Text timestamp_to_text(Arena& arena, Timestamp value);
Text timestamptz_to_text(Arena& arena, Timestamptz value);
Text interval_to_text(Arena& arena, Interval value);

inline Date text_to_date(Context& context, Text value) {
  return date_from_text(context, value.view());
}
inline Time text_to_time(Context& context, Text value) {
  return time_from_text(context, value.view());
}
inline Timestamp text_to_timestamp(Context& context, Text value) {
  return timestamp_from_text(context, value.view());
}
inline Timestamptz text_to_timestamptz(Context& context, Text value) {
  return timestamptz_from_text(context, value.view());
}
inline Interval text_to_interval(Context& context, Text value) {
  return interval_from_text(context, value.view());
}

}  // namespace sqlmill::rt::sql
