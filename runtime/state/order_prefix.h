// The first 64 bits of a value in a form whose order is that of unsigned numbers, so that searching a sorted
// run compares words and looks at values only where these are equal.
//
// For all a and b: compare_total(a, b) < 0 implies order_prefix(a) <= order_prefix(b). A type for which there
// is none (numeric, jsonb, rows) has 0.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

#include "runtime/sql/compare.h"

namespace sqlmill::rt::state {

inline constexpr uint64_t kSignBit = uint64_t{1} << 63;

template <class T>
constexpr uint64_t order_prefix(const T&) {
  return 0;
}
template <std::integral T>
constexpr uint64_t order_prefix(const T& value) {
  return static_cast<uint64_t>(static_cast<int64_t>(value)) ^ kSignBit;
}
template <std::floating_point T>
constexpr uint64_t order_prefix(const T& value) {
  if (value != value) return UINT64_MAX;
  const auto bits = std::bit_cast<uint64_t>(static_cast<double>(value));
  return bits & kSignBit ? ~bits : bits | kSignBit;
}
template <sql::DateOrTime T>
constexpr uint64_t order_prefix(const T& value) {
  return order_prefix(int64_t{sql::ordinal(value)});
}
/// An interval may exceed 64 bits of microseconds; all that do are equal here.
constexpr uint64_t order_prefix(const sql::Interval& value) {
  return order_prefix(
      static_cast<int64_t>(std::clamp<__int128>(sql::total_micros(value), INT64_MIN, INT64_MAX)));
}
inline uint64_t order_prefix(const sql::Text& value) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, value.data(), std::min<size_t>(value.size(), sizeof bytes));
  return __builtin_bswap64(bytes);
}
inline uint64_t order_prefix(const sql::Bytea& value) {
  return order_prefix(value.bytes);
}

}  // namespace sqlmill::rt::state
