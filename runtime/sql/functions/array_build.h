// New arrays: ARRAY[…], from parts of others, and from texts.
#pragma once

#include "runtime/sql/array.h"
#include "runtime/sql/polymorphic.h"

namespace sqlmill::rt::sql {

/// ARRAY[a, b]: of one dimension, or of one more than the arrays a and b have.
Array make_array(Context& context, Variadic<AnyElement> elements);
Array make_array_of_arrays(Context& context, Variadic<Array> arrays);

/// `value`, or NULLs, in dimensions of these sizes, which begin at 1 or at `lower`.
Nullable<Array> array_fill(Context& context, AnyElement value, Nullable<ArrayOf<int32_t>> sizes);
Nullable<Array> array_fill_from(Context& context, AnyElement value, Nullable<ArrayOf<int32_t>> sizes,
                                Nullable<ArrayOf<int32_t>> lower);

/// A NULL array is an empty one.
Array array_append(Context& context, Nullable<Array> array, AnyElement element);
Array array_prepend(Context& context, AnyElement element, Nullable<Array> array);
/// Two arrays one behind the other, or an array behind the arrays in another one.
Nullable<Array> array_cat(Context& context, Nullable<Array> a, Nullable<Array> b);

Nullable<Array> array_remove(Context& context, Nullable<Array> array, AnyElement element);
Nullable<Array> array_replace(Context& context, Nullable<Array> array, AnyElement from, AnyElement to);

/// The elements of all dimensions with `delimiter` between them; NULLs are left out, or are `null_text`.
Text array_to_string(Arena& arena, Array array, Text delimiter);
Nullable<Text> array_to_string_null(Arena& arena, Nullable<Array> array, Nullable<Text> delimiter,
                                    Nullable<Text> null_text);
/// A NULL delimiter separates every character, an empty one nothing. A part like `null_text` is NULL.
Nullable<ArrayOf<Text>> string_to_array(Context& context, Nullable<Text> text, Nullable<Text> delimiter);
Nullable<ArrayOf<Text>> string_to_array_null(Context& context, Nullable<Text> text, Nullable<Text> delimiter,
                                             Nullable<Text> null_text);

}  // namespace sqlmill::rt::sql
