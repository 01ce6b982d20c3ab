// width_bucket: in which of some buckets of equal width, or between which of some thresholds, a number is. 0
// is below all buckets, the number of buckets + 1 above them.
#pragma once

#include "runtime/sql/numeric.h"
#include "runtime/sql/polymorphic.h"

namespace sqlmill::rt::sql {

int32_t width_bucket_numeric(Context& context, Numeric operand, Numeric low, Numeric high, int32_t count);
int32_t width_bucket_float8(Context& context, double operand, double low, double high, int32_t count);
/// The thresholds are sorted; how many of them are not greater than the operand.
int32_t width_bucket_array(Context& context, AnyElement operand, Array thresholds);

}  // namespace sqlmill::rt::sql
