// exp, ln and log. log(x) is to base 10, as is log10(x).
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

double exp_float8(Context& context, double value);
double ln_float8(Context& context, double value);
double log10_float8(Context& context, double value);

Numeric exp_numeric(Context& context, const Numeric& value);
Numeric ln_numeric(Context& context, const Numeric& value);
Numeric log10_numeric(Context& context, const Numeric& value);
Numeric log_numeric(Context& context, const Numeric& base, const Numeric& value);

}  // namespace sqlmill::rt::sql
