// Looking into jsonb: the operators ->, ->>, #> and #>>, jsonb_typeof and jsonb_array_length. What is not
// there is NULL, and so is a key of something that is no object, or an index of an object. -> gives a jsonb,
// which borrows the bytes of its argument; ->> gives text, NULL for a JSON null.
#pragma once

#include "runtime/sql/jsonb.h"
#include "runtime/sql/polymorphic.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

Nullable<Jsonb> jsonb_member(Jsonb value, Text key);
/// From 0; negative ones count from the end.
Nullable<Jsonb> jsonb_element(Jsonb value, int32_t index);
Nullable<Text> jsonb_member_text(Arena& arena, Jsonb value, Text key);
Nullable<Text> jsonb_element_text(Arena& arena, Jsonb value, int32_t index);

/// Along a path of keys and, in arrays, of indices as texts: #> and #>>.
Nullable<Jsonb> jsonb_path(Jsonb value, ArrayOf<Text> path);
Nullable<Text> jsonb_path_text(Arena& arena, Jsonb value, ArrayOf<Text> path);
Nullable<Jsonb> jsonb_extract_path(Jsonb value, Variadic<Text> path);
Nullable<Text> jsonb_extract_path_text(Arena& arena, Jsonb value, Variadic<Text> path);

/// The elements of an array as ->> gives them. Not callable in SQL.
Nullable<ArrayOf<Text>> jsonb_as_texts(Context& context, Jsonb value);

/// object, array, string, number, boolean, null.
Text jsonb_typeof(Jsonb value);
int32_t jsonb_array_length(Context& context, Jsonb value);

}  // namespace sqlmill::rt::sql
