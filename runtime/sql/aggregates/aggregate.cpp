#include "runtime/sql/aggregates/aggregate.h"

namespace sqlmill::rt::sql {

namespace {

using enum TypeId;

/// One that views can maintain.
Aggregate plain(std::string_view name, std::vector<TypeId> arguments, TypeId result, bool nullable,
                std::string_view cpp, bool can_fail, bool distinct_matters) {
  return {.name = name,
          .form = AggregateForm::kPlain,
          .arguments = std::move(arguments),
          .result = result,
          .result_nullable = nullable,
          .cpp = cpp,
          .can_fail = can_fail,
          .distinct_matters = distinct_matters,
          .always_distinct = name == "approx_count_distinct",
          .order_matters = false,
          .in_views = true};
}

}  // namespace

const std::vector<Aggregate>& aggregates() {
  static const std::vector<Aggregate> all = {
#define SQLMILL_AGGREGATE_STAR(name, result, cpp) plain(name, {}, result, false, #cpp, false, false),
#define SQLMILL_AGGREGATE(name, argument, result, nullable, cpp, can_fail, distinct_matters) \
  plain(name, {argument}, result, nullable, #cpp, can_fail, distinct_matters),
#define SQLMILL_AGGREGATE_2(name, first, second, result, nullable, cpp, can_fail) \
  plain(name, {first, second}, result, nullable, #cpp, can_fail, true),
#include "runtime/sql/aggregates/aggregates.def"
#undef SQLMILL_AGGREGATE_2
#undef SQLMILL_AGGREGATE
#undef SQLMILL_AGGREGATE_STAR
  };
  return all;
}

}  // namespace sqlmill::rt::sql
