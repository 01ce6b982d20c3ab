// Time zones: UTC, fixed offsets, and the zones of the IANA database by their names, read from the system's
// /usr/share/zoneinfo (RFC 8536) when they are asked for first and kept as long as the process runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/sql/context.h"

namespace sqlmill::rt::sql {

class ZoneRules;

class TimeZone {
 public:
  /// Seconds east of UTC.
  static TimeZone fixed(int64_t seconds) { return {nullptr, seconds}; }
  static TimeZone of(const ZoneRules* rules) { return {rules, 0}; }

  /// What to add to UTC, in microseconds; both times count from 2000-01-01.
  int64_t offset_at(int64_t utc_micros) const;
  /// What was added to get this local time. A local time that did not exist counts as before the change of
  /// clocks, one that was there twice as after it, as PostgreSQL decides.
  int64_t offset_of_local(int64_t local_micros) const;

 private:
  TimeZone(const ZoneRules* rules, int64_t seconds) : rules_(rules), seconds_(seconds) {}
  const ZoneRules* rules_;
  int64_t seconds_;
};

/// `PST`, `Europe/Berlin`, in any case; nothing if there is no zone of the name.
std::optional<TimeZone> find_zone_by_name(std::string_view name);
/// By name, or as POSIX has offsets: positive is *west* of Greenwich, `+05:00` and `UTC+5` are New York's
/// winter. Fails if there is none.
TimeZone find_zone(Context& context, std::string_view name);

}  // namespace sqlmill::rt::sql
