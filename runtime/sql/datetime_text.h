// Date and time values as text: PostgreSQL's output (DateStyle ISO, IntervalStyle postgres, zone UTC), but
// for timestamptz, which prints its zone as +00:00; and PostgreSQL's input, with its order MDY where a date
// leaves it open.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

void append_text(const Date& value, std::string& out);
void append_text(const Time& value, std::string& out);
void append_text(const Timestamp& value, std::string& out);
void append_text(const Timestamptz& value, std::string& out);
void append_text(const Interval& value, std::string& out);

/// On failure the context holds the error, worded as PostgreSQL's, and the value is arbitrary.
Date date_from_text(Context& context, std::string_view text);
Time time_from_text(Context& context, std::string_view text);
Timestamp timestamp_from_text(Context& context, std::string_view text);
Timestamptz timestamptz_from_text(Context& context, std::string_view text);
Interval interval_from_text(Context& context, std::string_view text);

/// The offset from UTC in seconds, east positive, of a time zone that is named in a literal or an argument:
/// `utc`, `gmt`, `z`, `zulu` in any case. False for others.
bool find_time_zone(std::string_view name, int32_t& offset_seconds);

// ---- The fixed layout, on the hot path of every source ----

namespace detail {

/// The two-digit numbers in the 8 bytes at `p`, each in the low byte of its 16 bits; bytes that `digits` does
/// not select are ignored. Returns false if a selected byte is no digit.
inline bool two_digit_numbers(const char* p, uint64_t digits, uint64_t& numbers) {
  uint64_t bytes;
  std::memcpy(&bytes, p, 8);
  const uint64_t ones = digits & 0x0101010101010101u;
  bytes &= digits;
  // A digit keeps its high nibble 3, also when 6 is added to it.
  const uint64_t high = digits & 0xf0f0f0f0f0f0f0f0u;
  if ((bytes & high) != ones * 0x30 || ((bytes + ones * 6) & high) != ones * 0x30) return false;
  numbers = bytes & (digits & 0x0f0f0f0f0f0f0f0fu);
  return true;
}

/// days_from_civil where it needs no eras and no signs.
constexpr int64_t days_of_year_1_to_9999(int32_t year, int32_t month, int32_t day) {
  const auto y = static_cast<uint32_t>(month <= 2 ? year - 1 : year);
  const auto m = static_cast<uint32_t>(month <= 2 ? month + 9 : month - 3);
  const uint32_t days = y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + static_cast<uint32_t>(day);
  return static_cast<int64_t>(days) - 719'469 - kUnixEpochDays;
}
static_assert(days_of_year_1_to_9999(2000, 1, 1) == 0 &&
              days_of_year_1_to_9999(1, 1, 1) == days_from_civil(1, 1, 1) &&
              days_of_year_1_to_9999(9999, 12, 31) == days_from_civil(9999, 12, 31));

}  // namespace detail

/// `YYYY-MM-DD HH:MM:SS[.ffffff]` with `T` or a space in the middle, one to six digits of fraction, and at
/// the end nothing, `Z`, `+00` or `+00:00`. False for every other text, among them texts that
/// timestamptz_from_text accepts.
inline bool parse_fixed_timestamptz(std::string_view text, Timestamptz& result) {
  if (text.size() < 19) return false;
  const char* p = text.data();
  uint64_t year_month, day_of_month, time_of_day;
  // Little-endian: byte 0 of the text is the lowest. The masks leave the separators out.
  if (!detail::two_digit_numbers(p, 0x00ffff00ffffffffu, year_month)) return false;
  if (!detail::two_digit_numbers(p + 8, 0x000000000000ffffu, day_of_month)) return false;
  if (!detail::two_digit_numbers(p + 11, 0xffff00ffff00ffffu, time_of_day)) return false;
  if (p[4] != '-' || p[7] != '-' || (p[10] != ' ' && p[10] != 'T') || p[13] != ':' || p[16] != ':')
    return false;
  const auto at = [](uint64_t numbers, int i) {
    return static_cast<int32_t>((numbers >> (8 * i) & 0xff) * 10 + (numbers >> (8 * i + 8) & 0xff));
  };
  const int32_t year = at(year_month, 0) * 100 + at(year_month, 2);
  const int32_t month = at(year_month, 5);
  const int32_t day = at(day_of_month, 0);
  const int32_t hour = at(time_of_day, 0);
  const int32_t minute = at(time_of_day, 3);
  const int32_t second = at(time_of_day, 6);
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;

  size_t i = 19;
  int64_t micros = 0;
  if (i < text.size() && p[i] == '.') {
    constexpr int64_t kFirstUnit = 100'000;
    int64_t unit = kFirstUnit;
    for (++i; i < text.size() && p[i] >= '0' && p[i] <= '9'; ++i, unit /= 10) {
      if (unit == 0) return false;
      micros += (p[i] - '0') * unit;
    }
    if (unit == kFirstUnit) return false;
  }
  const size_t zone_size = text.size() - i;
  const bool is_utc = zone_size == 0 || (zone_size == 3 && std::memcmp(p + i, "+00", 3) == 0) ||
                      (zone_size == 6 && std::memcmp(p + i, "+00:00", 6) == 0) ||
                      (zone_size == 1 && p[i] == 'Z');
  if (!is_utc) return false;
  result.micros = detail::days_of_year_1_to_9999(year, month, day) * kMicrosPerDay +
                  micros_of_day(hour, minute, second, micros);
  return true;
}

}  // namespace sqlmill::rt::sql
