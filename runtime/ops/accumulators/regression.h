// Aggregates over pairs (y, x): corr, covar_pop, covar_samp, regr_*. What they share are the number of pairs,
// the sums of x and y, and the sums of products of deviations from the means, here from exact sums. The
// formulas that put them together are PostgreSQL's.
#pragma once

#include <cmath>
#include <limits>

#include "runtime/ops/accumulators/accumulator.h"
#include "runtime/sql/aggregates/exact_sum.h"

namespace sqlmill::rt::agg {

/// Which sums an aggregate needs.
struct PairSums {
  bool x = false;
  bool y = false;
  bool xx = false;
  bool yy = false;
  bool xy = false;
};

struct NoSum {
  void add(double, int64_t) {}
  void add_product(double, double, int64_t) {}
  template <class Self, class Visit>
  static void visit_state(Self&, Visit&&) {}
};
template <bool kKept, class Sum>
using SumIf = std::conditional_t<kKept, Sum, NoSum>;

/// The derived one has `Nullable<double> result(Context&) const` for at least one pair.
template <PairSums kSums>
class Pairs {
 public:
  void add(Heap&, double y, double x, int64_t weight) {
    x_.add(x, weight);
    y_.add(y, weight);
    const bool finite_x = std::isfinite(x);
    const bool finite_y = std::isfinite(y);
    if (finite_x) xx_.add_product(x, x, weight);
    if (finite_y) yy_.add_product(y, y, weight);
    if (finite_x && finite_y) xy_.add_product(x, y, weight);
    count_ += weight;
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.x_, self.y_, self.xx_, self.yy_, self.xy_, self.count_);
  }

 protected:
  double count() const { return static_cast<double>(count_); }
  double sum_x(Context& context) const { return checked(context, x_.value(), x_.has_special()); }
  double sum_y(Context& context) const { return checked(context, y_.value(), y_.has_special()); }
  double xx(Context& context) const {
    return x_.has_special() ? kNan : checked(context, sql::centered(count_, x_, x_, xx_), false);
  }
  double yy(Context& context) const {
    return y_.has_special() ? kNan : checked(context, sql::centered(count_, y_, y_, yy_), false);
  }
  double xy(Context& context) const {
    return x_.has_special() || y_.has_special() ? kNan
                                                : checked(context, sql::centered(count_, x_, y_, xy_), false);
  }

  int64_t count_ = 0;

 private:
  static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

  static double checked(Context& context, double value, bool may_be_infinite) {
    if (std::isinf(value) && !may_be_infinite)
      context.fail(sql::ErrorCode::kNumericValueOutOfRange, "value out of range: overflow");
    return value;
  }

  [[no_unique_address]] SumIf<kSums.x, sql::ExactFloatSum> x_;
  [[no_unique_address]] SumIf<kSums.y, sql::ExactFloatSum> y_;
  [[no_unique_address]] SumIf<kSums.xx, sql::ExactProductSum> xx_;
  [[no_unique_address]] SumIf<kSums.yy, sql::ExactProductSum> yy_;
  [[no_unique_address]] SumIf<kSums.xy, sql::ExactProductSum> xy_;
};

inline constexpr PairSums kOfX{.x = true};
inline constexpr PairSums kOfY{.y = true};
inline constexpr PairSums kOfXx{.x = true, .xx = true};
inline constexpr PairSums kOfYy{.y = true, .yy = true};
inline constexpr PairSums kOfXy{.x = true, .y = true, .xy = true};
inline constexpr PairSums kOfXxXy{.x = true, .y = true, .xx = true, .xy = true};
inline constexpr PairSums kOfAll{.x = true, .y = true, .xx = true, .yy = true, .xy = true};

template <class Y, class X, bool kAppendOnly>
class RegrCount {
 public:
  void add(Heap&, double, double, int64_t weight) { count_ += weight; }
  int64_t value(Context&) const { return count_; }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.count_);
  }

 private:
  int64_t count_ = 0;
};

template <class Y, class X, bool kAppendOnly>
struct RegrAvgX : Pairs<kOfX> {
  Nullable<double> value(Context& context) const {
    return count_ < 1 ? Nullable<double>() : sum_x(context) / count();
  }
};
template <class Y, class X, bool kAppendOnly>
struct RegrAvgY : Pairs<kOfY> {
  Nullable<double> value(Context& context) const {
    return count_ < 1 ? Nullable<double>() : sum_y(context) / count();
  }
};
template <class Y, class X, bool kAppendOnly>
struct RegrSxx : Pairs<kOfXx> {
  Nullable<double> value(Context& context) const { return count_ < 1 ? Nullable<double>() : xx(context); }
};
template <class Y, class X, bool kAppendOnly>
struct RegrSyy : Pairs<kOfYy> {
  Nullable<double> value(Context& context) const { return count_ < 1 ? Nullable<double>() : yy(context); }
};
template <class Y, class X, bool kAppendOnly>
struct RegrSxy : Pairs<kOfXy> {
  Nullable<double> value(Context& context) const { return count_ < 1 ? Nullable<double>() : xy(context); }
};
template <class Y, class X, bool kAppendOnly>
struct CovarPop : Pairs<kOfXy> {
  Nullable<double> value(Context& context) const {
    return count_ < 1 ? Nullable<double>() : xy(context) / count();
  }
};
template <class Y, class X, bool kAppendOnly>
struct CovarSamp : Pairs<kOfXy> {
  Nullable<double> value(Context& context) const {
    return count_ < 2 ? Nullable<double>() : xy(context) / (count() - 1);
  }
};
template <class Y, class X, bool kAppendOnly>
struct Corr : Pairs<kOfAll> {
  Nullable<double> value(Context& context) const {
    if (count_ < 1) return {};
    const double sxx = xx(context);
    const double syy = yy(context);
    if (sxx == 0 || syy == 0) return {};
    return xy(context) / std::sqrt(sxx * syy);
  }
};
template <class Y, class X, bool kAppendOnly>
struct RegrR2 : Pairs<kOfAll> {
  Nullable<double> value(Context& context) const {
    if (count_ < 1) return {};
    const double sxx = xx(context);
    if (sxx == 0) return {};
    const double syy = yy(context);
    if (syy == 0) return 1.0;
    const double sxy = xy(context);
    return (sxy * sxy) / (sxx * syy);
  }
};
template <class Y, class X, bool kAppendOnly>
struct RegrSlope : Pairs<kOfXxXy> {
  Nullable<double> value(Context& context) const {
    if (count_ < 1) return {};
    const double sxx = xx(context);
    if (sxx == 0) return {};
    return xy(context) / sxx;
  }
};
template <class Y, class X, bool kAppendOnly>
struct RegrIntercept : Pairs<kOfXxXy> {
  Nullable<double> value(Context& context) const {
    if (count_ < 1) return {};
    const double sxx = xx(context);
    if (sxx == 0) return {};
    return (sum_y(context) - sum_x(context) * xy(context) / sxx) / count();
  }
};

}  // namespace sqlmill::rt::agg
