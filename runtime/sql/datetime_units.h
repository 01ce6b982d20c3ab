// The units of time by their names, for extract, date_trunc and interval input.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sqlmill::rt::sql {

enum class DatetimeUnit : uint8_t {
  kMicroseconds,
  kMilliseconds,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kDecade,
  kCentury,
  kMillennium,
  // Only for extract.
  kEpoch,
  kDayOfWeek,
  kIsoDayOfWeek,
  kDayOfYear,
  kIsoYear,
  kJulian,
  kTimezone,
  kTimezoneHour,
  kTimezoneMinute,
};

/// By any of PostgreSQL's names and abbreviations, in any case: `epoch`, `Hours`, `msec`.
std::optional<DatetimeUnit> find_datetime_unit(std::string_view name);

}  // namespace sqlmill::rt::sql
