// Variances of integers and numerics from their sums and those of their squares: the exact value, rounded to
// the scale that PostgreSQL chooses.
#pragma once

#include "runtime/sql/aggregates/numeric_sum.h"

namespace sqlmill::rt::sql {

/// Which of the four results: divided by the number of values or by one less, and its root or not.
struct Spread {
  bool sample;
  bool root;

  /// NULL for fewer values.
  constexpr int64_t at_least() const { return sample ? 2 : 1; }
};

Numeric spread(Context& context, Spread which, int64_t count, __int128 sum, __int128 sum_of_squares);
Numeric spread(Context& context, Spread which, const NumericSum& sum, const NumericSum& sum_of_squares);

}  // namespace sqlmill::rt::sql
