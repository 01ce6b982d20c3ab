// Ordered-set and hypothetical-set aggregates: what WITHIN GROUP is for. Each looks at all rows of a group,
// in order.
#pragma once

#include <span>

#include "runtime/query/row_order.h"

namespace sqlmill::rt::query {

/// Column i of the rows is the i-th expression of ORDER BY.
struct OrderedGroup {
  const RowLayout& layout;
  const RowOrder& order;
  std::span<const char* const> rows;
  std::span<const Datum> direct;  // The direct arguments.
};

using OrderedSetFunction = void (*)(Context& context, const OrderedGroup& group, Vector& result,
                                    uint32_t row);

void mode(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
void percentile_disc(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
void percentile_cont_double(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
void percentile_cont_interval(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
// For each fraction of an array.
void percentiles_disc(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
void percentiles_cont_double(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
void percentiles_cont_interval(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
// Where a row with the direct arguments as its keys would stand.
void rank(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
void dense_rank(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
void percent_rank(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);
void cume_dist(Context& context, const OrderedGroup& group, Vector& result, uint32_t row);

}  // namespace sqlmill::rt::query
