#include "runtime/sql/functions/div.h"

#include "runtime/sql/functions/arithmetic.h"

namespace sqlmill::rt::sql {

Numeric div_numeric(Context& context, const Numeric& a, const Numeric& b) {
  if (!a.is_finite() || !b.is_finite()) return divide(context, a, b);
  const Numeric remainder = modulo(context, a, b);
  if (context.failed()) return Numeric();
  // What is left divides without a remainder, so that the quotient's digits are exact wherever it is cut.
  const Numeric multiple = subtract(context, a, remainder);
  return rescale(context.arena(), divide(context, multiple, b), 0, Rounding::kHalfAwayFromZero);
}

}  // namespace sqlmill::rt::sql
