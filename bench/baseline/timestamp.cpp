#include "bench/baseline/timestamp.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdlib>

namespace sqlmill::bench::baseline {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kDayUs = 86'400 * kSecondUs;

/// Reads a timestamp from left to right.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool at_digit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }

  bool skip(char expected) {
    if (text_.empty() || text_[0] != expected) return false;
    text_.remove_prefix(1);
    return true;
  }

  /// Exactly `digits` digits.
  bool number(int digits, int* value) {
    *value = 0;
    for (int i = 0; i < digits; ++i) {
      if (!at_digit()) return false;
      *value = *value * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    return true;
  }

  /// The digits behind a decimal point, rounded to microseconds the way PostgreSQL does it.
  int64_t fraction_us() {
    std::string digits = "0.";
    for (; at_digit(); text_.remove_prefix(1)) digits += text_[0];
    return std::llrint(std::strtod(digits.c_str(), nullptr) * kSecondUs);
  }

 private:
  std::string_view text_;
};

bool read_clock(Cursor& cursor, int64_t* clock_us) {
  int hour = 0, minute = 0, second = 0;
  int64_t fraction = 0;
  if (!cursor.number(2, &hour) || !cursor.skip(':') || !cursor.number(2, &minute)) return false;
  if (cursor.skip(':')) {
    if (!cursor.number(2, &second)) return false;
    if (cursor.skip('.')) fraction = cursor.fraction_us();
  }
  *clock_us = ((hour * 60 + minute) * 60 + second) * kSecondUs + fraction;
  return minute < 60 && second <= 60 && *clock_us <= kDayUs && hour <= 24;
}

/// Behind the sign: hours, and minutes with or without a colon.
bool read_offset(Cursor& cursor, int64_t* offset_us) {
  int hours = 0, minutes = 0;
  if (!cursor.number(2, &hours)) return false;
  if ((cursor.skip(':') || cursor.at_digit()) && !cursor.number(2, &minutes)) return false;
  *offset_us = (hours * 60 + minutes) * 60 * kSecondUs;
  return hours < 16 && minutes < 60;
}

}  // namespace

std::optional<int64_t> parse_timestamp(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  Cursor cursor(text);
  int year = 0, month = 0, day = 0;
  if (!cursor.number(4, &year) || !cursor.skip('-') || !cursor.number(2, &month) || !cursor.skip('-') ||
      !cursor.number(2, &day)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year == 0) return std::nullopt;
  int64_t clock_us = 0, offset_us = 0;
  if (cursor.skip('T') || cursor.skip(' ')) {
    if (!read_clock(cursor, &clock_us)) return std::nullopt;
  }
  if (cursor.skip('+')) {
    if (!read_offset(cursor, &offset_us)) return std::nullopt;
    offset_us = -offset_us;
  } else if (cursor.skip('-')) {
    if (!read_offset(cursor, &offset_us)) return std::nullopt;
  } else {
    cursor.skip('Z');
  }
  if (!cursor.at_end()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count() * kDayUs + clock_us + offset_us;
}

std::string format_timestamp(int64_t time_us) {
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds{time_us}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::string text = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto fraction = clock.subseconds().count(); fraction != 0) {
    text += fmt::format(".{:06}", fraction);
    while (text.back() == '0') text.pop_back();
  }
  return text + "+00:00";
}

bool TimestampReader::read_slowly(const char* p, size_t size, int64_t* time_us) {
  const std::optional<int64_t> time = parse_timestamp({p, size});
  if (!time) return false;
  *time_us = *time;
  if (size < kMinuteBytes) return true;
  const std::string_view minute(p, kMinuteBytes);
  if (const auto start = parse_timestamp(std::string(minute) + ":00Z"); start && minute.front() != ' ') {
    Minute& entry = minutes_[minute.back() & 15];
    std::memcpy(entry.text, minute.data(), kMinuteBytes);
    entry.time_us = *start;
  }
  return true;
}

}  // namespace sqlmill::bench::baseline
