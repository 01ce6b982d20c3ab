#include "runtime/sql/functions/array_any.h"

namespace sqlmill::rt::sql {

Nullable<bool> compare_with_elements(const Datum& value, const Array& array, Comparison comparison,
                                     bool all) {
  const ArrayReader reader(array);
  bool unknown = false;
  for (int32_t i = 0; i < reader.size(); ++i) {
    if (value.is_null() || reader.is_null(i)) {
      unknown = true;
    } else if (holds(comparison, compare(value, reader.at(i))) != all) {
      return !all;
    }
  }
  return unknown ? Nullable<bool>() : Nullable<bool>(all);
}

Nullable<bool> match_with_elements(Context& context, const Nullable<Text>& text,
                                   const Nullable<ArrayOf<Text>>& patterns,
                                   bool (*matches)(Context&, Text, Text), bool all) {
  if (!patterns.has_value()) return kNull;
  const Array array = patterns.value();
  const ArrayReader reader(array);
  bool unknown = false;
  for (int32_t i = 0; i < reader.size(); ++i) {
    if (!text.has_value() || reader.is_null(i)) {
      unknown = true;
    } else if (matches(context, text.value(), reader.at(i).as<Text>()) != all) {
      return !all;
    }
  }
  return unknown ? Nullable<bool>() : Nullable<bool>(all);
}

}  // namespace sqlmill::rt::sql
