// Printing of dates, times and timestamps. Intervals are in interval_text.cpp, reading is in
// datetime_from_text.cpp.
#include "runtime/sql/datetime_text.h"

#include <charconv>
#include <cstdlib>

namespace sqlmill::rt::sql {

namespace {

char* write_two_digits(char* p, int32_t value) {
  p[0] = static_cast<char>('0' + value / 10);
  p[1] = static_cast<char>('0' + value % 10);
  return p + 2;
}

/// At least four digits; the era is written by append_era.
char* write_date(char* p, const CivilDate& date) {
  const int32_t year = date.year > 0 ? date.year : 1 - date.year;
  for (int32_t bound = 1000; bound > year && bound > 1; bound /= 10) *p++ = '0';
  p = std::to_chars(p, p + 8, year).ptr;
  *p++ = '-';
  p = write_two_digits(p, date.month);
  *p++ = '-';
  return write_two_digits(p, date.day);
}

char* write_time(char* p, const CivilTime& time) {
  p = write_two_digits(p, time.hour);
  *p++ = ':';
  p = write_two_digits(p, time.minute);
  *p++ = ':';
  p = write_two_digits(p, time.second);
  if (time.micros == 0) return p;
  *p++ = '.';
  int32_t rest = time.micros;
  for (int32_t unit = 100'000; rest != 0; unit /= 10) {
    *p++ = static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return p;
}

void append_era(const CivilDate& date, std::string& out) {
  if (date.year <= 0) out += " BC";
}

constexpr size_t kMaxBytes = 64;

void append_timestamp(int64_t micros, std::string_view zone, std::string& out) {
  const CivilTimestamp civil = civil_from_timestamp(micros);
  char buffer[kMaxBytes];
  char* p = write_date(buffer, civil.date);
  *p++ = ' ';
  p = write_time(p, civil.time);
  out.append(buffer, static_cast<size_t>(p - buffer));
  out += zone;
  append_era(civil.date, out);
}

template <class T>
bool append_infinity(const T& value, std::string& out) {
  if (value.is_finite()) return false;
  out += value == T::infinity() ? "infinity" : "-infinity";
  return true;
}

}  // namespace

void append_text(const Date& value, std::string& out) {
  if (append_infinity(value, out)) return;
  const CivilDate date = civil_from_days(value.days);
  char buffer[kMaxBytes];
  out.append(buffer, static_cast<size_t>(write_date(buffer, date) - buffer));
  append_era(date, out);
}

void append_text(const Time& value, std::string& out) {
  char buffer[kMaxBytes];
  out.append(buffer, static_cast<size_t>(write_time(buffer, civil_from_micros(value.micros)) - buffer));
}

void append_text(const Timestamp& value, std::string& out) {
  if (!append_infinity(value, out)) append_timestamp(value.micros, "", out);
}

void append_text(const Timestamptz& value, std::string& out) {
  if (!append_infinity(value, out)) append_timestamp(value.micros, "+00:00", out);
}

}  // namespace sqlmill::rt::sql
