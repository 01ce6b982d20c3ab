#include "runtime/sql/functions/jsonb_cast.h"

#include <string>

#include "runtime/sql/functions/cast_numeric.h"
#include "runtime/sql/functions/jsonb_access.h"

namespace sqlmill::rt::sql {

namespace {

/// Whether the value is of the kind; otherwise fails as PostgreSQL does.
template <class To>
bool is_kind(Context& context, Jsonb value, JsonKind kind) {
  const JsonKind actual = json_kind(value.text.view());
  if (actual == kind) return true;
  const std::string name = actual == JsonKind::kNumber ? "numeric" : std::string(jsonb_typeof(value).view());
  context.fail(ErrorCode::kInvalidParameterValue,
               "cannot cast jsonb " + name + " to type " + std::string(type_name(kTypeOf<To>)));
  return false;
}

template <class To>
Numeric number(Context& context, Jsonb value) {
  if (!is_kind<To>(context, value, JsonKind::kNumber)) return Numeric();
  return numeric_from_text(context, value.text.view());
}

}  // namespace

bool jsonb_to_boolean(Context& context, Jsonb value) {
  return is_kind<bool>(context, value, JsonKind::kBoolean) && value.text == "true"_text;
}
int16_t jsonb_to_int2(Context& context, Jsonb value) {
  return numeric_to_int2(context, number<int16_t>(context, value));
}
int32_t jsonb_to_int4(Context& context, Jsonb value) {
  return numeric_to_int4(context, number<int32_t>(context, value));
}
int64_t jsonb_to_int8(Context& context, Jsonb value) {
  return numeric_to_int8(context, number<int64_t>(context, value));
}
float jsonb_to_float4(Context& context, Jsonb value) {
  return numeric_to_float4(context, number<float>(context, value));
}
double jsonb_to_float8(Context& context, Jsonb value) {
  return numeric_to_float8(context, number<double>(context, value));
}
Numeric jsonb_to_numeric(Context& context, Jsonb value) {
  return number<Numeric>(context, value);
}

}  // namespace sqlmill::rt::sql
