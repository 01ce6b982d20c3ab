// The rounding of multiplication and division follows PostgreSQL's interval_mul and interval_div to the bit,
// which is why it is done in doubles.
#include "runtime/sql/interval.h"

#include <cmath>

namespace sqlmill::rt::sql {

namespace {

bool fits_int32(double value) {
  return value >= INT32_MIN && value <= INT32_MAX;
}

bool fits_int64(double value) {
  return value >= -0x1p63 && value < 0x1p63;
}

/// Rounded to a millionth: products of decimal fractions are not exact.
double round_to_micros(double seconds) {
  return std::rint(seconds * 1e6) / 1e6;
}

/// The interval whose months, days and microseconds are these; what is behind the point of months and days
/// goes down.
Interval cascade(Context& context, double months, double days, double micros) {
  Interval result{};
  if (!fits_int32(months) || !fits_int32(days)) {
    fail_interval_out_of_range(context);
    return result;
  }
  result.months = static_cast<int32_t>(months);
  result.days = static_cast<int32_t>(days);
  const double month_days = round_to_micros((months - result.months) * kDaysPerMonth);
  double seconds = round_to_micros((days - result.days + month_days - static_cast<int32_t>(month_days)) *
                                   static_cast<double>(kSecondsPerDay));
  int32_t more_days = static_cast<int32_t>(month_days);
  // 24:00:00 through rounding, or more where both months and days had fractions.
  if (std::fabs(seconds) >= static_cast<double>(kSecondsPerDay)) {
    const auto whole = static_cast<int32_t>(seconds / static_cast<double>(kSecondsPerDay));
    more_days += whole;
    seconds -= static_cast<double>(whole * kSecondsPerDay);
  }
  const double total = std::rint(micros + seconds * 1e6);
  if (__builtin_add_overflow(result.days, more_days, &result.days) || !fits_int64(total)) {
    fail_interval_out_of_range(context);
    return {};
  }
  result.micros = static_cast<int64_t>(total);
  return result;
}

/// Gives `high` the sign that `low` has if they differ; `unit` of low is one of high.
template <class High, class Low>
void same_sign(High& high, Low& low, Low unit) {
  if (high > 0 && low < 0) {
    low += unit;
    --high;
  } else if (high < 0 && low > 0) {
    low -= unit;
    ++high;
  }
}

}  // namespace

int compare(const Interval& a, const Interval& b) {
  const __int128 left = total_micros(a);
  const __int128 right = total_micros(b);
  return (left > right) - (left < right);
}

Interval add_intervals(Context& context, Interval a, Interval b) {
  Interval result{};
  if (__builtin_add_overflow(a.months, b.months, &result.months) ||
      __builtin_add_overflow(a.days, b.days, &result.days) ||
      __builtin_add_overflow(a.micros, b.micros, &result.micros)) {
    fail_interval_out_of_range(context);
  }
  return result;
}

Interval subtract_intervals(Context& context, Interval a, Interval b) {
  Interval result{};
  if (__builtin_sub_overflow(a.months, b.months, &result.months) ||
      __builtin_sub_overflow(a.days, b.days, &result.days) ||
      __builtin_sub_overflow(a.micros, b.micros, &result.micros)) {
    fail_interval_out_of_range(context);
  }
  return result;
}

Interval negate_interval(Context& context, Interval a) {
  return subtract_intervals(context, Interval{}, a);
}

Interval multiply_interval(Context& context, Interval a, double factor) {
  return cascade(context, a.months * factor, a.days * factor, static_cast<double>(a.micros) * factor);
}

Interval divide_interval(Context& context, Interval a, double divisor) {
  if (divisor == 0) {
    context.fail(ErrorCode::kDivisionByZero, "division by zero");
    return {};
  }
  return cascade(context, a.months / divisor, a.days / divisor, static_cast<double>(a.micros) / divisor);
}

Interval justify_hours(Context& context, Interval a) {
  const auto days = static_cast<int32_t>(a.micros / kMicrosPerDay);
  a.micros -= days * kMicrosPerDay;
  if (__builtin_add_overflow(a.days, days, &a.days)) {
    fail_interval_out_of_range(context);
    return {};
  }
  same_sign(a.days, a.micros, kMicrosPerDay);
  return a;
}

Interval justify_days(Context& context, Interval a) {
  const int32_t months = a.days / kDaysPerMonth;
  a.days -= months * kDaysPerMonth;
  if (__builtin_add_overflow(a.months, months, &a.months)) {
    fail_interval_out_of_range(context);
    return {};
  }
  same_sign(a.months, a.days, kDaysPerMonth);
  return a;
}

Interval justify_interval(Context& context, Interval a) {
  // Days go up before hours do if they have the same sign, so that hours cannot overflow them.
  const auto days_up = [&] {
    const int32_t months = a.days / kDaysPerMonth;
    a.days -= months * kDaysPerMonth;
    return __builtin_add_overflow(a.months, months, &a.months);
  };
  bool overflow = false;
  if ((a.days > 0 && a.micros > 0) || (a.days < 0 && a.micros < 0)) overflow = days_up();
  const auto whole_days = static_cast<int32_t>(a.micros / kMicrosPerDay);
  a.micros -= whole_days * kMicrosPerDay;
  overflow = overflow || __builtin_add_overflow(a.days, whole_days, &a.days) || days_up();
  if (overflow) {
    fail_interval_out_of_range(context);
    return {};
  }
  const bool days_or_time_negative = a.days < 0 || (a.days == 0 && a.micros < 0);
  const bool days_or_time_positive = a.days > 0 || (a.days == 0 && a.micros > 0);
  if (a.months > 0 && days_or_time_negative) {
    a.days += kDaysPerMonth;
    --a.months;
  } else if (a.months < 0 && days_or_time_positive) {
    a.days -= kDaysPerMonth;
    ++a.months;
  }
  same_sign(a.days, a.micros, kMicrosPerDay);
  return a;
}

int64_t add_interval_to_micros(Context& context, int64_t timestamp_micros, Interval interval) {
  if (timestamp_micros == INT64_MAX || timestamp_micros == INT64_MIN) return timestamp_micros;
  const auto fail = [&] {
    fail_timestamp_out_of_range(context);
    return timestamp_micros;
  };
  int64_t days = floor_divide(timestamp_micros, kMicrosPerDay);
  const int64_t rest = timestamp_micros - days * kMicrosPerDay;
  if (interval.months != 0) {
    const CivilDate date = civil_from_days(days);
    const int64_t months =
        static_cast<int64_t>(date.year) * kMonthsPerYear + date.month - 1 + interval.months;
    const int64_t year = floor_divide(months, kMonthsPerYear);
    const auto month = static_cast<int32_t>(months - year * kMonthsPerYear + 1);
    const int32_t last = days_in_month(year, month);
    days = days_from_civil(year, month, date.day < last ? date.day : last);
  }
  int64_t micros;
  // What is out of range after the months stays so, as in PostgreSQL; the same for the days.
  if (days * static_cast<__int128>(kMicrosPerDay) + rest >= kEndTimestampMicros || days < kMinDays)
    return fail();
  days += interval.days;
  if (__builtin_mul_overflow(days, kMicrosPerDay, &micros) || __builtin_add_overflow(micros, rest, &micros) ||
      __builtin_add_overflow(micros, interval.micros, &micros) || !timestamp_in_range(micros)) {
    return fail();
  }
  return micros;
}

Timestamp midnight(Context& context, Date date) {
  if (!date.is_finite()) return {date.days == INT32_MAX ? INT64_MAX : INT64_MIN};
  if (date.days < kEndTimestampMicros / kMicrosPerDay) return {date.days * kMicrosPerDay};
  context.fail(ErrorCode::kDatetimeFieldOverflow, "date out of range for timestamp");
  return {};
}

}  // namespace sqlmill::rt::sql
