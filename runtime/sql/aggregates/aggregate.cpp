#include "runtime/sql/aggregates/aggregate.h"

namespace sqlmill::rt::sql {

const std::vector<Aggregate>& aggregates() {
  static const std::vector<Aggregate> all = {
#define SQLMILL_AGGREGATE_STAR(name, result, cpp) \
  {name, std::nullopt, TypeId::result, false, #cpp, false, false},
#define SQLMILL_AGGREGATE(name, argument, result, nullable, cpp, can_fail, distinct_matters) \
  {name, TypeId::argument, TypeId::result, nullable, #cpp, can_fail, distinct_matters},
#include "runtime/sql/aggregates/aggregates.def"
#undef SQLMILL_AGGREGATE
#undef SQLMILL_AGGREGATE_STAR
  };
  return all;
}

}  // namespace sqlmill::rt::sql
