#include "runtime/sql/functions/timezone.h"

#include <charconv>
#include <string>

#include "runtime/sql/datetime_text.h"
#include "runtime/sql/text_input.h"

namespace sqlmill::rt::sql {

namespace {

/// h[:mm[:ss]] with a sign or without one, as a number of seconds. False if it is something else.
bool read_posix_offset(std::string_view text, int64_t& seconds) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  constexpr int64_t kMaxHour = 24 * 7 - 1;
  constexpr int64_t kLimits[] = {kMaxHour, 59, 60};
  constexpr int64_t kSeconds[] = {3600, 60, 1};
  seconds = 0;
  for (int i = 0; i < 3; ++i) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value > kLimits[i]) return false;
    seconds += value * kSeconds[i];
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (text.empty()) break;
    if (i == 2 || text[0] != ':') return false;
    text.remove_prefix(1);
  }
  if (negative) seconds = -seconds;
  return true;
}

int64_t shift(Context& context, int64_t micros, int64_t offset) {
  const int64_t result = micros + offset;
  if (!timestamp_in_range(result)) fail_timestamp_out_of_range(context);
  return result;
}

}  // namespace

int64_t time_zone_offset_micros(Context& context, Text zone) {
  std::string_view name = zone.view();
  int32_t none = 0;
  if (find_time_zone(name, none)) return 0;
  constexpr std::string_view kMoreNames[] = {"etc/utc", "etc/gmt",   "etc/uct",  "etc/zulu",
                                             "uct",     "universal", "greenwich"};
  for (const std::string_view known : kMoreNames) {
    if (equals_ignoring_case(name, known)) return 0;
  }
  if (name.size() > 3 && find_time_zone(name.substr(0, 3), none)) name.remove_prefix(3);
  int64_t west = 0;
  if (read_posix_offset(name, west)) return -west * kMicrosPerSecond;
  context.fail(ErrorCode::kInvalidParameterValue,
               "time zone \"" + std::string(zone.view()) +
                   "\" not recognized; only UTC and fixed offsets are supported");
  return 0;
}

Timestamp timezone_of_timestamptz(Context& context, Text zone, Timestamptz value) {
  if (!value.is_finite()) return {value.micros};
  return {shift(context, value.micros, time_zone_offset_micros(context, zone))};
}

Timestamptz timezone_of_timestamp(Context& context, Text zone, Timestamp value) {
  if (!value.is_finite()) return {value.micros};
  return {shift(context, value.micros, -time_zone_offset_micros(context, zone))};
}

}  // namespace sqlmill::rt::sql
