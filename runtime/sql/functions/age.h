// age(later, earlier): the difference in years, months, days and time, as people count; and isfinite.
#pragma once

#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

Interval age_timestamp(Context& context, Timestamp later, Timestamp earlier);
Interval age_timestamptz(Context& context, Timestamptz later, Timestamptz earlier);

constexpr bool isfinite_date(Date value) {
  return value.is_finite();
}
constexpr bool isfinite_timestamp(Timestamp value) {
  return value.is_finite();
}
constexpr bool isfinite_timestamptz(Timestamptz value) {
  return value.is_finite();
}
constexpr bool isfinite_interval(Interval) {
  return true;
}

}  // namespace sqlmill::rt::sql
