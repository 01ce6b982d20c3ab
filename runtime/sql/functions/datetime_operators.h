// The operators + - * / of dates, times, timestamps and intervals. An infinite date or timestamp plus an
// interval stays what it is.
#pragma once

#include "runtime/sql/interval.h"

namespace sqlmill::rt::sql {

// ---- date with integer and date ----

inline Date add_date_integer(Context& context, Date date, int32_t days) {
  if (!date.is_finite()) return date;
  const int64_t sum = static_cast<int64_t>(date.days) + days;
  if (!date_in_range(sum)) [[unlikely]]
    fail_date_out_of_range(context);
  return {static_cast<int32_t>(sum)};
}
inline Date add_integer_date(Context& context, int32_t days, Date date) {
  return add_date_integer(context, date, days);
}
inline Date subtract_date_integer(Context& context, Date date, int32_t days) {
  if (!date.is_finite()) return date;
  const int64_t difference = static_cast<int64_t>(date.days) - days;
  if (!date_in_range(difference)) [[unlikely]]
    fail_date_out_of_range(context);
  return {static_cast<int32_t>(difference)};
}
inline int32_t subtract_dates(Context& context, Date a, Date b) {
  if (!a.is_finite() || !b.is_finite()) [[unlikely]] {
    context.fail(ErrorCode::kDatetimeFieldOverflow, "cannot subtract infinite dates");
    return 0;
  }
  // In range, because dates begin 2.4 million days before 2000.
  return static_cast<int32_t>(static_cast<uint32_t>(a.days) - static_cast<uint32_t>(b.days));
}

// ---- timestamp and timestamptz with interval, and with each other ----

inline Timestamp add_timestamp_interval(Context& context, Timestamp timestamp, Interval interval) {
  return {add_interval_to_micros(context, timestamp.micros, interval)};
}
inline Timestamp add_interval_timestamp(Context& context, Interval interval, Timestamp timestamp) {
  return {add_interval_to_micros(context, timestamp.micros, interval)};
}
inline Timestamp subtract_timestamp_interval(Context& context, Timestamp timestamp, Interval interval) {
  return {add_interval_to_micros(context, timestamp.micros, negate_interval(context, interval))};
}
inline Interval subtract_timestamps(Context& context, Timestamp a, Timestamp b) {
  return subtract_timestamp_micros(context, a.micros, b.micros);
}
inline Timestamptz add_timestamptz_interval(Context& context, Timestamptz timestamp, Interval interval) {
  return {add_interval_to_micros(context, timestamp.micros, interval)};
}
inline Timestamptz add_interval_timestamptz(Context& context, Interval interval, Timestamptz timestamp) {
  return {add_interval_to_micros(context, timestamp.micros, interval)};
}
inline Timestamptz subtract_timestamptz_interval(Context& context, Timestamptz timestamp, Interval interval) {
  return {add_interval_to_micros(context, timestamp.micros, negate_interval(context, interval))};
}
inline Interval subtract_timestamptzs(Context& context, Timestamptz a, Timestamptz b) {
  return subtract_timestamp_micros(context, a.micros, b.micros);
}

// ---- date with interval and time: a timestamp ----

inline Timestamp add_date_interval(Context& context, Date date, Interval interval) {
  return add_timestamp_interval(context, midnight(context, date), interval);
}
inline Timestamp add_interval_date(Context& context, Interval interval, Date date) {
  return add_date_interval(context, date, interval);
}
inline Timestamp subtract_date_interval(Context& context, Date date, Interval interval) {
  return subtract_timestamp_interval(context, midnight(context, date), interval);
}
inline Timestamp add_date_time(Context& context, Date date, Time time) {
  const Timestamp start = midnight(context, date);
  if (!start.is_finite()) return start;
  const Timestamp sum{start.micros + time.micros};
  if (!timestamp_in_range(sum.micros)) [[unlikely]]
    fail_timestamp_out_of_range(context);
  return sum;
}
inline Timestamp add_time_date(Context& context, Time time, Date date) {
  return add_date_time(context, date, time);
}

// ---- time: goes round at midnight, and takes of an interval only the microseconds ----

constexpr Time time_of_day(int64_t micros) {
  const int64_t rest = micros % kMicrosPerDay;
  return {rest < 0 ? rest + kMicrosPerDay : rest};
}
constexpr Time add_time_interval(Time time, Interval interval) {
  return time_of_day(time.micros + interval.micros % kMicrosPerDay);
}
constexpr Time add_interval_time(Interval interval, Time time) {
  return add_time_interval(time, interval);
}
constexpr Time subtract_time_interval(Time time, Interval interval) {
  return time_of_day(time.micros - interval.micros % kMicrosPerDay);
}
constexpr Interval subtract_times(Time a, Time b) {
  return {a.micros - b.micros, 0, 0};
}

// ---- interval with itself is in interval.h ----

inline Interval multiply_by_interval(Context& context, double factor, Interval interval) {
  return multiply_interval(context, interval, factor);
}

}  // namespace sqlmill::rt::sql
