// What an array has: dimensions, elements, parts.
#pragma once

#include "runtime/sql/array.h"
#include "runtime/sql/polymorphic.h"

namespace sqlmill::rt::sql {

// ---- Dimensions, from 1; NULL of one that the array does not have ----

Nullable<int32_t> array_ndims(Array array);
Nullable<Text> array_dims(Arena& arena, Array array);
Nullable<int32_t> array_length(Array array, int32_t dimension);
Nullable<int32_t> array_lower(Array array, int32_t dimension);
Nullable<int32_t> array_upper(Array array, int32_t dimension);
int32_t cardinality(Array array);

// ---- x[i], x[i][j], x[a:b]: what is not there is NULL, or empty ----

Nullable<AnyElement> array_subscript(Array array, Variadic<int32_t> places);
/// From and to for each dimension; dimensions behind those stay whole.
Nullable<Array> array_slice(Context& context, Array array, Variadic<int32_t> bounds);
/// Without the last `count` elements.
Array trim_array(Context& context, Array array, int32_t count);

// ---- Search; equal includes that both are NULL ----

Nullable<int32_t> array_position(Context& context, Nullable<Array> array, AnyElement element);
Nullable<int32_t> array_position_from(Context& context, Nullable<Array> array, AnyElement element,
                                      Nullable<int32_t> start);
Nullable<ArrayOf<int32_t>> array_positions(Context& context, Nullable<Array> array, AnyElement element);

/// Whether each element of `part`, none of which may be NULL, is one of `whole`.
bool array_contains(Array whole, Array part);
bool array_contained(Array part, Array whole);
/// Whether they have an element in common.
bool array_overlaps(Array a, Array b);

}  // namespace sqlmill::rt::sql
