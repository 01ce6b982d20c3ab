#include "runtime/query/accumulators.h"

#include <map>
#include <new>

#include "runtime/ops/accumulators/bool_or_and.h"
#include "runtime/ops/accumulators/count.h"
#include "runtime/ops/accumulators/min_max.h"
#include "runtime/ops/accumulators/sum_avg.h"

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

template <class Accumulator, class T>
void add_value(Accumulator& accumulator, base::Heap& heap, const Vector* const* arguments, uint32_t row,
               int64_t weight = 1) {
  if constexpr (std::is_same_v<T, agg::NoArgument>) {
    accumulator.add(weight);
  } else {
    if (arguments[0]->nulls()[row]) return;
    if constexpr (std::is_same_v<T, Ignored>) {
      accumulator.add(weight);
    } else {
      accumulator.add(heap, arguments[0]->template values<T>()[row], weight);
    }
  }
}

template <class Accumulator, class T, bool kRemoves>
AccumulatorType describe() {
  static_assert(alignof(Accumulator) <= 16);
  return {
      sizeof(Accumulator),
      [](void* at) { new (at) Accumulator(); },
      [](base::Heap& heap, const Vector* const* arguments, const uint32_t* rows, uint32_t count,
         char* const* groups, size_t offset) {
        for (uint32_t i = 0; i < count; ++i) {
          auto& accumulator = *reinterpret_cast<Accumulator*>(groups[i] + offset);
          add_value<Accumulator, T>(accumulator, heap, arguments, rows ? rows[i] : i);
        }
      },
      [](base::Heap& heap, const Vector* const* arguments, const uint32_t* rows, uint32_t count, void* at) {
        auto& accumulator = *static_cast<Accumulator*>(at);
        for (uint32_t i = 0; i < count; ++i)
          add_value<Accumulator, T>(accumulator, heap, arguments, rows ? rows[i] : i);
      },
      kRemoves ? +[](base::Heap& heap, const Vector* const* arguments, uint32_t count, void* at) {
        auto& accumulator = *static_cast<Accumulator*>(at);
        for (uint32_t i = 0; i < count; ++i) add_value<Accumulator, T>(accumulator, heap, arguments, i, -1);
      } : nullptr,
      [](Context& context, const void* at, Vector& result, uint32_t row) {
        result.set(row, static_cast<const Accumulator*>(at)->value(context));
      },
      [](void* at) { static_cast<Accumulator*>(at)->~Accumulator(); },
  };
}

template <template <class, bool> class Accumulator, class T>
AccumulatorType describe_named() {
  return describe<Accumulator<T, kAppendOnly>, T, true>();
}
template <template <class> class Accumulator, class T>
AccumulatorType describe_named() {
  return describe<Accumulator<T>, T, false>();
}

}  // namespace

const AccumulatorType& accumulator_type(const sql::Aggregate& aggregate) {
  static const std::vector<AccumulatorType> kTypes = {
  // In the order of aggregates().
#define SQLMILL_AGGREGATE_STAR(name, result, cpp) describe<cpp<kAppendOnly>, agg::NoArgument, true>(),
#define SQLMILL_AGGREGATE(name, argument, result, nullable, cpp, can_fail, distinct_matters) \
  describe_named<cpp, Argument<TypeId::argument>>(),
#include "runtime/sql/aggregates/aggregates.def"
#undef SQLMILL_AGGREGATE
#undef SQLMILL_AGGREGATE_STAR
  };
  return kTypes[static_cast<size_t>(&aggregate - sql::aggregates().data())];
}

}  // namespace sqlmill::rt::query
