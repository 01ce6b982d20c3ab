#include "runtime/sql/datetime_units.h"

namespace sqlmill::rt::sql {

namespace {

struct Name {
  std::string_view name;
  DatetimeUnit unit;
};

using enum DatetimeUnit;

constexpr Name kNames[] = {
    {"us", kMicroseconds},
    {"usec", kMicroseconds},
    {"usecs", kMicroseconds},
    {"usecond", kMicroseconds},
    {"useconds", kMicroseconds},
    {"microsecon", kMicroseconds},
    {"ms", kMilliseconds},
    {"msec", kMilliseconds},
    {"msecs", kMilliseconds},
    {"msecond", kMilliseconds},
    {"mseconds", kMilliseconds},
    {"millisecon", kMilliseconds},
    {"s", kSecond},
    {"sec", kSecond},
    {"secs", kSecond},
    {"second", kSecond},
    {"seconds", kSecond},
    {"m", kMinute},
    {"min", kMinute},
    {"mins", kMinute},
    {"minute", kMinute},
    {"minutes", kMinute},
    {"h", kHour},
    {"hr", kHour},
    {"hrs", kHour},
    {"hour", kHour},
    {"hours", kHour},
    {"d", kDay},
    {"day", kDay},
    {"days", kDay},
    {"w", kWeek},
    {"week", kWeek},
    {"weeks", kWeek},
    {"mon", kMonth},
    {"mons", kMonth},
    {"month", kMonth},
    {"months", kMonth},
    {"qtr", kQuarter},
    {"quarter", kQuarter},
    {"y", kYear},
    {"yr", kYear},
    {"yrs", kYear},
    {"year", kYear},
    {"years", kYear},
    {"dec", kDecade},
    {"decs", kDecade},
    {"decade", kDecade},
    {"decades", kDecade},
    {"c", kCentury},
    {"cent", kCentury},
    {"century", kCentury},
    {"centuries", kCentury},
    {"mil", kMillennium},
    {"mils", kMillennium},
    {"millennium", kMillennium},
    {"millennia", kMillennium},
    {"epoch", kEpoch},
    {"dow", kDayOfWeek},
    {"isodow", kIsoDayOfWeek},
    {"doy", kDayOfYear},
    {"isoyear", kIsoYear},
    {"j", kJulian},
    {"jd", kJulian},
    {"julian", kJulian},
    {"timezone", kTimezone},
    {"timezone_h", kTimezoneHour},
    {"timezone_m", kTimezoneMinute},
};

}  // namespace

std::optional<DatetimeUnit> find_datetime_unit(std::string_view name) {
  // PostgreSQL looks at the first ten characters, which is how `microseconds` comes to be in its table.
  constexpr size_t kSignificant = 10;
  char bytes[kSignificant];
  const size_t size = name.size() < kSignificant ? name.size() : kSignificant;
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] + 32) : name[i];
  }
  const std::string_view key(bytes, size);
  for (const Name& known : kNames) {
    if (known.name == key) return known.unit;
  }
  return std::nullopt;
}

}  // namespace sqlmill::rt::sql
