#include "runtime/sql/functions/make_datetime.h"

#include <cmath>
#include <cstdio>
#include <string>

#include "runtime/sql/time_zone.h"

namespace sqlmill::rt::sql {

namespace {

template <class... Args>
[[gnu::cold]] void fail(Context& context, const char* format, Args... args) {
  char message[128];
  std::snprintf(message, sizeof message, format, args...);
  context.fail(ErrorCode::kDatetimeFieldOverflow, message);
}

int32_t astronomical_year(int32_t year) {
  return year < 0 ? year + 1 : year;
}

/// Days since 2000. False if there is no such day; the context then holds the error.
/// `shown_year` is the one that PostgreSQL puts into the message.
bool make_days(Context& context, int32_t year, int32_t month, int32_t day, int32_t shown_year,
               int64_t& days) {
  const int64_t astronomical = astronomical_year(year);
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(astronomical, month)) {
    fail(context, "date field value out of range: %d-%02d-%02d", shown_year, month, day);
    return false;
  }
  days = days_from_civil(astronomical, month, day);
  if (date_in_range(days)) return true;
  fail(context, "date out of range: %d-%02d-%02d", shown_year, month, day);
  return false;
}

/// Microseconds since midnight. False if there is no such time; the context then holds the error.
bool make_micros(Context& context, int32_t hour, int32_t minute, double second, int64_t& micros) {
  const bool in_range = hour >= 0 && hour <= 24 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
  if (in_range) {
    micros = micros_of_day(hour, minute, 0, static_cast<int64_t>(std::rint(second * 1e6)));
    if (micros <= kMicrosPerDay) return true;
  }
  if (std::isfinite(second)) {
    fail(context, "time field value out of range: %d:%02d:%02g", hour, minute, second);
  } else {
    const char* const name = std::isnan(second) ? "NaN" : second > 0 ? "Infinity" : "-Infinity";
    fail(context, "time field value out of range: %d:%02d:%s", hour, minute, name);
  }
  return false;
}

}  // namespace

Date make_date(Context& context, int32_t year, int32_t month, int32_t day) {
  int64_t days = 0;
  make_days(context, year, month, day, astronomical_year(year), days);
  return {static_cast<int32_t>(days)};
}

Time make_time(Context& context, int32_t hour, int32_t minute, double second) {
  int64_t micros = 0;
  make_micros(context, hour, minute, second, micros);
  return {micros};
}

Timestamp make_timestamp(Context& context, int32_t year, int32_t month, int32_t day, int32_t hour,
                         int32_t minute, double second) {
  int64_t days = 0;
  int64_t micros = 0;
  if (!make_days(context, year, month, day, year, days)) return {};
  if (!make_micros(context, hour, minute, second, micros)) return {};
  const __int128 sum = static_cast<__int128>(days) * kMicrosPerDay + micros;
  if (sum >= kMinTimestampMicros && sum < kEndTimestampMicros) return {static_cast<int64_t>(sum)};
  fail(context, "timestamp out of range: %d-%02d-%02d %d:%02d:%02g", year, month, day, hour, minute, second);
  return {};
}

Timestamptz make_timestamptz(Context& context, int32_t year, int32_t month, int32_t day, int32_t hour,
                             int32_t minute, double second) {
  return {make_timestamp(context, year, month, day, hour, minute, second).micros};
}

Timestamptz make_timestamptz_zone(Context& context, int32_t year, int32_t month, int32_t day, int32_t hour,
                                  int32_t minute, double second, Text zone) {
  const Timestamp local = make_timestamp(context, year, month, day, hour, minute, second);
  // Here an offset is east of UTC if it is positive; find_zone takes POSIX's.
  std::string name(zone.view());
  const bool is_offset = name.starts_with('+') || name.starts_with('-');
  if (is_offset) name[0] = name[0] == '+' ? '-' : '+';
  if (!name.empty() && name[0] >= '0' && name[0] <= '9') {
    context.fail(ErrorCode::kInvalidParameterValue,
                 "invalid input syntax for type numeric time zone: \"" + name + "\"");
    return {};
  }
  const TimeZone time_zone = find_zone(context, name);
  const int64_t micros = local.micros - time_zone.offset_of_local(local.micros);
  if (timestamp_in_range(micros)) return {micros};
  fail_timestamp_out_of_range(context);
  return {};
}

Interval make_interval(Context& context, int32_t years, int32_t months, int32_t weeks, int32_t days,
                       int32_t hours, int32_t minutes, double seconds) {
  Interval result{};
  int32_t of_years = 0;
  int32_t of_weeks = 0;
  const double micros = std::rint(seconds * 1e6);
  bool fits = std::isfinite(seconds) && std::fabs(micros) < 9.2e18;
  fits = fits && !__builtin_mul_overflow(years, kMonthsPerYear, &of_years) &&
         !__builtin_add_overflow(of_years, months, &result.months) &&
         !__builtin_mul_overflow(weeks, 7, &of_weeks) &&
         !__builtin_add_overflow(of_weeks, days, &result.days);
  const int64_t clock = hours * kMicrosPerHour + minutes * kMicrosPerMinute;
  fits = fits && !__builtin_add_overflow(clock, static_cast<int64_t>(micros), &result.micros);
  if (!fits) fail_interval_out_of_range(context);
  return result;
}

Timestamptz to_timestamp(Context& context, double unix_seconds) {
  if (std::isnan(unix_seconds)) {
    context.fail(ErrorCode::kDatetimeFieldOverflow, "timestamp cannot be NaN");
    return {};
  }
  if (std::isinf(unix_seconds))
    return unix_seconds > 0 ? Timestamptz::infinity() : Timestamptz::minus_infinity();
  constexpr double kUnixEpochSeconds = static_cast<double>(kUnixEpochDays * kSecondsPerDay);
  const double micros = std::rint((unix_seconds - kUnixEpochSeconds) * 1e6);
  if (micros >= static_cast<double>(kMinTimestampMicros) &&
      micros < static_cast<double>(kEndTimestampMicros)) {
    return {static_cast<int64_t>(micros)};
  }
  fail(context, "timestamp out of range: \"%g\"", unix_seconds);
  return {};
}

}  // namespace sqlmill::rt::sql
