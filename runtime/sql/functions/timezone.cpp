#include "runtime/sql/functions/timezone.h"

#include <string>

#include "runtime/sql/datetime_text.h"
#include "runtime/sql/time_zone.h"

namespace sqlmill::rt::sql {

namespace {

int64_t shift(Context& context, int64_t micros, int64_t offset) {
  const int64_t result = micros + offset;
  if (!timestamp_in_range(result)) fail_timestamp_out_of_range(context);
  return result;
}

TimeZone zone_of(Context& context, const Interval& interval) {
  if (interval.months != 0 || interval.days != 0) {
    std::string text;
    append_text(interval, text);
    context.fail(ErrorCode::kInvalidParameterValue,
                 "interval time zone \"" + text + "\" must not include months or days");
  }
  return TimeZone::fixed(interval.micros / kMicrosPerSecond);
}

}  // namespace

Timestamp timezone_of_timestamptz(Context& context, Text zone, Timestamptz value) {
  if (!value.is_finite()) return {value.micros};
  return {shift(context, value.micros, find_zone(context, zone.view()).offset_at(value.micros))};
}

Timestamptz timezone_of_timestamp(Context& context, Text zone, Timestamp value) {
  if (!value.is_finite()) return {value.micros};
  return {shift(context, value.micros, -find_zone(context, zone.view()).offset_of_local(value.micros))};
}

Timestamp timezone_interval_of_timestamptz(Context& context, Interval zone, Timestamptz value) {
  if (!value.is_finite()) return {value.micros};
  return {shift(context, value.micros, zone_of(context, zone).offset_at(value.micros))};
}

Timestamptz timezone_interval_of_timestamp(Context& context, Interval zone, Timestamp value) {
  if (!value.is_finite()) return {value.micros};
  return {shift(context, value.micros, -zone_of(context, zone).offset_of_local(value.micros))};
}

}  // namespace sqlmill::rt::sql
