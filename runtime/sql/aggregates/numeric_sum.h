// An exact sum of numerics from which values can be taken back. The sum's scale is the greatest of the values
// that are in it, as PostgreSQL prints it, so values are counted by scale.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

class BigInteger;

class NumericSum {
 public:
  NumericSum();
  ~NumericSum();
  NumericSum(NumericSum&&) noexcept;
  NumericSum& operator=(NumericSum&&) noexcept;
  NumericSum(const NumericSum& other);

  /// Adds `value` `weight` times; a negative weight takes it back.
  void add(const Numeric& value, int64_t weight);
  /// The same of its square, which has twice the scale.
  void add_square(const Numeric& value, int64_t weight);
  /// Number of values, by weight.
  int64_t count() const { return count_; }
  /// Fails beyond PostgreSQL's limits. Not for a count of 0.
  Numeric sum(Context& context) const;
  Numeric average(Context& context) const;
  /// Whether a NaN or an infinity is among the values.
  bool has_special() const { return nans_ > 0 || plus_infinities_ > 0 || minus_infinities_ > 0; }
  /// The greatest scale of a finite value.
  int display_scale() const;
  /// Of the finite values, times 10^scale.
  void get(BigInteger& sum, int scale) const;

  /// Appends bytes that decode() understands.
  void encode(std::string& out) const;
  /// Of what encode() wrote. False if the bytes are not that.
  bool decode(std::string_view bytes);

 private:
  struct Big;
  bool note_special(const Numeric& value, int64_t weight);
  void note_scale(int scale, int64_t weight);
  bool add_small(__int128 term, int scale, int64_t weight);
  void add_big(BigInteger& term, int scale, int64_t weight);

  __int128 small_ = 0;                               // The sum times 10^scale_, unless big_ is there.
  std::unique_ptr<Big> big_;                         // Once 127 bits did not suffice.
  std::vector<std::pair<int16_t, int64_t>> scales_;  // Scale and how many values have it.
  int64_t count_ = 0;
  int64_t nans_ = 0;
  int64_t plus_infinities_ = 0;
  int64_t minus_infinities_ = 0;
  int scale_ = 0;  // The greatest that was ever seen.
};

}  // namespace sqlmill::rt::sql
