#include "runtime/sql/functions/factorial.h"

#include "runtime/sql/numeric_big.h"

namespace sqlmill::rt::sql {

Numeric factorial(Context& context, int64_t value) {
  constexpr int64_t kGreatest = 32'177;
  if (value < 0) {
    context.fail(ErrorCode::kNumericValueOutOfRange, "factorial of a negative number is undefined");
    return Numeric();
  }
  if (value > kGreatest) return fail_numeric_overflow(context);
  BigInteger result;
  mpz_fac_ui(result, static_cast<unsigned long>(value));
  return make_numeric_checked(context, result, 0);
}

}  // namespace sqlmill::rt::sql
