#include "runtime/sql/functions/width_bucket.h"

#include <cmath>

#include "runtime/sql/array.h"
#include "runtime/sql/compare.h"

namespace sqlmill::rt::sql {

namespace {

int32_t fail(Context& context, std::string_view message) {
  context.fail(ErrorCode::kInvalidArgumentForWidthBucket, message);
  return 0;
}

int32_t beyond(Context& context, int32_t count) {
  int32_t next = 0;
  if (__builtin_add_overflow(count, 1, &next))
    context.fail(ErrorCode::kNumericValueOutOfRange, "integer out of range");
  return next;
}

}  // namespace

int32_t width_bucket_numeric(Context& context, Numeric operand, Numeric low, Numeric high, int32_t count) {
  using Kind = Numeric::Kind;
  if (count <= 0) return fail(context, "count must be greater than zero");
  if (operand.kind() == Kind::kNan || low.kind() == Kind::kNan || high.kind() == Kind::kNan)
    return fail(context, "operand, lower bound, and upper bound cannot be NaN");
  if (!low.is_finite() || !high.is_finite()) return fail(context, "lower and upper bounds must be finite");
  const int order = compare(low, high);
  if (order == 0) return fail(context, "lower bound cannot equal upper bound");
  const bool ascends = order < 0;
  if (ascends ? compare(operand, low) < 0 : compare(operand, low) > 0) return 0;
  if (ascends ? compare(operand, high) >= 0 : compare(operand, high) <= 0) return beyond(context, count);
  // floor((operand - low) * count / (high - low)) + 1, the division exact enough by its remainder.
  const Numeric offset =
      multiply(context, ascends ? subtract(context, operand, low) : subtract(context, low, operand),
               numeric_from_integer(count));
  const Numeric width = ascends ? subtract(context, high, low) : subtract(context, low, high);
  const Numeric whole = subtract(context, offset, modulo(context, offset, width));
  const auto bucket = to_int64(divide(context, whole, width));
  return static_cast<int32_t>(bucket.value_or(0) + 1);
}

int32_t width_bucket_float8(Context& context, double operand, double low, double high, int32_t count) {
  if (count <= 0) return fail(context, "count must be greater than zero");
  if (std::isnan(operand) || std::isnan(low) || std::isnan(high))
    return fail(context, "operand, lower bound, and upper bound cannot be NaN");
  if (std::isinf(low) || std::isinf(high)) return fail(context, "lower and upper bounds must be finite");
  if (low == high) return fail(context, "lower bound cannot equal upper bound");
  const bool ascends = low < high;
  if (ascends ? operand < low : operand > low) return 0;
  if (ascends ? operand >= high : operand <= high) return beyond(context, count);
  double ratio = 0;
  if (ascends) {
    ratio = std::isinf(high - low) ? (operand / 2 - low / 2) / (high / 2 - low / 2)
                                   : (operand - low) / (high - low);
  } else {
    ratio = std::isinf(low - high) ? (low / 2 - operand / 2) / (low / 2 - high / 2)
                                   : (low - operand) / (low - high);
  }
  // The quotient may round up to 1.
  const auto bucket = static_cast<int32_t>(count * ratio);
  return (bucket >= count ? count - 1 : bucket) + 1;
}

int32_t width_bucket_array(Context& context, AnyElement operand, Array thresholds) {
  const ArrayReader reader(thresholds);
  if (reader.dimensions() > 1) {
    context.fail(ErrorCode::kArraySubscriptError, "thresholds must be one-dimensional array");
    return 0;
  }
  if (reader.has_nulls()) {
    context.fail(ErrorCode::kNullValueNotAllowed, "thresholds array must not contain NULLs");
    return 0;
  }
  int32_t left = 0;
  int32_t right = reader.size();
  while (left < right) {
    const int32_t middle = left + (right - left) / 2;
    if (compare(operand.datum, reader.at(middle)) < 0) {
      right = middle;
    } else {
      left = middle + 1;
    }
  }
  return left;
}

}  // namespace sqlmill::rt::sql
