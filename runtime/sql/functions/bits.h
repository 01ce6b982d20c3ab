// The operators & | # ~ << >> of integers. A shift takes its distance modulo 32 (bigint: 64), as PostgreSQL
// on x86 does.
#pragma once

#include "runtime/sql/functions/arithmetic.h"

namespace sqlmill::rt::sql {

template <Integer T>
T bit_and(T a, T b) {
  return a & b;
}
template <Integer T>
T bit_or(T a, T b) {
  return a | b;
}
template <Integer T>
T bit_xor(T a, T b) {
  return a ^ b;
}
template <Integer T>
T bit_not(T value) {
  return static_cast<T>(~value);
}
template <Integer T>
T shift_left(T value, int32_t distance) {
  return static_cast<T>(static_cast<uint64_t>(value) << (distance & (sizeof(T) == 8 ? 63 : 31)));
}
template <Integer T>
T shift_right(T value, int32_t distance) {
  return static_cast<T>(static_cast<int64_t>(value) >> (distance & (sizeof(T) == 8 ? 63 : 31)));
}

}  // namespace sqlmill::rt::sql
