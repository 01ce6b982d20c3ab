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

/// For ad hoc queries: lists in the order of the rows.
Aggregate list(std::string_view name, std::vector<TypeId> arguments, TypeId result) {
  Aggregate a = plain(name, std::move(arguments), result, true, "", true, true);
  a.order_matters = true;
  a.in_views = false;
  return a;
}

Aggregate within_group(std::string_view name, AggregateForm form, std::vector<TypeId> arguments,
                       TypeId result) {
  Aggregate a = plain(name, std::move(arguments), result, form == AggregateForm::kOrderedSet, "", true, true);
  a.form = form;
  a.order_matters = true;
  a.in_views = false;
  return a;
}

/// One that takes an array of direct arguments and gives a result for each.
Aggregate ordered_sets(std::string_view name, TypeId fraction, TypeId value) {
  Aggregate a = within_group(name, AggregateForm::kOrderedSet, {kArray, value}, kArray);
  a.element = fraction;
  return a;
}

}  // namespace

const std::vector<Aggregate>& aggregates() {
  static const std::vector<Aggregate> all = {
#define SQLMILL_AGGREGATE_STAR(name, result, cpp) plain(name, {}, result, false, #cpp, false, false),
#define SQLMILL_AGGREGATE(name, argument, result, nullable, cpp, can_fail, distinct_matters) \
  plain(name, {argument}, result, nullable, #cpp, can_fail, distinct_matters),
#define SQLMILL_AGGREGATE_2(name, first, second, result, nullable, cpp, can_fail) \
  plain(name, {first, second}, result, nullable, #cpp, can_fail, true),
#define SQLMILL_LIST(name, argument, result, accumulator) list(name, {argument}, result),
#define SQLMILL_LIST_2(name, first, second, result, accumulator) list(name, {first, second}, result),
#define SQLMILL_ORDERED_SET(name, value, result, function) \
  within_group(name, AggregateForm::kOrderedSet, {value}, result),
#define SQLMILL_ORDERED_SET_2(name, direct, value, result, function) \
  within_group(name, AggregateForm::kOrderedSet, {direct, value}, result),
#define SQLMILL_ORDERED_SETS(name, fraction, value, function) ordered_sets(name, fraction, value),
#define SQLMILL_HYPOTHETICAL_SET(name, result, function) \
  within_group(name, AggregateForm::kHypotheticalSet, {}, result),
#include "runtime/sql/aggregates/aggregates.def"
#undef SQLMILL_AGGREGATE_2
#undef SQLMILL_AGGREGATE
#undef SQLMILL_AGGREGATE_STAR
#undef SQLMILL_LIST
#undef SQLMILL_LIST_2
#undef SQLMILL_ORDERED_SETS
#undef SQLMILL_ORDERED_SET
#undef SQLMILL_ORDERED_SET_2
#undef SQLMILL_HYPOTHETICAL_SET
  };
  return all;
}

}  // namespace sqlmill::rt::sql
