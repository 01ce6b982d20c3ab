#include "runtime/sql/aggregates/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace sqlmill::rt::sql {

namespace {

constexpr int kMantissaBits = 53;

/// A finite double: mantissa * 2^(position - 1074).
struct Parts {
  uint64_t mantissa;
  int position;

  explicit Parts(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
    const uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
    mantissa = exponent == 0 ? fraction : fraction | uint64_t{1} << 52;
    position = exponent == 0 ? 0 : exponent - 1;
  }
};

uint64_t sign_word(uint64_t top) {
  return static_cast<int64_t>(top) < 0 ? ~uint64_t{0} : 0;
}

}  // namespace

template <int kInlineWords, int kAllWords, int kLeast>
ExactSum<kInlineWords, kAllWords, kLeast>& ExactSum<kInlineWords, kAllWords, kLeast>::operator=(
    const ExactSum& other) {
  if (this == &other) return *this;
  std::copy(other.inline_, other.inline_ + kInlineWords, inline_);
  first_ = other.first_;
  wide_ = other.wide_ ? std::make_unique<Wide>(*other.wide_) : nullptr;
  return *this;
}

template <int kInlineWords, int kAllWords, int kLeast>
typename ExactSum<kInlineWords, kAllWords, kLeast>::Wide& ExactSum<kInlineWords, kAllWords, kLeast>::widen() {
  if (!wide_) {
    auto wide = std::make_unique<Wide>();
    std::copy(inline_, inline_ + kInlineWords, wide->words + first_);
    std::fill(wide->words + first_ + kInlineWords, wide->words + kAllWords,
              sign_word(inline_[kInlineWords - 1]));
    wide_ = std::move(wide);
  }
  return *wide_;
}

/// The words [begin, end) without which the value is the same: no zeros below, no repetitions of the sign
/// above.
template <int kInlineWords, int kAllWords, int kLeast>
void ExactSum<kInlineWords, kAllWords, kLeast>::significant(int& begin, int& end) const {
  const uint64_t* const all = words();
  begin = 0;
  end = size();
  while (begin < end && all[begin] == 0) ++begin;
  while (end - begin > 1 && all[end - 1] == sign_word(all[end - 2])) --end;
  begin += first();
  end += first();
}

/// Makes the words cover [begin, end), and one more above for a carry.
template <int kInlineWords, int kAllWords, int kLeast>
void ExactSum<kInlineWords, kAllWords, kLeast>::make_room(int begin, int end) {
  if (wide_) return;
  int used_begin;
  int used_end;
  significant(used_begin, used_end);
  if (used_begin == used_end) {
    used_begin = begin;
    used_end = begin;
  }
  const int from = std::min(begin, used_begin);
  const int to = std::max(end, used_end + 1);
  if (from >= first_ && to <= first_ + kInlineWords) return;
  if (to - from > kInlineWords || from + kInlineWords > kAllWords) {
    widen();
    return;
  }
  uint64_t moved[kInlineWords] = {};
  const uint64_t sign = sign_word(inline_[kInlineWords - 1]);
  for (int i = 0; i < kInlineWords; ++i) {
    const int source = from + i - first_;
    moved[i] = source < 0 ? 0 : source < kInlineWords ? inline_[source] : sign;
  }
  std::copy(moved, moved + kInlineWords, inline_);
  first_ = from;
}

/// Adds `count` words in two's complement, the first of which is word `position` of all.
template <int kInlineWords, int kAllWords, int kLeast>
void ExactSum<kInlineWords, kAllWords, kLeast>::add_words(const uint64_t* added, int count, int position) {
  uint64_t* const all = words();
  const uint64_t sign = sign_word(added[count - 1]);
  unsigned __int128 carry = 0;
  for (int i = position - first(); i < size(); ++i) {
    const int source = i - (position - first());
    if (source >= count && carry == (sign & 1)) return;  // Nothing changes further up.
    carry += static_cast<unsigned __int128>(all[i]) + (source < count ? added[source] : sign);
    all[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
}

template <int kInlineWords, int kAllWords, int kLeast>
void ExactSum<kInlineWords, kAllWords, kLeast>::add(double value, int64_t weight)
  requires(kLeast == -1074)
{
  if (value == 0 || weight == 0) return;
  if (!std::isfinite(value)) {
    Wide& wide = widen();
    (std::isnan(value) ? wide.nans : value > 0 ? wide.plus_infinities : wide.minus_infinities) += weight;
    return;
  }
  const auto [mantissa, position] = Parts(value);
  const __int128 product =
      static_cast<__int128>(value < 0 ? -static_cast<int64_t>(mantissa) : static_cast<int64_t>(mantissa)) *
      weight;
  const int shift = position % 64;
  const auto low = static_cast<unsigned __int128>(product) << shift;
  const auto high = shift == 0 ? product >> 127 : product >> (128 - shift);
  const uint64_t added[] = {static_cast<uint64_t>(low), static_cast<uint64_t>(low >> 64),
                            static_cast<uint64_t>(high)};
  int count = 3;
  while (count > 1 && added[count - 1] == sign_word(added[count - 2])) --count;
  make_room(position / 64, position / 64 + count + 1);
  add_words(added, count, position / 64);
}

template <int kInlineWords, int kAllWords, int kLeast>
void ExactSum<kInlineWords, kAllWords, kLeast>::add_product(double x, double y, int64_t weight)
  requires(kLeast == 2 * -1074)
{
  if (x == 0 || y == 0 || weight == 0) return;
  const Parts a(x);
  const Parts b(y);
  const int position = a.position + b.position;
  const bool negative = (x < 0) != ((y < 0) != (weight < 0));
  const auto times = weight < 0 ? -static_cast<uint64_t>(weight) : static_cast<uint64_t>(weight);
  const auto product = static_cast<unsigned __int128>(a.mantissa) * b.mantissa;
  const auto low = static_cast<unsigned __int128>(static_cast<uint64_t>(product)) * times;
  const auto high = (product >> 64) * times + (low >> 64);
  const uint64_t magnitude[] = {static_cast<uint64_t>(low), static_cast<uint64_t>(high),
                                static_cast<uint64_t>(high >> 64)};
  // Shifted to its place within the first word, and with its sign.
  const int shift = position % 64;
  uint64_t added[4];
  bool carry = negative;
  for (int i = 0; i < 4; ++i) {
    uint64_t word = i < 3 ? magnitude[i] << shift : 0;
    if (shift != 0 && i > 0) word |= magnitude[i - 1] >> (64 - shift);
    if (negative) {
      word = ~word + carry;
      carry = carry && word == 0;
    }
    added[i] = word;
  }
  int count = 4;
  while (count > 1 && added[count - 1] == sign_word(added[count - 2])) --count;
  make_room(position / 64, position / 64 + count + 1);
  add_words(added, count, position / 64);
}

template <int kInlineWords, int kAllWords, int kLeast>
void ExactSum<kInlineWords, kAllWords, kLeast>::add(const ExactSum& other) {
  if (&other == this) {
    add(ExactSum(other));
    return;
  }
  if (other.wide_) {
    Wide& wide = widen();
    wide.nans += other.wide_->nans;
    wide.plus_infinities += other.wide_->plus_infinities;
    wide.minus_infinities += other.wide_->minus_infinities;
  }
  int begin;
  int end;
  other.significant(begin, end);
  if (begin == end) return;
  make_room(begin, end + 1);
  add_words(other.words() + (begin - other.first()), end - begin, begin);
}

template <int kInlineWords, int kAllWords, int kLeast>
bool ExactSum<kInlineWords, kAllWords, kLeast>::has_special() const {
  return wide_ && (wide_->nans != 0 || wide_->plus_infinities != 0 || wide_->minus_infinities != 0);
}

template <int kInlineWords, int kAllWords, int kLeast>
bool ExactSum<kInlineWords, kAllWords, kLeast>::is_empty() const {
  return !has_special() && std::all_of(words(), words() + size(), [](uint64_t word) { return word == 0; });
}

template <int kInlineWords, int kAllWords, int kLeast>
int ExactSum<kInlineWords, kAllWords, kLeast>::magnitude(uint64_t (&out)[kAllWords]) const {
  std::fill(out, out + first(), 0);
  bool carry = is_negative();
  const uint64_t flip = carry ? ~uint64_t{0} : 0;
  int end = 0;
  for (int i = 0; i < size(); ++i) {
    uint64_t& word = out[first() + i];
    word = (words()[i] ^ flip) + carry;
    carry = carry && word == 0;
    if (word != 0) end = first() + i + 1;
  }
  return end;
}

template <int kInlineWords, int kAllWords, int kLeast>
double ExactSum<kInlineWords, kAllWords, kLeast>::value() const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (has_special()) {
    if (wide_->nans != 0 || (wide_->plus_infinities != 0 && wide_->minus_infinities != 0)) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    return wide_->plus_infinities != 0 ? kInfinity : -kInfinity;
  }
  uint64_t magnitude[kAllWords];
  const int top = this->magnitude(magnitude) - 1;
  if (top < 0) return 0;
  const bool negative = is_negative();
  const int width = 64 - std::countl_zero(magnitude[top]);
  // The first 53 bits, wherever they are; what is below decides the rounding.
  const int drop = (top * 64 + width) - kMantissaBits;
  const int exponent = kLeast + drop;
  if (drop <= 0) return std::ldexp(static_cast<double>(magnitude[0]) * (negative ? -1 : 1), exponent - drop);
  const auto bits_from = [&](int bit) {
    const int word = bit / 64;
    const int shift = bit % 64;
    const uint64_t above = word + 1 <= top ? magnitude[word + 1] : 0;
    return shift == 0 ? magnitude[word] : magnitude[word] >> shift | above << (64 - shift);
  };
  uint64_t mantissa = bits_from(drop) & ((uint64_t{1} << kMantissaBits) - 1);
  const bool half = bits_from(drop - 1) & 1;
  bool below = (magnitude[(drop - 1) / 64] & ((uint64_t{1} << (drop - 1) % 64) - 1)) != 0;
  for (int i = 0; i < (drop - 1) / 64; ++i) below = below || magnitude[i] != 0;
  mantissa += half && (below || (mantissa & 1));
  return std::ldexp(static_cast<double>(mantissa) * (negative ? -1 : 1), exponent);
}

template <int kInlineWords, int kAllWords, int kLeast>
void ExactSum<kInlineWords, kAllWords, kLeast>::encode(std::string& out) const {
  int begin;
  int end;
  significant(begin, end);
  if (begin == end) begin = end = 0;
  out += static_cast<char>(begin);
  out += static_cast<char>(end - begin);
  out += static_cast<char>(has_special());
  out.append(reinterpret_cast<const char*>(words() + (begin == end ? 0 : begin - first())),
             static_cast<size_t>(end - begin) * sizeof(uint64_t));
  if (has_special()) {
    const int64_t counts[] = {wide_->nans, wide_->plus_infinities, wide_->minus_infinities};
    out.append(reinterpret_cast<const char*>(counts), sizeof counts);
  }
}

template <int kInlineWords, int kAllWords, int kLeast>
bool ExactSum<kInlineWords, kAllWords, kLeast>::decode(std::string_view bytes) {
  *this = ExactSum();
  if (bytes.size() < 3) return false;
  const int begin = static_cast<unsigned char>(bytes[0]);
  const int count = static_cast<unsigned char>(bytes[1]);
  const bool special = bytes[2] != 0;
  const size_t size = static_cast<size_t>(count) * sizeof(uint64_t);
  int64_t counts[3] = {};
  if (begin + count > kAllWords || bytes.size() != 3 + size + (special ? sizeof counts : 0)) return false;
  if (count != 0) {
    uint64_t added[kAllWords];
    std::memcpy(added, bytes.data() + 3, size);
    make_room(begin, begin + count + 1);
    add_words(added, count, begin);
  }
  if (special) {
    std::memcpy(counts, bytes.data() + 3 + size, sizeof counts);
    Wide& wide = widen();
    wide.nans = counts[0];
    wide.plus_infinities = counts[1];
    wide.minus_infinities = counts[2];
  }
  return true;
}

template class ExactSum<4, 35, -1074>;
template class ExactSum<6, 68, 2 * -1074>;

}  // namespace sqlmill::rt::sql
