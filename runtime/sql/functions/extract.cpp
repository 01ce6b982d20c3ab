#include "runtime/sql/functions/extract.h"

#include <limits>
#include <optional>
#include <string>

#include "runtime/sql/datetime_units.h"
#include "runtime/sql/interval.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

namespace {

using Unit = DatetimeUnit;

/// A field before it becomes a numeric or a double, which round differently.
struct Part {
  enum class Form : uint8_t {
    kInteger,
    kMilliseconds,
    kSeconds,
    kEpoch,
    kJulian,
    kInfinity,
    kMinusInfinity,
    kNull
  };
  Form form = Form::kInteger;
  __int128 value = 0;  // Microseconds for kMilliseconds to kEpoch; days for kJulian.
  int64_t micros_of_day = 0;
};

Part integer(int64_t value) {
  return {Part::Form::kInteger, value, 0};
}

/// A year as people count, from an astronomical one.
int64_t year_of_era(int64_t year) {
  return year > 0 ? year : year - 1;
}

int64_t decade(int64_t year) {
  return floor_divide(year, 10);
}

/// Centuries and millennia: the first begins with year 1, and there is none of number 0.
int64_t period(int64_t year, int64_t length) {
  return year > 0 ? (year + length - 1) / length : -((length - 1 - (year - 1)) / length);
}

std::optional<Part> part_of_time(Unit unit, const CivilTime& time) {
  const int64_t second_micros = time.second * kMicrosPerSecond + time.micros;
  switch (unit) {
    case Unit::kMicroseconds:
      return integer(second_micros);
    case Unit::kMilliseconds:
      return Part{Part::Form::kMilliseconds, second_micros, 0};
    case Unit::kSecond:
      return Part{Part::Form::kSeconds, second_micros, 0};
    case Unit::kMinute:
      return integer(time.minute);
    case Unit::kHour:
      return integer(time.hour);
    default:
      return std::nullopt;
  }
}

std::optional<Part> part_of_date(Unit unit, int64_t days) {
  const CivilDate date = civil_from_days(days);
  switch (unit) {
    case Unit::kDay:
      return integer(date.day);
    case Unit::kMonth:
      return integer(date.month);
    case Unit::kQuarter:
      return integer((date.month - 1) / 3 + 1);
    case Unit::kWeek:
      return integer(iso_week_from_days(days).week);
    case Unit::kYear:
      return integer(year_of_era(date.year));
    case Unit::kDecade:
      return integer(decade(date.year));
    case Unit::kCentury:
      return integer(period(date.year, 100));
    case Unit::kMillennium:
      return integer(period(date.year, 1000));
    case Unit::kIsoYear:
      return integer(year_of_era(iso_week_from_days(days).year));
    case Unit::kDayOfWeek:
      return integer(day_of_week(days));
    case Unit::kIsoDayOfWeek:
      return integer((day_of_week(days) + 6) % 7 + 1);
    case Unit::kDayOfYear:
      return integer(days - days_from_civil(date.year, 1, 1) + 1);
    default:
      return std::nullopt;
  }
}

bool is_timezone(Unit unit) {
  return unit == Unit::kTimezone || unit == Unit::kTimezoneHour || unit == Unit::kTimezoneMinute;
}

Part part_of_infinity(Unit unit, bool negative) {
  switch (unit) {
    case Unit::kYear:
    case Unit::kDecade:
    case Unit::kCentury:
    case Unit::kMillennium:
    case Unit::kJulian:
    case Unit::kIsoYear:
    case Unit::kEpoch:
      return {negative ? Part::Form::kMinusInfinity : Part::Form::kInfinity, 0, 0};
    default:
      return {Part::Form::kNull, 0, 0};
  }
}

std::optional<Part> part_of(Unit unit, Date value) {
  if (unit == Unit::kJulian && value.is_finite())
    return integer(static_cast<int64_t>(value.days) + kEpochJulianDay);
  if (unit == Unit::kEpoch && value.is_finite()) {
    return integer((static_cast<int64_t>(value.days) + kUnixEpochDays) * kSecondsPerDay);
  }
  if (value.is_finite()) return part_of_date(unit, value.days);
  const bool is_time_of_day = unit <= Unit::kHour || is_timezone(unit);
  if (is_time_of_day) return std::nullopt;
  return part_of_infinity(unit, value.days < 0);
}

std::optional<Part> part_of(Unit unit, Time value) {
  if (unit == Unit::kEpoch) return Part{Part::Form::kEpoch, value.micros, 0};
  return part_of_time(unit, civil_from_micros(value.micros));
}

std::optional<Part> part_of(Unit unit, Timestamp value) {
  if (!value.is_finite()) return part_of_infinity(unit, value.micros < 0);
  if (unit == Unit::kEpoch)
    return Part{Part::Form::kEpoch, static_cast<__int128>(value.micros) + kUnixEpochMicros, 0};
  const int64_t days = floor_divide(value.micros, kMicrosPerDay);
  const int64_t micros = value.micros - days * kMicrosPerDay;
  if (unit == Unit::kJulian) return Part{Part::Form::kJulian, days + kEpochJulianDay, micros};
  const std::optional<Part> part = part_of_time(unit, civil_from_micros(micros));
  return part ? part : part_of_date(unit, days);
}

std::optional<Part> part_of(Unit unit, Timestamptz value) {
  if (is_timezone(unit) && value.is_finite()) return integer(0);
  return part_of(unit, Timestamp{value.micros});
}

std::optional<Part> part_of(Unit unit, Interval value) {
  const int64_t year = value.months / kMonthsPerYear;
  switch (unit) {
    case Unit::kEpoch:
      return Part{Part::Form::kEpoch, interval_epoch_micros(value), 0};
    case Unit::kHour:
      return integer(value.micros / kMicrosPerHour);
    case Unit::kDay:
      return integer(value.days);
    case Unit::kMonth:
      return integer(value.months % kMonthsPerYear);
    case Unit::kQuarter:
      return integer(value.months % kMonthsPerYear / 3 + 1);
    case Unit::kYear:
      return integer(year);
    case Unit::kDecade:
      return integer(year / 10);
    case Unit::kCentury:
      return integer(year / 100);
    case Unit::kMillennium:
      return integer(year / 1000);
    default:
      return part_of_time(unit, civil_from_micros(value.micros));
  }
}

/// As PostgreSQL's division of numerics rounds it: the day, and its fraction with 16 significant digits or
/// more.
Numeric julian_numeric(const Part& part) {
  constexpr int64_t kBase = 10'000;
  int weight = 0;
  int64_t first_digit = part.micros_of_day;
  for (; first_digit >= kBase; first_digit /= kBase) ++weight;
  // The divisor, 86400000000, has the first digit 864 and the weight 2, in base 10000.
  int quotient_weight = weight - 2;
  if (first_digit <= 864) --quotient_weight;
  const int scale = 16 - 4 * quotient_weight;
  __int128 power = 1;
  for (int i = 0; i < scale; ++i) power *= 10;
  const __int128 fraction =
      (part.micros_of_day * power * 2 + kMicrosPerDay) / (2 * static_cast<__int128>(kMicrosPerDay));
  return Numeric(part.value * power + fraction, scale);
}

Nullable<Numeric> to_numeric(const Part& part) {
  switch (part.form) {
    case Part::Form::kInteger:
      return Numeric(part.value, 0);
    case Part::Form::kMilliseconds:
      return Numeric(part.value, 3);
    case Part::Form::kSeconds:
    case Part::Form::kEpoch:
      return Numeric(part.value, 6);
    case Part::Form::kJulian:
      return julian_numeric(part);
    case Part::Form::kInfinity:
      return Numeric::special(Numeric::Kind::kPlusInfinity);
    case Part::Form::kMinusInfinity:
      return Numeric::special(Numeric::Kind::kMinusInfinity);
    case Part::Form::kNull:
      return kNull;
  }
  __builtin_unreachable();
}

Nullable<double> to_double(const Part& part) {
  const auto value = static_cast<double>(part.value);
  switch (part.form) {
    case Part::Form::kInteger:
      return value;
    case Part::Form::kMilliseconds: {
      const auto micros = static_cast<int64_t>(part.value);
      return static_cast<double>(micros / kMicrosPerSecond * 1000) +
             static_cast<double>(micros % kMicrosPerSecond) / 1000.0;
    }
    case Part::Form::kSeconds: {
      const auto micros = static_cast<int64_t>(part.value);
      return static_cast<double>(micros / kMicrosPerSecond) +
             static_cast<double>(micros % kMicrosPerSecond) / 1e6;
    }
    case Part::Form::kEpoch:
      return value / 1e6;
    case Part::Form::kJulian: {
      const double seconds = static_cast<double>(part.micros_of_day / kMicrosPerSecond) +
                             static_cast<double>(part.micros_of_day % kMicrosPerSecond) / 1e6;
      return value + seconds / static_cast<double>(kSecondsPerDay);
    }
    case Part::Form::kInfinity:
      return std::numeric_limits<double>::infinity();
    case Part::Form::kMinusInfinity:
      return -std::numeric_limits<double>::infinity();
    case Part::Form::kNull:
      return kNull;
  }
  __builtin_unreachable();
}

[[gnu::cold]] void fail(Context& context, bool is_known, Text field, TypeId type) {
  std::string name(field.view());
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  context.fail(is_known ? ErrorCode::kFeatureNotSupported : ErrorCode::kInvalidParameterValue,
               "unit \"" + name + (is_known ? "\" not supported" : "\" not recognized") + " for type " +
                   std::string(type_name(type)));
}

/// The part that `field` names; on failure the context holds the error and the part is 0.
template <class T>
Part part(Context& context, Text field, T value) {
  const std::optional<Unit> unit = find_datetime_unit(field.view());
  const std::optional<Part> found = unit ? part_of(*unit, value) : std::nullopt;
  if (found) return *found;
  fail(context, unit.has_value(), field, kTypeOf<T>);
  return integer(0);
}

}  // namespace

Nullable<Numeric> extract_date(Context& context, Text field, Date value) {
  return to_numeric(part(context, field, value));
}
Numeric extract_time(Context& context, Text field, Time value) {
  return to_numeric(part(context, field, value)).value();
}
Nullable<Numeric> extract_timestamp_any(Context& context, Text field, Timestamp value) {
  return to_numeric(part(context, field, value));
}
Nullable<Numeric> extract_timestamptz_any(Context& context, Text field, Timestamptz value) {
  return to_numeric(part(context, field, value));
}
Numeric extract_interval_any(Context& context, Text field, Interval value) {
  return to_numeric(part(context, field, value)).value();
}

Nullable<double> date_part_date(Context& context, Text field, Date value) {
  return to_double(part(context, field, midnight(context, value)));
}
double date_part_time(Context& context, Text field, Time value) {
  return to_double(part(context, field, value)).value();
}
Nullable<double> date_part_timestamp(Context& context, Text field, Timestamp value) {
  return to_double(part(context, field, value));
}
Nullable<double> date_part_timestamptz(Context& context, Text field, Timestamptz value) {
  return to_double(part(context, field, value));
}

double date_part_interval(Context& context, Text field, Interval value) {
  const Part found = part(context, field, value);
  if (found.form != Part::Form::kEpoch) return to_double(found).value();
  // The order of PostgreSQL's additions, which shows in the last bit.
  double seconds = static_cast<double>(value.micros) / 1e6;
  seconds += 31'557'600.0 * (value.months / kMonthsPerYear);
  seconds += 2'592'000.0 * (value.months % kMonthsPerYear);
  return seconds + 86'400.0 * value.days;
}

}  // namespace sqlmill::rt::sql
