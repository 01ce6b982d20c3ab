// Casts of arrays: to text, from text, and element by element by the cast of the elements.
#pragma once

#include "runtime/sql/array.h"
#include "runtime/sql/function.h"

namespace sqlmill::rt::sql {

Text array_to_text(Arena& arena, Array value);

template <class T>
ArrayOf<T> text_to_array(Context& context, Text value) {
  return array_from_text(context, kTypeOf<T>, value.view());
}

/// Every element that is not NULL through `cast`, which gives `result`. The dimensions stay.
Array map_elements(Context& context, const Array& array, TypeId result,
                   Datum (*cast)(Context&, std::span<const Datum>));

/// `f` casts the elements.
template <auto f>
Array cast_array(Context& context, Array array) {
  using S = Signature_<decltype(f)>;
  return map_elements(context, array, S::result, &S::template evaluate<f>);
}

template <auto f>
Function describe_array_cast(std::string_view cpp) {
  using S = Signature_<decltype(f)>;
  Function function = describe<&cast_array<f>>("", cpp);
  function.elements = S::arguments();
  function.result_element = S::result;
  return function;
}

}  // namespace sqlmill::rt::sql
