#include "runtime/sql/functions/arithmetic.h"

namespace sqlmill::rt::sql {

void fail_division_by_zero(Context& context) {
  context.fail(ErrorCode::kDivisionByZero, "division by zero");
}

void fail_float_overflow(Context& context) {
  context.fail(ErrorCode::kNumericValueOutOfRange, "value out of range: overflow");
}

void fail_float_underflow(Context& context) {
  context.fail(ErrorCode::kNumericValueOutOfRange, "value out of range: underflow");
}

}  // namespace sqlmill::rt::sql
