// var_pop, var_samp (variance), stddev_pop, stddev_samp (stddev): of integers and numerics as numeric, of
// floats as double precision. Like sums, they are kept exactly and rounded when the result is read.
#pragma once

#include <cmath>

#include "runtime/ops/accumulators/accumulator.h"
#include "runtime/sql/aggregates/exact_sum.h"
#include "runtime/sql/aggregates/variance.h"

namespace sqlmill::rt::agg {

/// Of smallint, integer.
template <class T, sql::Spread kWhich>
class SpreadInteger {
 public:
  void add(Heap&, T value, int64_t weight) {
    const auto wide = static_cast<__int128>(value);
    sum_ += wide * weight;
    squares_ += wide * wide * weight;
    count_ += weight;
  }
  Nullable<sql::Numeric> value(Context& context) const {
    if (count_ < kWhich.at_least()) return {};
    return sql::spread(context, kWhich, count_, sum_, squares_);
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.sum_, self.squares_, self.count_);
  }

 private:
  __int128 sum_ = 0;
  __int128 squares_ = 0;
  int64_t count_ = 0;
};

template <class T, sql::Spread kWhich>
class SpreadNumeric {
 public:
  void add(Heap&, const T& value, int64_t weight) {
    const sql::Numeric numeric = as_numeric(value);
    sum_.add(numeric, weight);
    squares_.add_square(numeric, weight);
  }
  Nullable<sql::Numeric> value(Context& context) const {
    if (sum_.count() < kWhich.at_least()) return {};
    return sql::spread(context, kWhich, sum_, squares_);
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.sum_, self.squares_);
  }

 private:
  static sql::Numeric as_numeric(int64_t value) { return sql::numeric_from_integer(value); }
  static const sql::Numeric& as_numeric(const sql::Numeric& value) { return value; }

  sql::NumericSum sum_;
  sql::NumericSum squares_;
};

template <class T, sql::Spread kWhich>
class SpreadFloat {
 public:
  void add(Heap&, T value, int64_t weight) {
    sum_.add(value, weight);
    if (std::isfinite(value)) squares_.add_product(value, value, weight);
    count_ += weight;
  }
  Nullable<double> value(Context& context) const {
    if (count_ < kWhich.at_least()) return {};
    if (sum_.has_special()) return std::numeric_limits<double>::quiet_NaN();
    const double deviation = sql::centered(count_, sum_, sum_, squares_);
    if (std::isinf(deviation))
      context.fail(sql::ErrorCode::kNumericValueOutOfRange, "value out of range: overflow");
    const double variance = deviation / static_cast<double>(kWhich.sample ? count_ - 1 : count_);
    return kWhich.root ? std::sqrt(variance) : variance;
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.sum_, self.squares_, self.count_);
  }

 private:
  sql::ExactFloatSum sum_;
  sql::ExactProductSum squares_;
  int64_t count_ = 0;
};

#define SQLMILL_SPREAD(name, sample, root)                           \
  template <class T, bool kAppendOnly>                               \
  using name##Integer = SpreadInteger<T, sql::Spread{sample, root}>; \
  template <class T, bool kAppendOnly>                               \
  using name##Numeric = SpreadNumeric<T, sql::Spread{sample, root}>; \
  template <class T, bool kAppendOnly>                               \
  using name##Float = SpreadFloat<T, sql::Spread{sample, root}>;
SQLMILL_SPREAD(VarPop, false, false)
SQLMILL_SPREAD(VarSamp, true, false)
SQLMILL_SPREAD(StddevPop, false, true)
SQLMILL_SPREAD(StddevSamp, true, true)
#undef SQLMILL_SPREAD

}  // namespace sqlmill::rt::agg
