// factorial(n)
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

/// Fails for negative numbers, and for those whose factorial no numeric holds.
Numeric factorial(Context& context, int64_t value);

}  // namespace sqlmill::rt::sql
