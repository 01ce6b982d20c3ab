#include "runtime/sql/functions/arithmetic.h"
#include "runtime/sql/functions/comparison.h"
#include "runtime/sql/functions/datetime_cast.h"
#include "runtime/sql/functions/modifier.h"
#include "runtime/sql/registry.h"
namespace sqlmill::rt::sql {

void add_operators(std::vector<Function>& functions) {
#define SQLMILL_FUNCTION(name, cpp, example, expected) \
  functions.push_back(describe<&cpp>(name, "sql::" #cpp, example, expected));
#include "runtime/sql/functions/modifiers.def"
#include "runtime/sql/functions/operators.def"
#undef SQLMILL_FUNCTION
}

}  // namespace sqlmill::rt::sql
