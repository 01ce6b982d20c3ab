// The descriptors of all functions and casts, made from the lists in functions/*.def.
#include "runtime/sql/function.h"
#include "runtime/sql/functions/all.h"

namespace sqlmill::rt::sql {

const std::vector<Function>& functions() {
  static const std::vector<Function> kFunctions = {
#define SQLMILL_FUNCTION(name, cpp, example, expected) describe<&cpp>(name, "sql::" #cpp, example, expected),
#include "runtime/sql/functions/functions.def"
#undef SQLMILL_FUNCTION
  };
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

}  // namespace sqlmill::rt::sql
