// jsonb changed: ||, -, #-, jsonb_set, jsonb_insert, jsonb_strip_nulls. A path is an array of keys and, for
// arrays, of numbers as texts, from 0 or from -1 backwards.
#pragma once

#include "runtime/sql/jsonb.h"
#include "runtime/sql/polymorphic.h"

namespace sqlmill::rt::sql {

/// Two objects become one, of whose equal keys the right one counts; everything else becomes an array.
Jsonb jsonb_concat(Arena& arena, Jsonb a, Jsonb b);
/// Without a key, or without the strings like it in an array.
Jsonb jsonb_delete(Context& context, Jsonb value, Text key);
Jsonb jsonb_delete_keys(Context& context, Jsonb value, ArrayOf<Text> keys);
Jsonb jsonb_delete_index(Context& context, Jsonb value, int32_t index);
Jsonb jsonb_delete_path(Context& context, Jsonb value, ArrayOf<Text> path);

/// What is at the path, or would be there, becomes `part`.
Jsonb jsonb_set(Context& context, Jsonb value, ArrayOf<Text> path, Jsonb part);
Jsonb jsonb_set_if(Context& context, Jsonb value, ArrayOf<Text> path, Jsonb part, bool create);
/// Where `part` is NULL, `treatment` says what becomes of what is there: use_json_null, delete_key,
/// return_target or raise_exception.
Nullable<Jsonb> jsonb_set_lax(Context& context, Nullable<Jsonb> value, Nullable<ArrayOf<Text>> path,
                              Nullable<Jsonb> part);
Nullable<Jsonb> jsonb_set_lax_if(Context& context, Nullable<Jsonb> value, Nullable<ArrayOf<Text>> path,
                                 Nullable<Jsonb> part, Nullable<bool> create);
Nullable<Jsonb> jsonb_set_lax_treated(Context& context, Nullable<Jsonb> value, Nullable<ArrayOf<Text>> path,
                                      Nullable<Jsonb> part, Nullable<bool> create, Nullable<Text> treatment);
/// Before or behind an element of an array, or as a new member.
Jsonb jsonb_insert(Context& context, Jsonb value, ArrayOf<Text> path, Jsonb part);
Jsonb jsonb_insert_at(Context& context, Jsonb value, ArrayOf<Text> path, Jsonb part, bool after);

/// Without the members of objects that are null.
Jsonb jsonb_strip_nulls(Arena& arena, Jsonb value);

}  // namespace sqlmill::rt::sql
