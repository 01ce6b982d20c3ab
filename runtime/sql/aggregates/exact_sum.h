// An exact sum of doubles: neither the order of the additions nor values that come and go again show in the
// result.
//
// The sum is a fixed-point integer wide enough for every double (Kulisch's accumulator), of which only the
// words in use are kept: a few inline, or all on the heap once the magnitudes are too far apart.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sqlmill::rt::sql {

class ExactFloatSum {
 public:
  ExactFloatSum() = default;
  ExactFloatSum(ExactFloatSum&&) noexcept = default;
  ExactFloatSum& operator=(ExactFloatSum&&) noexcept = default;
  ExactFloatSum(const ExactFloatSum& other) { *this = other; }
  ExactFloatSum& operator=(const ExactFloatSum& other);

  /// Adds `value` `weight` times; a negative weight takes it back. Any double, NaN and infinities too.
  void add(double value, int64_t weight);
  /// Adds all that is in `other`.
  void add(const ExactFloatSum& other);

  /// The sum, rounded once to the nearest double; an infinity when it is too large for one. NaN as in
  /// floating point: if a NaN or infinities of both signs are among the values.
  double value() const;
  /// Nothing is in it, or all of it cancels.
  bool is_empty() const;
  /// Whether a NaN or an infinity is among the values. If not, an infinite value() is an overflow.
  bool has_special() const;

  /// Appends bytes that depend on the sum only, not on its history.
  void encode(std::string& out) const;
  /// Of what encode() wrote. False if the bytes are not that.
  bool decode(std::string_view bytes);

 private:
  static constexpr int kInlineWords = 4;
  // 2,098 bits from the least subnormal to the greatest double, 126 for the weights and the number of
  // additions, the sign.
  static constexpr int kAllWords = 35;

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
  bool is_negative() const { return static_cast<int64_t>(words()[size() - 1]) < 0; }

  Wide& widen();
  void make_room(int begin, int end);
  void add_words(const uint64_t* added, int count, int position);
  void significant(int& begin, int& end) const;

  // Two's complement, least word first; bit 0 of word 0 counts 2^-1074.
  uint64_t inline_[kInlineWords] = {};
  std::unique_ptr<Wide> wide_;
  int32_t first_ = 0;  // Of inline_[0] among all words.
};

}  // namespace sqlmill::rt::sql
