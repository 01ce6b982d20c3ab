#include "runtime/query/accumulators.h"

#include <map>
#include <new>

#include "runtime/ops/accumulators/bit_operations.h"
#include "runtime/ops/accumulators/bool_or_and.h"
#include "runtime/ops/accumulators/count.h"
#include "runtime/ops/accumulators/min_max.h"
#include "runtime/ops/accumulators/regression.h"
#include "runtime/ops/accumulators/sum_avg.h"
#include "runtime/ops/accumulators/variance.h"
#include "runtime/query/list_accumulators.h"

namespace sqlmill::rt::query {

namespace {

/// Accumulators from which values can be taken out again, where there is a choice: moving frames of windows
/// do that.
constexpr bool kAppendOnly = false;

/// What count(x) takes: any type, and it does not look at the value.
struct Ignored {};

using namespace sql;  // NOLINT: types.def names them without it
template <TypeId id>
struct ArgumentOf {
  using type = Ignored;
};
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category)                        \
  template <>                                                                      \
  struct ArgumentOf<TypeId::id> {                                                  \
    using type = std::conditional_t<TypeId::id == TypeId::kUnknown, Ignored, cpp>; \
  };
#include "runtime/sql/types.def"
#undef SQLMILL_TYPE
template <TypeId id>
using Argument = typename ArgumentOf<id>::type;

/// Adds the row unless an argument is NULL. Without arguments: count(*).
template <class... T, class Accumulator, size_t... I>
void add_row(Accumulator& accumulator, base::Heap& heap, const Vector* const* arguments, uint32_t row,
             int64_t weight, std::index_sequence<I...>) {
  if constexpr (sizeof...(T) > 0) {
    if ((arguments[I]->nulls()[row] | ...)) return;
  }
  if constexpr (sizeof...(T) == 0 || (std::is_same_v<T, Ignored> || ...)) {
    accumulator.add(weight);
  } else {
    accumulator.add(heap, arguments[I]->template values<T>()[row]..., weight);
  }
}

template <class Accumulator, bool kRemoves, class... T>
AccumulatorType describe() {
  static_assert(alignof(Accumulator) <= 16);
  using Places = std::index_sequence_for<T...>;
  return {
      sizeof(Accumulator),
      [](void* at) { new (at) Accumulator(); },
      [](base::Heap& heap, const Vector* const* arguments, const uint32_t* rows, uint32_t count,
         char* const* groups, size_t offset) {
        for (uint32_t i = 0; i < count; ++i) {
          auto& accumulator = *reinterpret_cast<Accumulator*>(groups[i] + offset);
          add_row<T...>(accumulator, heap, arguments, rows ? rows[i] : i, 1, Places());
        }
      },
      [](base::Heap& heap, const Vector* const* arguments, const uint32_t* rows, uint32_t count, void* at) {
        auto& accumulator = *static_cast<Accumulator*>(at);
        for (uint32_t i = 0; i < count; ++i)
          add_row<T...>(accumulator, heap, arguments, rows ? rows[i] : i, 1, Places());
      },
      kRemoves ? +[](base::Heap& heap, const Vector* const* arguments, uint32_t count, void* at) {
        auto& accumulator = *static_cast<Accumulator*>(at);
        for (uint32_t i = 0; i < count; ++i) add_row<T...>(accumulator, heap, arguments, i, -1, Places());
      } : nullptr,
      [](Context& context, const void* at, Vector& result, uint32_t row) {
        result.set(row, static_cast<const Accumulator*>(at)->value(context));
      },
      [](void* at) { static_cast<Accumulator*>(at)->~Accumulator(); },
  };
}

template <template <class, bool> class Accumulator, class T>
AccumulatorType describe_named() {
  return describe<Accumulator<T, kAppendOnly>, true, T>();
}
template <template <class> class Accumulator, class T>
AccumulatorType describe_named() {
  return describe<Accumulator<T>, false, T>();
}
template <template <class, class, bool> class Accumulator, class A, class B>
AccumulatorType describe_named() {
  return describe<Accumulator<A, B, kAppendOnly>, true, A, B>();
}

/// What lists of any type take.
template <class T>
auto value_at(const Vector& vector, uint32_t row) {
  if constexpr (std::is_same_v<T, Ignored>) {
    return vector.datum(row);
  } else {
    return vector.nulls()[row] ? Nullable<T>() : Nullable<T>(vector.values<T>()[row]);
  }
}

template <class Accumulator, class... T, size_t... I>
void add_to_list(Accumulator& accumulator, base::Heap& heap, const Vector* const* arguments, uint32_t row,
                 std::index_sequence<I...>) {
  accumulator.add(heap, value_at<T>(*arguments[I], row)...);
}

template <class Accumulator, class... T>
AccumulatorType describe_list() {
  static_assert(alignof(Accumulator) <= 16);
  using Places = std::index_sequence_for<T...>;
  return {
      sizeof(Accumulator),
      [](void* at) { new (at) Accumulator(); },
      [](base::Heap& heap, const Vector* const* arguments, const uint32_t* rows, uint32_t count,
         char* const* groups, size_t offset) {
        for (uint32_t i = 0; i < count; ++i) {
          add_to_list<Accumulator, T...>(*reinterpret_cast<Accumulator*>(groups[i] + offset), heap, arguments,
                                         rows ? rows[i] : i, Places());
        }
      },
      [](base::Heap& heap, const Vector* const* arguments, const uint32_t* rows, uint32_t count, void* at) {
        for (uint32_t i = 0; i < count; ++i) {
          add_to_list<Accumulator, T...>(*static_cast<Accumulator*>(at), heap, arguments, rows ? rows[i] : i,
                                         Places());
        }
      },
      nullptr,
      [](Context& context, const void* at, Vector& result, uint32_t row) {
        result.set(row, static_cast<const Accumulator*>(at)->value(context));
      },
      [](void* at) { static_cast<Accumulator*>(at)->~Accumulator(); },
  };
}

/// What is computed from the ordered rows alone.
AccumulatorType nothing() {
  return {.bytes = 0,
          .create = [](void*) {},
          .add = nullptr,
          .add_to_one = nullptr,
          .remove = nullptr,
          .value = nullptr,
          .destroy = [](void*) {}};
}

size_t place_of(const sql::Aggregate& aggregate) {
  return static_cast<size_t>(&aggregate - sql::aggregates().data());
}

}  // namespace

const AccumulatorType& accumulator_type(const sql::Aggregate& aggregate) {
  static const std::vector<AccumulatorType> kTypes = {
  // In the order of aggregates().
#define SQLMILL_AGGREGATE_STAR(name, result, cpp) describe<cpp<kAppendOnly>, true>(),
#define SQLMILL_AGGREGATE(name, argument, result, nullable, cpp, can_fail, distinct_matters) \
  describe_named<cpp, Argument<TypeId::argument>>(),
#define SQLMILL_AGGREGATE_2(name, first, second, result, nullable, cpp, can_fail) \
  describe_named<cpp, Argument<TypeId::first>, Argument<TypeId::second>>(),
#define SQLMILL_LIST(name, argument, result, accumulator) \
  describe_list<accumulator, Argument<TypeId::argument>>(),
#define SQLMILL_LIST_2(name, first, second, result, accumulator) \
  describe_list<accumulator, Argument<TypeId::first>, Argument<TypeId::second>>(),
#define SQLMILL_ORDERED_SET(name, value, result, function) nothing(),
#define SQLMILL_ORDERED_SET_2(name, direct, value, result, function) nothing(),
#define SQLMILL_ORDERED_SETS(name, fraction, value, function) nothing(),
#define SQLMILL_HYPOTHETICAL_SET(name, result, function) nothing(),
#include "runtime/sql/aggregates/aggregates.def"
#undef SQLMILL_AGGREGATE
#undef SQLMILL_AGGREGATE_2
#undef SQLMILL_AGGREGATE_STAR
#undef SQLMILL_LIST
#undef SQLMILL_LIST_2
#undef SQLMILL_ORDERED_SETS
#undef SQLMILL_ORDERED_SET
#undef SQLMILL_ORDERED_SET_2
#undef SQLMILL_HYPOTHETICAL_SET
  };
  return kTypes[place_of(aggregate)];
}

OrderedSetFunction ordered_set_function(const sql::Aggregate& aggregate) {
  static constexpr OrderedSetFunction kFunctions[] = {
  // In the order of aggregates().
#define SQLMILL_AGGREGATE_STAR(name, result, cpp) nullptr,
#define SQLMILL_AGGREGATE(name, argument, result, nullable, cpp, can_fail, distinct_matters) nullptr,
#define SQLMILL_AGGREGATE_2(name, first, second, result, nullable, cpp, can_fail) nullptr,
#define SQLMILL_LIST(name, argument, result, accumulator) nullptr,
#define SQLMILL_LIST_2(name, first, second, result, accumulator) nullptr,
#define SQLMILL_ORDERED_SET(name, value, result, function) &query::function,
#define SQLMILL_ORDERED_SET_2(name, direct, value, result, function) &query::function,
#define SQLMILL_ORDERED_SETS(name, fraction, value, function) &query::function,
#define SQLMILL_HYPOTHETICAL_SET(name, result, function) &query::function,
#include "runtime/sql/aggregates/aggregates.def"
#undef SQLMILL_AGGREGATE
#undef SQLMILL_AGGREGATE_2
#undef SQLMILL_AGGREGATE_STAR
#undef SQLMILL_LIST
#undef SQLMILL_LIST_2
#undef SQLMILL_ORDERED_SETS
#undef SQLMILL_ORDERED_SET
#undef SQLMILL_ORDERED_SET_2
#undef SQLMILL_HYPOTHETICAL_SET
  };
  return kFunctions[place_of(aggregate)];
}

}  // namespace sqlmill::rt::query
