// to_char of numbers, and to_number. An empty pattern gives an empty text, and no number.
#pragma once

#include "runtime/sql/numeric.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

Text to_char_int4(Context& context, int32_t value, Text pattern);
Text to_char_int8(Context& context, int64_t value, Text pattern);
Text to_char_numeric(Context& context, Numeric value, Text pattern);
Text to_char_float4(Context& context, float value, Text pattern);
Text to_char_float8(Context& context, double value, Text pattern);

Nullable<Numeric> to_number(Context& context, Text text, Text pattern);

}  // namespace sqlmill::rt::sql
