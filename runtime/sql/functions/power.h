// power(a, b), also called pow, and the operator ^.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

double power_float8(Context& context, double base, double exponent);
Numeric power_numeric(Context& context, const Numeric& base, const Numeric& exponent);

}  // namespace sqlmill::rt::sql
