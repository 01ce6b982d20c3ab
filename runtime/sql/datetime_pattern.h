// The patterns of to_char, to_date and to_timestamp for dates and times, cut into fields and literal
// characters. After PostgreSQL's formatting.c, whose keywords, order and quirks these are.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sqlmill::rt::sql {

enum class DatetimeField : uint8_t {
  kAmPmDots,
  kAmPm,
  kEraDots,
  kEra,
  kCentury,
  kDayName,
  kDayOfYear,
  kDay,
  kShortDayName,
  kDayOfWeek,
  kFraction1,
  kFraction2,
  kFraction3,
  kFraction4,
  kFraction5,
  kFraction6,
  kFixed,
  kHour24,
  kHour12,
  kIsoDayOfYear,
  kIsoDayOfWeek,
  kIsoWeek,
  kIsoYear4,
  kIsoYear3,
  kIsoYear2,
  kIsoYear1,
  kJulian,
  kMinute,
  kMonth,
  kMonthName,
  kShortMonthName,
  kMillisecond,
  kOffset,
  kQuarter,
  kRoman,
  kSecondOfDay,
  kSecond,
  kZoneHour,
  kZoneMinute,
  kZone,
  kMicrosecond,
  kWeek,
  kWeekOfMonth,
  kYearComma,
  kYear4,
  kYear3,
  kYear2,
  kYear1
};

struct DatetimeKeyword {
  std::string_view name;
  DatetimeField field;
  enum class Convention : uint8_t { kNone, kGregorian, kIsoWeek } convention;
  bool is_digits;
};

struct DatetimeNode {
  enum class Kind : uint8_t { kField, kCharacter, kSeparator, kSpace };
  Kind kind;
  const DatetimeKeyword* keyword = nullptr;
  std::string_view character = {};  // Of every kind but kField; borrowed from the pattern.
  bool fill_mode = false;           // FM
  bool localized = false;           // TM
  char ordinal = '\0';              // 'T' for TH, 't' for th.
};

std::vector<DatetimeNode> parse_datetime_pattern(std::string_view pattern);

/// Everything but a letter, a digit and what is beyond ASCII; and no space.
bool is_datetime_separator(char c);

inline constexpr std::string_view kMonthNames[] = {"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
inline constexpr std::string_view kShortMonthNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
inline constexpr std::string_view kDayNames[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                 "Thursday", "Friday", "Saturday"};
inline constexpr std::string_view kShortDayNames[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
/// From December backwards, as PostgreSQL looks for them.
inline constexpr std::string_view kRomanMonths[] = {"XII", "XI", "X",  "IX",  "VIII", "VII",
                                                    "VI",  "V",  "IV", "III", "II",   "I"};

/// `st`, `nd`, `rd` or `th` for the number that `digits` ends with.
std::string_view ordinal_suffix(std::string_view digits, bool upper);

}  // namespace sqlmill::rt::sql
