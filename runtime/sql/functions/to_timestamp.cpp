// From the fields that a pattern gave to a point in time, after PostgreSQL's do_to_timestamp.
#include "runtime/sql/functions/to_timestamp.h"

#include <string>

#include "runtime/sql/datetime_pattern_reader.h"

namespace sqlmill::rt::sql {

namespace {

struct Moment {
  int64_t year = 0, month = 1, day = 1;
  int64_t hour = 0, minute = 0, second = 0, micros = 0;
  int64_t days = 0;
  int32_t zone_seconds = 0;
  int32_t precision = 6;  // Digits of a second's fraction that stay.
};

void set_date(Moment& moment, int64_t days) {
  const CivilDate date = civil_from_days(days);
  moment.year = date.year;
  moment.month = date.month;
  moment.day = date.day;
}

/// Monday of week 1.
int64_t first_iso_day(int64_t year) {
  const int64_t fourth = days_from_civil(year, 1, 4);
  return fourth - (day_of_week(fourth) + 6) % 7;
}

/// Sets the year out of year, century and era; false if none of them is given.
bool resolve_year(ParsedDatetime& p, Moment& moment) {
  if (p.year == 0 && p.century == 0) return false;
  if (p.before_christ != 0 && (p.year == 0 || p.year_digits <= 2)) p.century = -p.century;
  if (p.year == 0) {
    moment.year = p.century >= 0 ? (int64_t{p.century} - 1) * 100 + 1 : int64_t{p.century} * 100 + 1;
  } else if (p.century != 0 && p.year_digits <= 2) {
    const int64_t year = p.year % 100;
    if (year == 0) {
      moment.year = int64_t{p.century} * 100 + (p.century >= 0 ? 0 : 1);
    } else {
      moment.year =
          p.century >= 0 ? year + (int64_t{p.century} - 1) * 100 : (int64_t{p.century} + 1) * 100 - year + 1;
    }
  } else {
    moment.year = p.before_christ != 0 ? -int64_t{p.year} : p.year;
    if (moment.year < 0) ++moment.year;
  }
  return true;
}

bool resolve_day_of_year(Context& context, const ParsedDatetime& p, Moment& moment) {
  if (moment.year == 0 && p.before_christ == 0) {
    context.fail(ErrorCode::kInvalidDatetimeFormat, "cannot calculate day of year without year information");
    return false;
  }
  if (p.convention == DatetimeKeyword::Convention::kIsoWeek) {
    set_date(moment, first_iso_day(moment.year) - 1 + p.day_of_year);
    return true;
  }
  int32_t left = p.day_of_year;
  int32_t month = 1;
  while (month <= 12 && left > days_in_month(moment.year, month)) left -= days_in_month(moment.year, month++);
  if (moment.month <= 1) moment.month = month;
  if (moment.day <= 1) moment.day = left;
  return true;
}

bool resolve_date(Context& context, ParsedDatetime& p, Moment& moment) {
  resolve_year(p, moment);
  if (p.julian != 0) {
    set_date(moment, int64_t{p.julian} - kEpochJulianDay);
  }
  if (p.week != 0 && p.convention == DatetimeKeyword::Convention::kIsoWeek) {
    // 1 is Sunday, which ends the week.
    const int64_t day = p.day_of_week == 0 ? 0 : p.day_of_week > 1 ? p.day_of_week - 2 : 6;
    set_date(moment, first_iso_day(moment.year) + (int64_t{p.week} - 1) * 7 + day);
  } else if (p.week != 0) {
    p.day_of_year = (p.week - 1) * 7 + 1;
  }
  if (p.week_of_month != 0) p.day = (p.week_of_month - 1) * 7 + 1;
  if (p.day != 0) moment.day = p.day;
  if (p.month != 0) moment.month = p.month;
  if (p.day_of_year != 0 && (moment.month <= 1 || moment.day <= 1))
    return resolve_day_of_year(context, p, moment);
  return true;
}

bool resolve_time(Context& context, const ParsedDatetime& p, Moment& moment) {
  moment.hour = p.second_of_day / 3600;
  moment.minute = p.second_of_day / 60 % 60;
  moment.second = p.second_of_day % 60;
  if (p.second != 0) moment.second = p.second;
  if (p.minute != 0) moment.minute = p.minute;
  if (p.hour != 0) moment.hour = p.hour;
  if (p.twelve_hours) {
    if (moment.hour < 1 || moment.hour > 12) {
      context.fail(ErrorCode::kInvalidDatetimeFormat,
                   "hour \"" + std::to_string(moment.hour) + "\" is invalid for the 12-hour clock");
      return false;
    }
    if (p.afternoon != 0 && moment.hour < 12) moment.hour += 12;
    if (p.afternoon == 0 && moment.hour == 12) moment.hour = 0;
  }
  moment.micros = int64_t{p.millis} * 1000 + p.micros;
  return true;
}

bool to_moment(Context& context, const Text& text, const Text& pattern, Moment& moment) {
  ParsedDatetime parsed;
  if (!read_by_pattern(context, text.view(), pattern.view(), parsed) ||
      !resolve_time(context, parsed, moment) || !resolve_date(context, parsed, moment)) {
    return false;
  }
  const bool bad_date = moment.month < 1 || moment.month > 12 || moment.day < 1 ||
                        moment.day > days_in_month(moment.year, static_cast<int32_t>(moment.month));
  const bool bad_time = moment.hour < 0 || moment.hour > 23 || moment.minute < 0 || moment.minute > 59 ||
                        moment.second < 0 || moment.second > 59 || moment.micros < 0 ||
                        moment.micros >= kMicrosPerSecond;
  const bool bad_zone = parsed.zone_sign != 0 && (parsed.zone_hour < 0 || parsed.zone_hour > 15 ||
                                                  parsed.zone_minute < 0 || parsed.zone_minute > 59);
  if (bad_date || bad_time) {
    context.fail(ErrorCode::kDatetimeFieldOverflow,
                 "date/time field value out of range: \"" + std::string(text.view()) + "\"");
    return false;
  }
  if (bad_zone) {
    context.fail(ErrorCode::kInvalidTimeZoneDisplacement,
                 "time zone displacement out of range: \"" + std::string(text.view()) + "\"");
    return false;
  }
  moment.zone_seconds = parsed.zone_sign * (parsed.zone_hour * 3600 + parsed.zone_minute * 60);
  if (parsed.precision != 0) moment.precision = parsed.precision;
  moment.days = days_from_civil(moment.year, static_cast<int32_t>(moment.month), moment.day);
  return true;
}

/// To so many digits of a second's fraction, half away from 2000.
int64_t rounded(int64_t micros, int32_t precision) {
  int64_t unit = 1;
  for (int32_t i = precision; i < 6; ++i) unit *= 10;
  const int64_t half = micros >= 0 ? unit / 2 : -(unit / 2);
  return (micros + half) / unit * unit;
}

}  // namespace

Date to_date(Context& context, Text text, Text pattern) {
  Moment moment;
  if (!to_moment(context, text, pattern, moment)) return {};
  if (date_in_range(moment.days)) return {static_cast<int32_t>(moment.days)};
  context.fail(ErrorCode::kDatetimeFieldOverflow, "date out of range: \"" + std::string(text.view()) + "\"");
  return {};
}

Timestamptz to_timestamp_pattern(Context& context, Text text, Text pattern) {
  Moment moment;
  if (!to_moment(context, text, pattern, moment)) return {};
  const __int128 micros = static_cast<__int128>(moment.days) * kMicrosPerDay +
                          micros_of_day(moment.hour, moment.minute, moment.second, moment.micros) -
                          static_cast<__int128>(moment.zone_seconds) * kMicrosPerSecond;
  if (micros >= kMinTimestampMicros && micros < kEndTimestampMicros)
    return {rounded(static_cast<int64_t>(micros), moment.precision)};
  fail_timestamp_out_of_range(context);
  return {};
}

}  // namespace sqlmill::rt::sql
