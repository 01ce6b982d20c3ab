#include "runtime/sql/functions/to_char_datetime.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "runtime/sql/datetime_pattern.h"
#include "runtime/sql/text_result.h"

namespace sqlmill::rt::sql {

namespace {

using Field = DatetimeField;

/// What there is to print. Of an interval each part may be negative, and hours may be many.
struct Fields {
  int64_t year = 0;  // Astronomical.
  int64_t month = 0;
  int64_t day = 0;
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t micros = 0;
  int64_t day_of_year = 0;
  int64_t days = 0;  // Since 2000.
  bool is_interval = false;
  bool has_zone = false;
};

Fields fields_of(int64_t micros, bool has_zone) {
  const CivilTimestamp civil = civil_from_timestamp(micros);
  Fields f;
  f.year = civil.date.year;
  f.month = civil.date.month;
  f.day = civil.date.day;
  f.hour = civil.time.hour;
  f.minute = civil.time.minute;
  f.second = civil.time.second;
  f.micros = civil.time.micros;
  f.days = civil.days;
  f.day_of_year = civil.days - days_from_civil(civil.date.year, 1, 1) + 1;
  f.has_zone = has_zone;
  return f;
}

Fields fields_of(const Interval& value) {
  Fields f;
  f.year = value.months / kMonthsPerYear;
  f.month = value.months % kMonthsPerYear;
  f.day = value.days;
  f.hour = value.micros / kMicrosPerHour;
  f.minute = value.micros / kMicrosPerMinute % 60;
  f.second = value.micros / kMicrosPerSecond % 60;
  f.micros = value.micros % kMicrosPerSecond;
  f.day_of_year = (f.year * kMonthsPerYear + f.month) * kDaysPerMonth + f.day;
  f.is_interval = true;
  // PostgreSQL counts a Julian day from the parts as they are.
  int64_t year = f.year;
  int64_t month = f.month;
  if (month > 2) {
    month += 1;
    year += 4800;
  } else {
    month += 13;
    year += 4799;
  }
  const int64_t century = year / 100;
  f.days =
      year * 365 - 32167 + year / 4 - century + century / 4 + 7834 * month / 256 + f.day - kEpochJulianDay;
  return f;
}

/// Of an interval it is, as in PostgreSQL, the week of its days in its years, which negative months are
/// before.
IsoWeek iso_week(const Fields& f) {
  if (!f.is_interval) return iso_week_from_days(f.days);
  const auto first_monday = [](int32_t year) {
    const int64_t fourth = days_from_civil(year, 1, 4);
    return fourth - (day_of_week(fourth) + 6) % 7;
  };
  auto year = static_cast<int32_t>(f.year);
  if (f.days < first_monday(year)) --year;
  auto week = static_cast<int32_t>((f.days - first_monday(year)) / 7 + 1);
  if (week >= 52 && f.days >= first_monday(year + 1)) {
    ++year;
    week = static_cast<int32_t>((f.days - first_monday(year)) / 7 + 1);
  }
  return {year, week};
}

/// Writes one pattern.
class Writer {
 public:
  Writer(const Fields& fields, std::string& out) : f_(fields), out_(out) {}
  /// False if an interval has no such field.
  bool write(const DatetimeNode& node);

 private:
  bool write_time(const DatetimeNode& node);
  bool write_date(const DatetimeNode& node);
  bool write_year(const DatetimeNode& node);
  bool write_name(const DatetimeNode& node);
  bool write_zone(const DatetimeNode& node);

  void number(const DatetimeNode& node, int64_t value, int width) {
    char digits[32];
    const int size = std::snprintf(digits, sizeof digits, "%0*lld", width, static_cast<long long>(value));
    text(node, {digits, static_cast<size_t>(size)});
  }
  /// Of `width` digits, one more for a sign; as few as it takes with FM.
  void padded(const DatetimeNode& node, int64_t value, int width) {
    number(node, value, node.fill_mode ? 0 : value >= 0 ? width : width + 1);
  }
  void text(const DatetimeNode& node, std::string_view digits) {
    out_ += digits;
    if (node.ordinal != '\0') out_ += ordinal_suffix(digits, node.ordinal == 'T');
  }
  /// In the case of the keyword; to nine characters, unless FM or TM says otherwise.
  void name(const DatetimeNode& node, std::string_view name, bool pads) {
    const std::string_view keyword = node.keyword->name;
    const bool upper = keyword[1] >= 'A' && keyword[1] <= 'Z';
    const bool lower = keyword[0] >= 'a' && keyword[0] <= 'z';
    for (const char c : name) {
      out_ += upper && c >= 'a' && c <= 'z'   ? static_cast<char>(c - 32)
              : lower && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32)
                                              : c;
    }
    constexpr size_t kLongest = 9;
    if (pads && !node.fill_mode && !node.localized && name.size() < kLongest)
      out_.append(kLongest - name.size(), ' ');
  }
  int64_t shown_year(int64_t year) const { return f_.is_interval || year > 0 ? year : 1 - year; }

  const Fields& f_;
  std::string& out_;
};

bool Writer::write_time(const DatetimeNode& node) {
  constexpr int64_t kPowers[] = {100'000, 10'000, 1'000, 100, 10, 1};
  const bool upper = node.keyword->name[0] < 'a';
  switch (node.keyword->field) {
    case Field::kAmPmDots:
      out_ += f_.hour % 24 >= 12 ? (upper ? "P.M." : "p.m.") : (upper ? "A.M." : "a.m.");
      return true;
    case Field::kAmPm:
      out_ += f_.hour % 24 >= 12 ? (upper ? "PM" : "pm") : (upper ? "AM" : "am");
      return true;
    case Field::kHour12: {
      const int width = node.fill_mode ? 0 : f_.hour >= 0 ? 2 : 3;
      number(node, f_.hour % 12 == 0 ? 12 : f_.hour % 12, width);
      return true;
    }
    case Field::kHour24:
      padded(node, f_.hour, 2);
      return true;
    case Field::kMinute:
      padded(node, f_.minute, 2);
      return true;
    case Field::kSecond:
      padded(node, f_.second, 2);
      return true;
    case Field::kFraction1:
    case Field::kFraction2:
    case Field::kFraction3:
    case Field::kFraction4:
    case Field::kFraction5:
    case Field::kFraction6: {
      const int digits = static_cast<int>(node.keyword->field) - static_cast<int>(Field::kFraction1);
      number(node, f_.micros / kPowers[digits], digits + 1);
      return true;
    }
    case Field::kMillisecond:
      number(node, f_.micros / 1000, 3);
      return true;
    case Field::kMicrosecond:
      number(node, f_.micros, 6);
      return true;
    case Field::kSecondOfDay:
      number(node, f_.hour * 3600 + f_.minute * 60 + f_.second, 0);
      return true;
    default:
      return write_zone(node);
  }
}

bool Writer::write_zone(const DatetimeNode& node) {
  switch (node.keyword->field) {
    case Field::kZone:
      if (f_.has_zone) out_ += node.keyword->name[0] == 't' ? "utc" : "UTC";
      return !f_.is_interval;
    case Field::kZoneHour:
      out_ += "+00";
      return !f_.is_interval;
    case Field::kZoneMinute:
      out_ += "00";
      return !f_.is_interval;
    case Field::kOffset:
      out_ += node.fill_mode ? "+0" : "+00";
      return !f_.is_interval;
    default:
      return write_date(node);
  }
}

bool Writer::write_name(const DatetimeNode& node) {
  switch (node.keyword->field) {
    case Field::kEraDots:
    case Field::kEra: {
      const bool dots = node.keyword->field == Field::kEraDots;
      const bool upper = node.keyword->name[0] < 'a';
      if (f_.year <= 0) {
        out_ += dots ? (upper ? "B.C." : "b.c.") : (upper ? "BC" : "bc");
      } else {
        out_ += dots ? (upper ? "A.D." : "a.d.") : (upper ? "AD" : "ad");
      }
      return !f_.is_interval;
    }
    case Field::kMonthName:
    case Field::kShortMonthName: {
      if (f_.is_interval) return false;
      const bool full = node.keyword->field == Field::kMonthName;
      const auto month = static_cast<size_t>(f_.month - 1);
      name(node, full ? kMonthNames[month] : kShortMonthNames[month], full);
      return true;
    }
    case Field::kDayName:
    case Field::kShortDayName: {
      if (f_.is_interval) return false;
      const bool full = node.keyword->field == Field::kDayName;
      const auto day = static_cast<size_t>(day_of_week(f_.days));
      name(node, full ? kDayNames[day] : kShortDayNames[day], full);
      return true;
    }
    case Field::kRoman: {
      if (f_.month == 0 && f_.year == 0) return true;
      const int64_t place = f_.month == 0  ? (f_.year >= 0 ? 0 : kMonthsPerYear - 1)
                            : f_.month < 0 ? -(f_.month + 1)
                                           : kMonthsPerYear - f_.month;
      const std::string_view roman = kRomanMonths[place];
      const bool lower = node.keyword->name[0] == 'r';
      for (const char c : roman) out_ += lower ? static_cast<char>(c + 32) : c;
      if (!node.fill_mode) out_.append(4 - roman.size(), ' ');
      return true;
    }
    default:
      return true;
  }
}

bool Writer::write_date(const DatetimeNode& node) {
  switch (node.keyword->field) {
    case Field::kMonth:
      padded(node, f_.month, 2);
      return true;
    case Field::kDayOfYear:
      number(node, f_.day_of_year, node.fill_mode ? 0 : 3);
      return true;
    case Field::kIsoDayOfYear: {
      const IsoWeek week = iso_week(f_);
      const int64_t fourth = days_from_civil(week.year, 1, 4);
      number(node, f_.days - (fourth - (day_of_week(fourth) + 6) % 7) + 1, node.fill_mode ? 0 : 3);
      return true;
    }
    case Field::kDay:
      number(node, f_.day, node.fill_mode ? 0 : 2);
      return true;
    case Field::kDayOfWeek:
      number(node, day_of_week(f_.days) + 1, 0);
      return !f_.is_interval;
    case Field::kIsoDayOfWeek:
      number(node, (day_of_week(f_.days) + 6) % 7 + 1, 0);
      return !f_.is_interval;
    case Field::kWeek:
      number(node, (f_.day_of_year - 1) / 7 + 1, node.fill_mode ? 0 : 2);
      return true;
    case Field::kIsoWeek:
      number(node, iso_week(f_).week, node.fill_mode ? 0 : 2);
      return true;
    case Field::kQuarter:
      if (f_.month != 0) number(node, (f_.month - 1) / 3 + 1, 0);
      return true;
    case Field::kWeekOfMonth:
      number(node, (f_.day - 1) / 7 + 1, 0);
      return true;
    case Field::kJulian:
      number(node, f_.days + kEpochJulianDay, 0);
      return true;
    default:
      return write_year(node);
  }
}

bool Writer::write_year(const DatetimeNode& node) {
  const auto year_of_iso = [&] { return shown_year(iso_week(f_).year); };
  const int64_t year = shown_year(f_.year);
  switch (node.keyword->field) {
    case Field::kCentury: {
      const int64_t century =
          f_.is_interval || f_.year <= 0 ? f_.year / 100 - (f_.is_interval ? 0 : 1) : (f_.year - 1) / 100 + 1;
      if (century <= 99 && century >= -99) {
        padded(node, century, 2);
      } else {
        number(node, century, 0);
      }
      return true;
    }
    case Field::kYearComma: {
      char digits[32];
      const int64_t thousands = year / 1000;
      const int size = std::snprintf(digits, sizeof digits, "%lld,%03lld", static_cast<long long>(thousands),
                                     static_cast<long long>(year - thousands * 1000));
      text(node, {digits, static_cast<size_t>(size)});
      return true;
    }
    case Field::kYear4:
      padded(node, year, 4);
      return true;
    case Field::kIsoYear4:
      number(node, year_of_iso(), node.fill_mode ? 0 : year >= 0 ? 4 : 5);
      return true;
    case Field::kYear3:
    case Field::kIsoYear3: {
      const int64_t shown = node.keyword->field == Field::kYear3 ? year : year_of_iso();
      number(node, shown % 1000, node.fill_mode ? 0 : year >= 0 ? 3 : 4);
      return true;
    }
    case Field::kYear2:
    case Field::kIsoYear2: {
      const int64_t shown = node.keyword->field == Field::kYear2 ? year : year_of_iso();
      number(node, shown % 100, node.fill_mode ? 0 : year >= 0 ? 2 : 3);
      return true;
    }
    case Field::kYear1:
    case Field::kIsoYear1:
      number(node, (node.keyword->field == Field::kYear1 ? year : year_of_iso()) % 10, 1);
      return true;
    default:
      return write_name(node);
  }
}

bool Writer::write(const DatetimeNode& node) {
  if (node.kind == DatetimeNode::Kind::kField) return write_time(node);
  out_ += node.character;
  return true;
}

Nullable<Text> to_char(Context& context, const Fields& fields, const Text& pattern) {
  if (pattern.empty()) return kNull;
  std::string out;
  Writer writer(fields, out);
  for (const DatetimeNode& node : parse_datetime_pattern(pattern.view())) {
    if (writer.write(node)) continue;
    context.fail(ErrorCode::kInvalidDatetimeFormat, "invalid format specification for an interval value");
    return kNull;
  }
  return text_result(context.arena(), out);
}

}  // namespace

Nullable<Text> to_char_timestamp(Context& context, Timestamp value, Text pattern) {
  if (!value.is_finite()) return kNull;
  return to_char(context, fields_of(value.micros, false), pattern);
}

Nullable<Text> to_char_timestamptz(Context& context, Timestamptz value, Text pattern) {
  if (!value.is_finite()) return kNull;
  return to_char(context, fields_of(value.micros, true), pattern);
}

Nullable<Text> to_char_interval(Context& context, Interval value, Text pattern) {
  return to_char(context, fields_of(value), pattern);
}

}  // namespace sqlmill::rt::sql
