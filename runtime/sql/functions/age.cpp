#include "runtime/sql/functions/age.h"

#include <utility>

namespace sqlmill::rt::sql {

Interval age_timestamp(Context& context, Timestamp later, Timestamp earlier) {
  if (!later.is_finite() || !earlier.is_finite()) {
    fail_timestamp_out_of_range(context);
    return {};
  }
  const bool negative = later < earlier;
  if (negative) std::swap(later, earlier);
  const CivilTimestamp end = civil_from_timestamp(later.micros);
  const CivilTimestamp begin = civil_from_timestamp(earlier.micros);
  int64_t months = (static_cast<int64_t>(end.date.year) - begin.date.year) * kMonthsPerYear + end.date.month -
                   begin.date.month;
  int64_t days = end.date.day - begin.date.day;
  int64_t micros = end.micros_of_day - begin.micros_of_day;
  if (micros < 0) {
    micros += kMicrosPerDay;
    --days;
  }
  if (days < 0) {
    // A month as long as the one that the earlier date is in; going back it is the same month, the earlier
    // argument's.
    const CivilDate& month = begin.date;
    days += days_in_month(month.year, month.month);
    --months;
  }
  if (negative) {
    months = -months;
    days = -days;
    micros = -micros;
  }
  return {micros, static_cast<int32_t>(days), static_cast<int32_t>(months)};
}

Interval age_timestamptz(Context& context, Timestamptz later, Timestamptz earlier) {
  return age_timestamp(context, Timestamp{later.micros}, Timestamp{earlier.micros});
}

}  // namespace sqlmill::rt::sql
