// Whether a jsonb has something in it: @>, <@, ?, ?| and ?&.
#pragma once

#include "runtime/sql/jsonb.h"
#include "runtime/sql/polymorphic.h"

namespace sqlmill::rt::sql {

/// Each member of `part` has one like it in `whole`, at the same level.
bool jsonb_contains(Jsonb whole, Jsonb part);
bool jsonb_contained(Jsonb part, Jsonb whole);
/// As a key of an object, or as a string of an array.
bool jsonb_exists(Jsonb value, Text key);
bool jsonb_exists_any(Jsonb value, ArrayOf<Text> keys);
bool jsonb_exists_all(Jsonb value, ArrayOf<Text> keys);

}  // namespace sqlmill::rt::sql
