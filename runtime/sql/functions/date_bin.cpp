#include "runtime/sql/functions/date_bin.h"

namespace sqlmill::rt::sql {

Timestamp date_bin_timestamp(Context& context, Interval stride, Timestamp value, Timestamp origin) {
  if (!value.is_finite()) return value;
  const auto fail = [&](ErrorCode code, std::string_view message) {
    context.fail(code, message);
    return value;
  };
  if (!origin.is_finite()) return fail(ErrorCode::kDatetimeFieldOverflow, "origin out of range");
  if (stride.months != 0) {
    return fail(ErrorCode::kFeatureNotSupported,
                "timestamps cannot be binned into intervals containing months or years");
  }
  int64_t length;
  if (__builtin_mul_overflow(int64_t{stride.days}, kMicrosPerDay, &length) ||
      __builtin_add_overflow(length, stride.micros, &length)) {
    return fail(ErrorCode::kDatetimeFieldOverflow, "interval out of range");
  }
  if (length <= 0) return fail(ErrorCode::kDatetimeFieldOverflow, "stride must be greater than zero");
  int64_t distance;
  if (__builtin_sub_overflow(value.micros, origin.micros, &distance)) {
    return fail(ErrorCode::kDatetimeFieldOverflow, "interval out of range");
  }
  const int64_t rest = distance % length;
  // Before the origin the bin begins below, not above.
  const __int128 begin = static_cast<__int128>(value.micros) - rest - (rest < 0 ? length : 0);
  if (begin < kMinTimestampMicros) {
    fail_timestamp_out_of_range(context);
    return value;
  }
  return {static_cast<int64_t>(begin)};
}

Timestamptz date_bin_timestamptz(Context& context, Interval stride, Timestamptz value, Timestamptz origin) {
  return {date_bin_timestamp(context, stride, Timestamp{value.micros}, Timestamp{origin.micros}).micros};
}

}  // namespace sqlmill::rt::sql
