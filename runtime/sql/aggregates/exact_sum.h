// Exact sums of doubles and of products of two: neither the order of the additions nor values that come and
// go again show in the result.
//
// The sum is a fixed-point integer wide enough for every double, or product (Kulisch's accumulator), of which
// only the words in use are kept: a few inline, or all on the heap once the magnitudes are too far apart.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sqlmill::rt::sql {

/// Bit 0 counts 2^kLeast.
template <int kInlineWords, int kAllWords, int kLeast>
class ExactSum {
 public:
  static constexpr int kLeastExponent = kLeast;

  ExactSum() = default;
  ExactSum(ExactSum&&) noexcept = default;
  ExactSum& operator=(ExactSum&&) noexcept = default;
  ExactSum(const ExactSum& other) { *this = other; }
  ExactSum& operator=(const ExactSum& other);

  /// Adds `value` `weight` times; a negative weight takes it back. Any double, NaN and infinities too.
  void add(double value, int64_t weight)
    requires(kLeast == -1074);
  /// The same of x * y; both are finite.
  void add_product(double x, double y, int64_t weight)
    requires(kLeast == 2 * -1074);
  /// Adds all that is in `other`.
  void add(const ExactSum& other);

  /// The sum, rounded once to the nearest double; an infinity when it is too large for one. NaN as in
  /// floating point: if a NaN or infinities of both signs are among the values.
  double value() const;
  /// Nothing is in it, or all of it cancels.
  bool is_empty() const;
  /// Whether a NaN or an infinity is among the values. If not, an infinite value() is an overflow.
  bool has_special() const;
  /// The magnitude as an integer, least word first. The number of words, without zeros at the end.
  int magnitude(uint64_t (&out)[kAllWords]) const;
  bool is_negative() const { return static_cast<int64_t>(words()[size() - 1]) < 0; }

  /// Appends bytes that depend on the sum only, not on its history.
  void encode(std::string& out) const;
  /// Of what encode() wrote. False if the bytes are not that.
  bool decode(std::string_view bytes);

 private:
  struct Wide {
    uint64_t words[kAllWords] = {};
    int64_t nans = 0;
    int64_t plus_infinities = 0;
    int64_t minus_infinities = 0;
  };

  uint64_t* words() { return wide_ ? wide_->words : inline_; }
  const uint64_t* words() const { return wide_ ? wide_->words : inline_; }
  int size() const { return wide_ ? kAllWords : kInlineWords; }
  int first() const { return wide_ ? 0 : first_; }

  Wide& widen();
  void make_room(int begin, int end);
  void add_words(const uint64_t* added, int count, int position);
  void significant(int& begin, int& end) const;

  // Two's complement, least word first.
  uint64_t inline_[kInlineWords] = {};
  std::unique_ptr<Wide> wide_;
  int32_t first_ = 0;  // Of inline_[0] among all words.
};

// 2,098 bits from the least subnormal to the greatest double, 126 for the weights and the number of
// additions, the sign; of products twice the first.
using ExactFloatSum = ExactSum<4, 35, -1074>;
using ExactProductSum = ExactSum<6, 68, 2 * -1074>;

/// What variances and regressions are made of: the sum of (x - mean of x) * (y - mean of y) over `count`
/// pairs, from their exact sums; rounded once, infinite when it is too large. None of the values is special.
double centered(int64_t count, const ExactFloatSum& x, const ExactFloatSum& y, const ExactProductSum& xy);

}  // namespace sqlmill::rt::sql
