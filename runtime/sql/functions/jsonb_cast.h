// Casts of jsonb: to and from text, and of JSON booleans and numbers to their SQL types.
#pragma once

#include "runtime/sql/jsonb.h"
#include "runtime/sql/numeric.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

inline Text jsonb_to_text(Jsonb value) {
  return value.text;
}
inline Jsonb text_to_jsonb(Context& context, Text value) {
  return jsonb_from_text(context, value.view());
}

bool jsonb_to_boolean(Context& context, Jsonb value);
int16_t jsonb_to_int2(Context& context, Jsonb value);
int32_t jsonb_to_int4(Context& context, Jsonb value);
int64_t jsonb_to_int8(Context& context, Jsonb value);
float jsonb_to_float4(Context& context, Jsonb value);
double jsonb_to_float8(Context& context, Jsonb value);
Numeric jsonb_to_numeric(Context& context, Jsonb value);

}  // namespace sqlmill::rt::sql
