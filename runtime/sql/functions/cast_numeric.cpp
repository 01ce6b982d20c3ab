#include "runtime/sql/functions/cast_numeric.h"

#include <charconv>
#include <concepts>

#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

namespace {

template <class T>
T numeric_to_integer(Context& context, const Numeric& value) {
  if (!value.is_finite()) {
    std::string message("cannot convert ");
    message += value.kind() == Numeric::Kind::kNan ? "NaN" : "infinity";
    message += " to ";
    message += type_name(kTypeOf<T>);
    context.fail(ErrorCode::kFeatureNotSupported, message);
    return 0;
  }
  const std::optional<int64_t> integer = to_int64(value);
  if (!integer) return fail_out_of_range<T>(context);
  return narrow<T>(context, *integer);
}

/// A number that is too large, or so small that nothing is left of it, is an error.
template <class T>
T checked_float(Context& context, const Numeric& value, T result) {
  const bool lost = value.is_finite() && (std::isinf(result) || (result == 0 && sign_of(value) != 0));
  if (lost) {
    std::string message(1, '"');
    append_text(value, message);
    message += "\" is out of range for type ";
    message += type_name(kTypeOf<T>);
    context.fail(ErrorCode::kNumericValueOutOfRange, message);
  }
  return result;
}

template <class T>
Text printed(Arena& arena, const T& value) {
  if constexpr (std::integral<T>) {
    char digits[24];
    const std::string_view text(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    return Text(text.size() <= Text::kInlineBytes ? text : arena.copy(text));
  }
  std::string text;
  append_text(value, text);
  if (text.size() <= Text::kInlineBytes) return Text(text);
  return Text(arena.copy(text));
}

}  // namespace

int16_t numeric_to_int2(Context& context, const Numeric& value) {
  return numeric_to_integer<int16_t>(context, value);
}
int32_t numeric_to_int4(Context& context, const Numeric& value) {
  return numeric_to_integer<int32_t>(context, value);
}
int64_t any_numeric_to_int8(Context& context, const Numeric& value) {
  return numeric_to_integer<int64_t>(context, value);
}
float numeric_to_float4(Context& context, const Numeric& value) {
  return checked_float(context, value, to_float(value));
}
double numeric_to_float8(Context& context, const Numeric& value) {
  return checked_float(context, value, to_double(value));
}

Text boolean_to_text(bool value) {
  return Text(value ? "true" : "false");
}
Text int2_to_text(Arena& arena, int16_t value) {
  return printed(arena, value);
}
Text int4_to_text(Arena& arena, int32_t value) {
  return printed(arena, value);
}
Text int8_to_text(Arena& arena, int64_t value) {
  return printed(arena, value);
}
Text float4_to_text(Arena& arena, float value) {
  return printed(arena, value);
}
Text float8_to_text(Arena& arena, double value) {
  return printed(arena, value);
}
Text numeric_to_text(Arena& arena, const Numeric& value) {
  return printed(arena, value);
}
Text bytea_to_text(Arena& arena, const Bytea& value) {
  return printed(arena, value);
}

}  // namespace sqlmill::rt::sql
