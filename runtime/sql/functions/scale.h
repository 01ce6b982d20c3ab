// scale, min_scale and trim_scale of a numeric: digits after the point, with and without trailing zeros.
#pragma once

#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

Nullable<int32_t> scale_numeric(const Numeric& value);
Nullable<int32_t> min_scale_numeric(const Numeric& value);
Numeric trim_scale_numeric(Arena& arena, const Numeric& value);

}  // namespace sqlmill::rt::sql
