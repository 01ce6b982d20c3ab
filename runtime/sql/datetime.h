// The proleptic Gregorian calendar on PostgreSQL's counts (days and microseconds since 2000-01-01), and the
// ranges of its types. Years are astronomical here: year 0 is 1 BC, year -1 is 2 BC.
#pragma once

#include <cstdint>

#include "runtime/sql/context.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

inline constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr int64_t kSecondsPerDay = 86'400;
inline constexpr int32_t kMonthsPerYear = 12;
/// What a month is worth where an interval is measured rather than added to a date.
inline constexpr int32_t kDaysPerMonth = 30;

/// Julian day number of 2000-01-01, and the days from 1970-01-01 to it.
inline constexpr int32_t kEpochJulianDay = 2'451'545;
inline constexpr int32_t kUnixEpochDays = 10'957;
inline constexpr int64_t kUnixEpochMicros = kUnixEpochDays * kMicrosPerDay;

/// Dates are 4714-11-24 BC to 5874897-12-31, timestamps end with 294276-12-31.
inline constexpr int64_t kMinDays = -static_cast<int64_t>(kEpochJulianDay);
inline constexpr int64_t kEndDays = 2'147'483'494 - static_cast<int64_t>(kEpochJulianDay);
inline constexpr int64_t kMinTimestampMicros = kMinDays * kMicrosPerDay;
inline constexpr int64_t kEndTimestampMicros = 9'223'371'331'200'000'000;

constexpr bool date_in_range(int64_t days) {
  return days >= kMinDays && days < kEndDays;
}
constexpr bool timestamp_in_range(int64_t micros) {
  return micros >= kMinTimestampMicros && micros < kEndTimestampMicros;
}

struct CivilDate {
  int32_t year;
  int32_t month;  // 1 to 12
  int32_t day;    // 1 to 31
};

struct CivilTime {
  int32_t hour;
  int32_t minute;
  int32_t second;
  int32_t micros;
};

constexpr int64_t floor_divide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

constexpr bool is_leap_year(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr int32_t days_in_month(int64_t year, int32_t month) {
  constexpr int8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

/// Days since 2000-01-01. `day` may lie outside its month. After Howard Hinnant's "chrono-compatible
/// low-level date algorithms": years begin in March, so that the leap day is the last of its year.
constexpr int64_t days_from_civil(int64_t year, int32_t month, int64_t day) {
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = floor_divide(y, 400);
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468 - kUnixEpochDays;
}

constexpr CivilDate civil_from_days(int64_t days) {
  const int64_t z = days + 719'468 + kUnixEpochDays;
  const int64_t era = floor_divide(z, 146'097);
  const int64_t day_of_era = z - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int32_t month = static_cast<int32_t>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {static_cast<int32_t>(year), month,
          static_cast<int32_t>(day_of_year - (153 * shifted_month + 2) / 5 + 1)};
}

/// `micros` of one day, 0 to 86,400,000,000.
constexpr CivilTime civil_from_micros(int64_t micros) {
  const int64_t seconds = micros / kMicrosPerSecond;
  return {static_cast<int32_t>(seconds / 3600), static_cast<int32_t>(seconds / 60 % 60),
          static_cast<int32_t>(seconds % 60), static_cast<int32_t>(micros % kMicrosPerSecond)};
}

constexpr int64_t micros_of_day(int64_t hour, int64_t minute, int64_t second, int64_t micros) {
  return ((hour * 60 + minute) * 60 + second) * kMicrosPerSecond + micros;
}

/// A finite timestamp taken apart.
struct CivilTimestamp {
  CivilDate date;
  CivilTime time;
  int64_t days;           // Since 2000-01-01.
  int64_t micros_of_day;  // Since midnight.
};

constexpr CivilTimestamp civil_from_timestamp(int64_t micros) {
  const int64_t days = floor_divide(micros, kMicrosPerDay);
  const int64_t rest = micros - days * kMicrosPerDay;
  return {civil_from_days(days), civil_from_micros(rest), days, rest};
}

/// 0 is Sunday.
constexpr int32_t day_of_week(int64_t days) {
  const int64_t shifted = (days + 6) % 7;  // 2000-01-01 was a Saturday.
  return static_cast<int32_t>(shifted < 0 ? shifted + 7 : shifted);
}

/// The ISO 8601 week and the year that it belongs to (astronomical).
struct IsoWeek {
  int32_t year;
  int32_t week;
};
constexpr IsoWeek iso_week_from_days(int64_t days) {
  // The week belongs to the year of its Thursday.
  const int64_t thursday = days - (day_of_week(days) + 6) % 7 + 3;
  const CivilDate date = civil_from_days(thursday);
  return {date.year, static_cast<int32_t>((thursday - days_from_civil(date.year, 1, 1)) / 7 + 1)};
}

[[gnu::cold]] inline void fail_date_out_of_range(Context& context) {
  context.fail(ErrorCode::kDatetimeFieldOverflow, "date out of range");
}
[[gnu::cold]] inline void fail_timestamp_out_of_range(Context& context) {
  context.fail(ErrorCode::kDatetimeFieldOverflow, "timestamp out of range");
}
[[gnu::cold]] inline void fail_interval_out_of_range(Context& context) {
  context.fail(ErrorCode::kDatetimeFieldOverflow, "interval out of range");
}

}  // namespace sqlmill::rt::sql
