// Aggregates over vectors: the accumulators that compiled views use (ops/accumulators), chosen at run time.
#pragma once

#include "runtime/base/heap.h"
#include "runtime/query/ordered_sets.h"
#include "runtime/sql/aggregates/aggregate.h"

namespace sqlmill::rt::query {

/// An accumulator at an address that is aligned to 16 bytes.
struct AccumulatorType {
  uint32_t bytes;
  void (*create)(void* at);
  /// Adds values `rows[i]` (null: i) of the arguments, if none is NULL or the aggregate sees NULLs, to the
  /// accumulators at `groups[i] + offset`, or all to the one at `single`.
  void (*add)(base::Heap& heap, const Vector* const* arguments, const uint32_t* rows, uint32_t count,
              char* const* groups, size_t offset);
  void (*add_to_one)(base::Heap& heap, const Vector* const* arguments, const uint32_t* rows, uint32_t count,
                     void* accumulator);
  /// Takes the first `count` rows out again; null: the aggregate cannot.
  void (*remove)(base::Heap& heap, const Vector* const* arguments, uint32_t count, void* accumulator);
  void (*value)(Context& context, const void* accumulator, Vector& result, uint32_t row);
  void (*destroy)(void* at);
};

/// One of sql::aggregates(). Of those that are written with WITHIN GROUP: of no bytes, it does nothing.
const AccumulatorType& accumulator_type(const sql::Aggregate& aggregate);
/// Null if the aggregate is not written with WITHIN GROUP.
OrderedSetFunction ordered_set_function(const sql::Aggregate& aggregate);

}  // namespace sqlmill::rt::query
