// sum(x), avg(x). Sums are kept wider than their result, so that accumulating never fails and the order of
// arrival never shows; the range is checked when the result is read.
#pragma once

#include <cmath>

#include "runtime/ops/accumulators/accumulator.h"
#include "runtime/sql/aggregates/exact_sum.h"
#include "runtime/sql/aggregates/numeric_sum.h"
#include "runtime/sql/interval.h"

namespace sqlmill::rt::agg {

/// A sum of integers and how many there are.
template <class T>
class IntegerSum {
 public:
  void add(Heap&, T value, int64_t weight) {
    sum_ += static_cast<__int128>(value) * weight;
    count_ += weight;
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.sum_, self.count_);
  }

 protected:
  __int128 sum_ = 0;
  int64_t count_ = 0;
};

/// sum(smallint), sum(integer) → bigint
template <class T, bool kAppendOnly>
class SumInteger : public IntegerSum<T> {
 public:
  Nullable<int64_t> value(Context& context) const {
    if (this->count_ == 0) return {};
    const auto narrow = static_cast<int64_t>(this->sum_);
    if (narrow != this->sum_) context.fail(sql::ErrorCode::kNumericValueOutOfRange, "bigint out of range");
    return narrow;
  }
};

/// sum(bigint) → numeric
template <class T, bool kAppendOnly>
class SumBigint : public IntegerSum<T> {
 public:
  Nullable<sql::Numeric> value(Context&) const {
    if (this->count_ == 0) return {};
    return sql::Numeric(this->sum_, 0);
  }
};

/// avg(smallint), avg(integer), avg(bigint) → numeric
template <class T, bool kAppendOnly>
class AvgInteger : public IntegerSum<T> {
 public:
  Nullable<sql::Numeric> value(Context& context) const {
    if (this->count_ == 0) return {};
    return sql::divide(context, sql::Numeric(this->sum_, 0), sql::numeric_from_integer(this->count_));
  }
};

template <class T, bool kAppendOnly>
class SumNumeric {
 public:
  void add(Heap&, const T& value, int64_t weight) { sum_.add(value, weight); }
  Nullable<sql::Numeric> value(Context& context) const {
    if (sum_.count() == 0) return {};
    return sum_.sum(context);
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.sum_);
  }

 protected:
  sql::NumericSum sum_;
};

template <class T, bool kAppendOnly>
class AvgNumeric : public SumNumeric<T, kAppendOnly> {
 public:
  Nullable<sql::Numeric> value(Context& context) const {
    if (this->sum_.count() == 0) return {};
    return this->sum_.average(context);
  }
};

/// A sum of floats, exact until it is read.
template <class T>
class FloatSum {
 public:
  void add(Heap&, T value, int64_t weight) {
    sum_.add(value, weight);
    count_ += weight;
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.sum_, self.count_);
  }

 protected:
  template <class R>
  R checked(Context& context, double value) const {
    const auto result = static_cast<R>(value);
    if (std::isinf(result) && !sum_.has_special()) {
      context.fail(sql::ErrorCode::kNumericValueOutOfRange, "value out of range: overflow");
    }
    return result;
  }

  sql::ExactFloatSum sum_;
  int64_t count_ = 0;
};

template <class T, bool kAppendOnly>
class SumReal : public FloatSum<T> {
 public:
  Nullable<float> value(Context& context) const {
    if (this->count_ == 0) return {};
    return this->template checked<float>(context, this->sum_.value());
  }
};

template <class T, bool kAppendOnly>
class SumDouble : public FloatSum<T> {
 public:
  Nullable<double> value(Context& context) const {
    if (this->count_ == 0) return {};
    return this->template checked<double>(context, this->sum_.value());
  }
};

template <class T, bool kAppendOnly>
class AvgFloat : public FloatSum<T> {
 public:
  Nullable<double> value(Context& context) const {
    if (this->count_ == 0) return {};
    return this->template checked<double>(context, this->sum_.value()) / static_cast<double>(this->count_);
  }
};

template <class T, bool kAppendOnly>
class SumInterval {
 public:
  void add(Heap&, const T& value, int64_t weight) {
    micros_ += static_cast<__int128>(value.micros) * weight;
    days_ += static_cast<__int128>(value.days) * weight;
    months_ += static_cast<__int128>(value.months) * weight;
    count_ += weight;
  }
  Nullable<sql::Interval> value(Context& context) const {
    if (count_ == 0) return {};
    const sql::Interval sum{static_cast<int64_t>(micros_), static_cast<int32_t>(days_),
                            static_cast<int32_t>(months_)};
    if (sum.micros != micros_ || sum.days != days_ || sum.months != months_) {
      context.fail(sql::ErrorCode::kDatetimeFieldOverflow, "interval out of range");
    }
    return sum;
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.micros_, self.days_, self.months_, self.count_);
  }

 protected:
  __int128 micros_ = 0;
  __int128 days_ = 0;
  __int128 months_ = 0;
  int64_t count_ = 0;
};

template <class T, bool kAppendOnly>
class AvgInterval : public SumInterval<T, kAppendOnly> {
 public:
  Nullable<sql::Interval> value(Context& context) const {
    const Nullable<sql::Interval> sum = SumInterval<T, kAppendOnly>::value(context);
    if (!sum.has_value() || context.failed()) return sum;
    return sql::divide_interval(context, sum.value(), static_cast<double>(this->count_));
  }
};

}  // namespace sqlmill::rt::agg
