#include "runtime/sql/functions/clock.h"
#include "runtime/sql/registry.h"

namespace sqlmill::rt::sql {

void add_clock(std::vector<Function>& functions) {
#define SQLMILL_CLOCK_FUNCTION(volatility, name, cpp, example, meaning) \
  functions.push_back(describe<&cpp>(name, "sql::" #cpp, "", "", Volatility::volatility));
#include "runtime/sql/functions/clock.def"
#undef SQLMILL_CLOCK_FUNCTION
}

}  // namespace sqlmill::rt::sql
