#include "runtime/sql/functions/array_cast.h"

namespace sqlmill::rt::sql {

Text array_to_text(Arena& arena, Array value) {
  std::string text;
  append_text(value, text);
  return Text(arena.copy(text));
}

Array map_elements(Context& context, const Array& array, TypeId result,
                   Datum (*cast)(Context&, std::span<const Datum>)) {
  const ArrayReader reader(array);
  ArrayBuilder builder(result);
  for (int32_t i = 0; i < reader.size(); ++i) {
    const Datum element = reader.at(i);
    builder.add(element.is_null() ? Datum::null(result) : cast(context, {&element, 1}));
  }
  return builder.finish(context, reader.all_dimensions());
}

}  // namespace sqlmill::rt::sql
