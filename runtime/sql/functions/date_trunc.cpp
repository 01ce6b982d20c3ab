#include "runtime/sql/functions/date_trunc.h"

#include <optional>
#include <string>

#include "runtime/sql/datetime_units.h"
#include "runtime/sql/time_zone.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

namespace {

using Unit = DatetimeUnit;

/// The first year of the century or millennium with `year`, both astronomical.
int64_t first_year(int64_t year, int64_t length) {
  return floor_divide(year - 1, length) * length + 1;
}

/// The length of units that divide a day; 0 for others.
int64_t unit_micros(Unit unit) {
  switch (unit) {
    case Unit::kMicroseconds:
      return 1;
    case Unit::kMilliseconds:
      return 1000;
    case Unit::kSecond:
      return kMicrosPerSecond;
    case Unit::kMinute:
      return kMicrosPerMinute;
    case Unit::kHour:
      return kMicrosPerHour;
    case Unit::kDay:
      return kMicrosPerDay;
    default:
      return 0;
  }
}

/// The first day of the week, month … that `days` is in.
int64_t truncate_days(Unit unit, int64_t days) {
  const CivilDate date = civil_from_days(days);
  switch (unit) {
    case Unit::kWeek:
      return days - (day_of_week(days) + 6) % 7;
    case Unit::kMonth:
      return days - (date.day - 1);
    case Unit::kQuarter:
      return days_from_civil(date.year, (date.month - 1) / 3 * 3 + 1, 1);
    case Unit::kYear:
      return days_from_civil(date.year, 1, 1);
    case Unit::kDecade:
      return days_from_civil(floor_divide(date.year, 10) * 10, 1, 1);
    case Unit::kCentury:
      return days_from_civil(first_year(date.year, 100), 1, 1);
    case Unit::kMillennium:
      return days_from_civil(first_year(date.year, 1000), 1, 1);
    default:
      return days;
  }
}

/// The months of an interval without what is smaller than `unit`.
int32_t truncate_months(Unit unit, int32_t months) {
  switch (unit) {
    case Unit::kMonth:
      return months;
    case Unit::kQuarter:
      return months - months % 3;
    case Unit::kYear:
      return months - months % kMonthsPerYear;
    case Unit::kDecade:
      return months - months % (10 * kMonthsPerYear);
    case Unit::kCentury:
      return months - months % (100 * kMonthsPerYear);
    default:
      return months - months % (1000 * kMonthsPerYear);
  }
}

[[gnu::cold]] void fail(Context& context, bool is_known, Text field, TypeId type) {
  std::string name(field.view());
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  context.fail(is_known ? ErrorCode::kFeatureNotSupported : ErrorCode::kInvalidParameterValue,
               "unit \"" + name + (is_known ? "\" not supported" : "\" not recognized") + " for type " +
                   std::string(type_name(type)));
}

/// What extract knows beyond the units of date_trunc is unknown here.
std::optional<Unit> find_unit(Context& context, Text field, TypeId type) {
  const std::optional<Unit> unit = find_datetime_unit(field.view());
  if (unit && *unit <= Unit::kMillennium) return unit;
  const bool is_zone = unit && *unit >= Unit::kTimezone;
  fail(context, is_zone, field, type);
  return std::nullopt;
}

int64_t truncate(Context& context, Text field, TypeId type, int64_t micros) {
  const std::optional<Unit> unit = find_unit(context, field, type);
  if (!unit) return micros;
  if (const int64_t length = unit_micros(*unit)) return floor_divide(micros, length) * length;
  const int64_t days = truncate_days(*unit, floor_divide(micros, kMicrosPerDay));
  if (days >= kMinDays) return days * kMicrosPerDay;
  fail_timestamp_out_of_range(context);
  return micros;
}

}  // namespace

Timestamp date_trunc_timestamp(Context& context, Text field, Timestamp value) {
  if (!value.is_finite()) return value;
  return {truncate(context, field, TypeId::kTimestamp, value.micros)};
}

Timestamptz date_trunc_timestamptz(Context& context, Text field, Timestamptz value) {
  if (!value.is_finite()) return value;
  return {truncate(context, field, TypeId::kTimestamptz, value.micros)};
}

Timestamptz date_trunc_timestamptz_zone(Context& context, Text field, Timestamptz value, Text zone) {
  if (!value.is_finite()) return value;
  const TimeZone time_zone = find_zone(context, zone.view());
  const int64_t offset = time_zone.offset_at(value.micros);
  const int64_t local = truncate(context, field, TypeId::kTimestamptz, value.micros + offset);
  // Within a day the offset stays what it was; PostgreSQL looks again only for what is a day or more.
  const std::optional<Unit> unit = find_datetime_unit(field.view());
  const bool looks_again = unit && *unit >= Unit::kDay;
  const int64_t result = local - (looks_again ? time_zone.offset_of_local(local) : offset);
  if (!timestamp_in_range(result)) fail_timestamp_out_of_range(context);
  return {result};
}

Interval date_trunc_interval(Context& context, Text field, Interval value) {
  const std::optional<Unit> unit = find_unit(context, field, TypeId::kInterval);
  if (!unit) return value;
  if (*unit == Unit::kWeek) {
    fail(context, true, field, TypeId::kInterval);
    return value;
  }
  if (*unit == Unit::kDay) return {0, value.days, value.months};
  if (const int64_t length = unit_micros(*unit)) {
    return {value.micros - value.micros % length, value.days, value.months};
  }
  return {0, 0, truncate_months(*unit, value.months)};
}

}  // namespace sqlmill::rt::sql
