#include "runtime/sql/functions/all_math.h"
#include "runtime/sql/registry.h"
namespace sqlmill::rt::sql {

void add_math(std::vector<Function>& functions) {
#define SQLMILL_FUNCTION(name, cpp, example, expected) \
  functions.push_back(describe<&cpp>(name, "sql::" #cpp, example, expected));
#include "runtime/sql/functions/math.def"
#undef SQLMILL_FUNCTION
}

}  // namespace sqlmill::rt::sql
