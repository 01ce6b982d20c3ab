// jsonb from SQL values: to_jsonb, jsonb_build_object, jsonb_build_array; and for people: jsonb_pretty.
#pragma once

#include "runtime/sql/polymorphic.h"

namespace sqlmill::rt::sql {

Jsonb to_jsonb(Context& context, Any value);
/// Keys and values in turns.
Jsonb jsonb_build_object(Context& context, Variadic<Any> values);
Jsonb jsonb_build_array(Context& context, Variadic<Any> values);
inline Jsonb jsonb_build_empty_object() {
  return {Text("{}")};
}
inline Jsonb jsonb_build_empty_array() {
  return {Text("[]")};
}
/// Of texts: keys and values in turns, in one dimension or in pairs.
Jsonb jsonb_object(Context& context, ArrayOf<Text> members);
Jsonb jsonb_object_of(Context& context, ArrayOf<Text> keys, ArrayOf<Text> values);
/// A line for each member, indented by four spaces.
Text jsonb_pretty(Arena& arena, Jsonb value);

}  // namespace sqlmill::rt::sql
