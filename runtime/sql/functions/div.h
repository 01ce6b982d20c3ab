// div(numeric, numeric): the quotient truncated to an integer.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

Numeric div_numeric(Context& context, const Numeric& a, const Numeric& b);

}  // namespace sqlmill::rt::sql
