// ROUND(factor * a / b, decimals) as PostgreSQL's numeric gives it.
#pragma once

#include <cstdint>

namespace sqlmill::bench::baseline {

/// `dividend` / `divisor`, halves away from zero; both are positive or 0, the divisor is not 0.
///
/// PostgreSQL rounds twice: the quotient to 16 significant digits or more, then to the decimals that are
/// asked for. That comes to the same as long as no quotient is closer to a half, without being one, than the
/// first rounding can move it: as long as the divisor has less than 15 digits or so.
template <class Integer>
constexpr Integer rounded_ratio(Integer dividend, Integer divisor) {
  return (2 * dividend + divisor) / (2 * divisor);
}

/// 100 * part / whole with `kDecimals` decimals, as an integer.
template <int kDecimals>
constexpr uint64_t percent(uint64_t part, uint64_t whole) {
  uint64_t factor = 100;
  for (int i = 0; i < kDecimals; ++i) factor *= 10;
  return rounded_ratio(factor * part, whole);
}

}  // namespace sqlmill::bench::baseline
