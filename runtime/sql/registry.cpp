// The descriptors of all functions and casts, made from the lists in functions/*.def.
#include "runtime/sql/registry.h"

#include "runtime/sql/functions/array_cast.h"
#include "runtime/sql/functions/cast_numeric.h"
#include "runtime/sql/functions/datetime_cast.h"
#include "runtime/sql/functions/jsonb_cast.h"
#include "runtime/sql/functions/uuid_cast.h"

namespace sqlmill::rt::sql {

const std::vector<Function>& functions() {
  static const std::vector<Function> kFunctions = [] {
    std::vector<Function> all;
    add_operators(all);
    add_math(all);
    add_text(all);
    add_datetime(all);
    add_json(all);
    add_arrays(all);
    add_clock(all);
    return all;
  }();
  return kFunctions;
}

const std::vector<Cast>& casts() {
  static const std::vector<Cast> kCasts = {
#define SQLMILL_CAST(cpp, context) {describe<&cpp>("", "sql::" #cpp), CastContext::context},
#include "runtime/sql/functions/casts.def"
#undef SQLMILL_CAST
  };
  return kCasts;
}

const std::vector<Cast>& array_casts() {
  static const std::vector<Cast> kCasts = {
#define SQLMILL_CAST(cpp, context) \
  {describe_array_cast<&cpp>("sql::cast_array<sql::" #cpp ">"), CastContext::context},
#include "runtime/sql/functions/casts_number.def"
#include "runtime/sql/functions/casts_other.def"
#undef SQLMILL_CAST
  };
  return kCasts;
}

const Cast* find_cast(Type from, Type to) {
  const bool both = from.id == TypeId::kArray && to.id == TypeId::kArray;
  for (const Cast& cast : both ? array_casts() : casts()) {
    const Function& f = cast.function;
    if (f.arguments[0] != from.id || f.result != to.id) continue;
    const bool is_from =
        from.id != TypeId::kArray || f.elements[0] == kAnyElement || f.elements[0] == from.element;
    const bool is_to = to.id != TypeId::kArray || f.result_element == to.element;
    if (is_from && is_to) return &cast;
  }
  return nullptr;
}

}  // namespace sqlmill::rt::sql
