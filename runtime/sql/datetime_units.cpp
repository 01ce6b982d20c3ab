#include "runtime/sql/datetime_units.h"

#include <array>

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

/// PostgreSQL looks at the first ten characters, which is how `microseconds` comes to be in its table.
constexpr size_t kSignificant = 10;

/// These in lower case, as a number: an extract for each row is more common than a wrong name.
using Key = unsigned __int128;
constexpr Key key_of(std::string_view name) {
  Key key = 0;
  for (const char c : name.substr(0, kSignificant)) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    key = key << 8 | static_cast<unsigned char>(lower);
  }
  return key;
}

constexpr size_t kSlots = 256;
constexpr size_t slot_of(Key key) {
  const auto folded = static_cast<uint64_t>(key) ^ static_cast<uint64_t>(key >> 64) << 40;
  return folded * 0x9e3779b97f4a7c15 >> 56;
}

/// Keys by hash, each with one more than the place of its name; 0 ends a search.
struct Table {
  std::array<Key, kSlots> keys{};
  std::array<uint8_t, kSlots> names{};
};
constexpr Table make_table() {
  Table table;
  for (size_t i = 0; i < std::size(kNames); ++i) {
    const Key key = key_of(kNames[i].name);
    size_t at = slot_of(key);
    while (table.names[at] != 0) at = (at + 1) % kSlots;
    table.keys[at] = key;
    table.names[at] = static_cast<uint8_t>(i + 1);
  }
  return table;
}
constexpr Table kTable = make_table();

}  // namespace

std::optional<DatetimeUnit> find_datetime_unit(std::string_view name) {
  const Key key = key_of(name);
  for (size_t at = slot_of(key); kTable.names[at] != 0; at = (at + 1) % kSlots) {
    if (kTable.keys[at] == key) return kNames[kTable.names[at] - 1].unit;
  }
  return std::nullopt;
}

}  // namespace sqlmill::rt::sql
