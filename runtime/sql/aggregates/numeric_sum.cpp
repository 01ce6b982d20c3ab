#include "runtime/sql/aggregates/numeric_sum.h"

#include <algorithm>
#include <cstring>

#include "runtime/sql/numeric_big.h"

namespace sqlmill::rt::sql {

struct NumericSum::Big {
  BigInteger value;
};

NumericSum::NumericSum() = default;
NumericSum::~NumericSum() = default;
NumericSum::NumericSum(NumericSum&&) noexcept = default;
NumericSum& NumericSum::operator=(NumericSum&&) noexcept = default;
NumericSum::NumericSum(const NumericSum& other)
    : small_(other.small_),
      scales_(other.scales_),
      count_(other.count_),
      nans_(other.nans_),
      plus_infinities_(other.plus_infinities_),
      minus_infinities_(other.minus_infinities_),
      scale_(other.scale_) {
  if (!other.big_) return;
  big_ = std::make_unique<Big>();
  mpz_set(big_->value, other.big_->value);
}

bool NumericSum::note_special(const Numeric& value, int64_t weight) {
  count_ += weight;
  switch (value.kind()) {
    case Numeric::Kind::kNan:
      nans_ += weight;
      return true;
    case Numeric::Kind::kPlusInfinity:
      plus_infinities_ += weight;
      return true;
    case Numeric::Kind::kMinusInfinity:
      minus_infinities_ += weight;
      return true;
    case Numeric::Kind::kSmall:
    case Numeric::Kind::kBig:
      break;
  }
  return false;
}

void NumericSum::note_scale(int scale, int64_t weight) {
  auto at = std::find_if(scales_.begin(), scales_.end(), [&](const auto& s) { return s.first == scale; });
  if (at == scales_.end()) at = scales_.insert(scales_.end(), {static_cast<int16_t>(scale), 0});
  at->second += weight;
  if (at->second == 0) scales_.erase(at);
}

/// False if it does not fit.
bool NumericSum::add_small(Int128 term, int scale, int64_t weight) {
  if (big_) return false;
  // Everything to the common scale; any step that overflows goes the long way.
  Int128 sum = small_;
  const int common = std::max(scale_, scale);
  if (!multiply_by_power_of_ten(sum, common - scale_, sum) ||
      !multiply_by_power_of_ten(term, common - scale, term) || !multiply_small(term, weight, term) ||
      __builtin_add_overflow(sum, term, &sum) || !fits_small(sum)) {
    return false;
  }
  small_ = sum;
  scale_ = common;
  return true;
}

void NumericSum::add_big(BigInteger& term, int scale, int64_t weight) {
  if (!big_) {
    big_ = std::make_unique<Big>();
    big_->value.set(small_);
  }
  if (scale > scale_) {
    big_->value.multiply_by_power_of_ten(scale - scale_);
    scale_ = scale;
  } else {
    term.multiply_by_power_of_ten(scale_ - scale);
  }
  const BigInteger times(static_cast<Int128>(weight));
  mpz_addmul(big_->value, term, times);
}

void NumericSum::add(const Numeric& value, int64_t weight) {
  if (note_special(value, weight)) return;
  note_scale(value.scale(), weight);
  if (value.is_small() && add_small(value.unscaled(), value.scale(), weight)) return;
  BigInteger term(value);
  add_big(term, value.scale(), weight);
}

void NumericSum::add_square(const Numeric& value, int64_t weight) {
  if (note_special(value, weight)) return;
  const int scale = 2 * value.scale();
  note_scale(scale, weight);
  Int128 square;
  if (value.is_small() && multiply_small(value.unscaled(), value.unscaled(), square) &&
      add_small(square, scale, weight))
    return;
  BigInteger term(value);
  mpz_mul(term, term, term);
  add_big(term, scale, weight);
}

void NumericSum::get(BigInteger& sum, int scale) const {
  if (big_) {
    mpz_set(sum, big_->value);
  } else {
    sum.set(small_);
  }
  if (scale >= scale_) {
    sum.multiply_by_power_of_ten(scale - scale_);
  } else {
    BigInteger power;
    mpz_divexact(sum, sum, power_of_ten(scale_ - scale, power));
  }
}

int NumericSum::display_scale() const {
  int scale = 0;
  for (const auto& [s, count] : scales_) {
    if (count > 0) scale = std::max(scale, static_cast<int>(s));
  }
  return scale;
}

Numeric NumericSum::sum(Context& context) const {
  if (nans_ > 0 || (plus_infinities_ > 0 && minus_infinities_ > 0))
    return Numeric::special(Numeric::Kind::kNan);
  if (plus_infinities_ > 0) return Numeric::special(Numeric::Kind::kPlusInfinity);
  if (minus_infinities_ > 0) return Numeric::special(Numeric::Kind::kMinusInfinity);
  if (big_) {
    const Numeric exact = make_numeric_checked(context, big_->value, scale_);
    if (context.failed()) return exact;
    return rescale(context.arena(), exact, display_scale(), Rounding::kHalfAwayFromZero);
  }
  return rescale(context.arena(), Numeric(small_, scale_), display_scale(), Rounding::kHalfAwayFromZero);
}

// The sum's sign and size in bytes (-1: it is small_), its bytes, the counts, then the scales with theirs.
void NumericSum::encode(std::string& out) const {
  const auto put = [&](const auto value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
  if (big_) {
    std::string magnitude((mpz_sizeinbase(big_->value, 2) + 7) / 8, '\0');
    size_t size = 0;
    mpz_export(magnitude.data(), &size, 1, 1, 1, 0, big_->value);
    magnitude.resize(size);
    put(static_cast<int32_t>(size));
    put(static_cast<int8_t>(mpz_sgn(static_cast<mpz_srcptr>(big_->value))));
    out += magnitude;
  } else {
    put(int32_t{-1});
    put(small_);
  }
  for (const int64_t count : {count_, nans_, plus_infinities_, minus_infinities_}) put(count);
  put(static_cast<int32_t>(scale_));
  for (const auto& [scale, count] : scales_) {
    put(scale);
    put(count);
  }
}

bool NumericSum::decode(std::string_view bytes) {
  *this = NumericSum();
  bool is_whole = true;
  const auto take = [&](size_t size) {
    if (bytes.size() < size) {
      is_whole = false;
      return std::string_view();
    }
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  };
  const auto get = [&](auto& value) {
    const std::string_view taken = take(sizeof value);
    if (is_whole) std::memcpy(&value, taken.data(), sizeof value);
  };
  int32_t size = 0;
  get(size);
  if (size < 0) {
    get(small_);
  } else {
    int8_t sign = 0;
    get(sign);
    const std::string_view magnitude = take(static_cast<size_t>(size));
    if (!is_whole) return false;
    big_ = std::make_unique<Big>();
    mpz_import(big_->value, magnitude.size(), 1, 1, 1, 0, magnitude.data());
    if (sign < 0) mpz_neg(big_->value, big_->value);
  }
  for (int64_t* count : {&count_, &nans_, &plus_infinities_, &minus_infinities_}) get(*count);
  int32_t scale = 0;
  get(scale);
  scale_ = scale;
  while (is_whole && !bytes.empty()) {
    auto& [of_values, count] = scales_.emplace_back();
    get(of_values);
    get(count);
  }
  return is_whole;
}

Numeric NumericSum::average(Context& context) const {
  const Numeric total = sum(context);
  if (context.failed()) return total;
  return divide(context, total, numeric_from_integer(count_));
}

}  // namespace sqlmill::rt::sql
