// Equality, order, hashing and identity of every value type, for kernels and generated code. Four notions:
//
// - `equal` and `compare` are SQL's = and the order of ORDER BY: 1.0 = 1.00, '1 day' = '24:00:00' and
//   -0.0 = 0.0; NaN equals NaN and is greater than every number.
//
// - `hash` agrees with `equal`.
//
// - `identical` values print the same: 1.0 and 1.00 are not. It is what retraction cancels by.
//
// - `compare_total` is `compare`, then a tie-break that is 0 only for identical values.
//
// `equal` and `compare` take values that are not NULL. `not_distinct`, `identical` and `hash` also take
// Nullables; for them two NULLs are the same, as GROUP BY has it.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>

#include "runtime/sql/hash.h"
#include "runtime/sql/numeric.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

// ---- Types whose comparison is not a line long: interval.h, jsonb.h and array.h ----

int compare(const Interval& a, const Interval& b);
int compare(const Jsonb& a, const Jsonb& b);
uint64_t hash(const Jsonb& value);
int compare(const Array& a, const Array& b);
uint64_t hash(const Array& value);
int compare_total(const Array& a, const Array& b);

// ---- Booleans and integers ----

template <std::integral T>
constexpr bool equal(T a, T b) {
  return a == b;
}
template <std::integral T>
constexpr int compare(T a, T b) {
  return (a > b) - (a < b);
}
template <std::integral T>
constexpr uint64_t hash(T value) {
  return hash_word(static_cast<uint64_t>(static_cast<int64_t>(value)));
}
template <std::integral T>
constexpr bool identical(T a, T b) {
  return a == b;
}
template <std::integral T>
constexpr int compare_total(T a, T b) {
  return compare(a, b);
}

// ---- Floats ----

template <std::floating_point T>
constexpr bool equal(T a, T b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}
template <std::floating_point T>
constexpr int compare(T a, T b) {
  if (a < b) return -1;
  if (a > b) return 1;
  return std::isnan(a) - std::isnan(b);
}
template <std::floating_point T>
constexpr uint64_t hash(T value) {
  const double number = value;
  if (number != number) return hash_word(0x7ff8000000000000);
  // Adding zero turns -0.0 into 0.0.
  return hash_word(std::bit_cast<uint64_t>(number + 0.0));
}
/// 0 only for identical values. All NaNs print the same; the sign of a zero is printed.
template <std::floating_point T>
constexpr int compare_total(T a, T b) {
  const int order = compare(a, b);
  if (order != 0 || a != 0) return order;
  return (std::bit_cast<uint64_t>(double{b}) >> 63) - (std::bit_cast<uint64_t>(double{a}) >> 63);
}
template <std::floating_point T>
constexpr bool identical(T a, T b) {
  return compare_total(a, b) == 0;
}

// ---- Text and bytea ----

inline bool equal(const Text& a, const Text& b) {
  return a == b;
}
// compare(const Text&, const Text&) is Text's own.
inline uint64_t hash(const Text& value) {
  if (!value.is_inline()) return hash_bytes(value.data(), value.size());
  uint64_t words[2];
  std::memcpy(words, &value, sizeof words);
  return hash_words(words[0], words[1]);
}
inline bool identical(const Text& a, const Text& b) {
  return a == b;
}
inline int compare_total(const Text& a, const Text& b) {
  return compare(a, b);
}

inline bool equal(const Bytea& a, const Bytea& b) {
  return a == b;
}
inline int compare(const Bytea& a, const Bytea& b) {
  return compare(a.bytes, b.bytes);
}
inline uint64_t hash(const Bytea& value) {
  return hash(value.bytes);
}
inline bool identical(const Bytea& a, const Bytea& b) {
  return a == b;
}
inline int compare_total(const Bytea& a, const Bytea& b) {
  return compare(a, b);
}

// ---- Dates and times ----

template <class T>
concept DateOrTime = std::same_as<T, Date> || std::same_as<T, Time> || std::same_as<T, Timestamp> ||
                     std::same_as<T, Timestamptz>;

constexpr int64_t ordinal(Date value) {
  return value.days;
}
constexpr int64_t ordinal(Time value) {
  return value.micros;
}
constexpr int64_t ordinal(Timestamp value) {
  return value.micros;
}
constexpr int64_t ordinal(Timestamptz value) {
  return value.micros;
}

template <DateOrTime T>
constexpr bool equal(T a, T b) {
  return a == b;
}
template <DateOrTime T>
constexpr int compare(T a, T b) {
  return compare(ordinal(a), ordinal(b));
}
template <DateOrTime T>
constexpr uint64_t hash(T value) {
  return hash(ordinal(value));
}
template <DateOrTime T>
constexpr bool identical(T a, T b) {
  return a == b;
}
template <DateOrTime T>
constexpr int compare_total(T a, T b) {
  return compare(a, b);
}

// ---- Intervals ----

/// With a day of 24 hours and a month of 30 days, as PostgreSQL compares them.
constexpr __int128 total_micros(const Interval& value) {
  return static_cast<__int128>(value.micros) +
         (static_cast<int64_t>(value.months) * 30 + value.days) * static_cast<__int128>(kMicrosPerDay);
}
inline bool equal(const Interval& a, const Interval& b) {
  return total_micros(a) == total_micros(b);
}
inline uint64_t hash(const Interval& value) {
  const __int128 total = total_micros(value);
  return hash_words(static_cast<uint64_t>(total), static_cast<uint64_t>(total >> 64));
}
inline bool identical(const Interval& a, const Interval& b) {
  return a.micros == b.micros && a.days == b.days && a.months == b.months;
}
inline int compare_total(const Interval& a, const Interval& b) {
  if (const int order = compare(a, b)) return order;
  if (const int order = compare(a.months, b.months)) return order;
  return compare(a.days, b.days);
}

// ---- Jsonb ----

inline bool equal(const Jsonb& a, const Jsonb& b) {
  return a.text == b.text || compare(a, b) == 0;
}
inline bool identical(const Jsonb& a, const Jsonb& b) {
  return a.text == b.text;
}
inline int compare_total(const Jsonb& a, const Jsonb& b) {
  if (const int order = compare(a, b)) return order;
  return compare(a.text, b.text);
}

// ---- Uuid ----

inline bool equal(const Uuid& a, const Uuid& b) {
  return a == b;
}
inline int compare(const Uuid& a, const Uuid& b) {
  return (a > b) - (a < b);
}
inline uint64_t hash(const Uuid& value) {
  return hash_words(value.high, value.low);
}
inline bool identical(const Uuid& a, const Uuid& b) {
  return a == b;
}
inline int compare_total(const Uuid& a, const Uuid& b) {
  return compare(a, b);
}

// ---- Arrays ----

inline bool equal(const Array& a, const Array& b) {
  return a.bytes == b.bytes || compare(a, b) == 0;
}
inline bool identical(const Array& a, const Array& b) {
  return a.bytes == b.bytes;
}

// ---- Numeric: numeric.h has its equal, compare, hash, identical and compare_total ----

// ---- With NULL ----

/// NULL's own; any other value may hash to it by chance.
inline constexpr uint64_t kHashOfNull = 0x9e3779b97f4a7c15;

template <class T>
uint64_t hash(const Nullable<T>& value) {
  return value.has_value() ? hash(value.value()) : kHashOfNull;
}

/// `a IS NOT DISTINCT FROM b`, for any mixture of T and Nullable<T>.
template <class A, class B>
  requires std::same_as<ValueOf<A>, ValueOf<B>>
bool not_distinct(const A& a, const B& b) {
  if (!sql::has_value(a) || !sql::has_value(b)) return sql::has_value(a) == sql::has_value(b);
  return equal(value_of(a), value_of(b));
}

template <class T>
bool identical(const Nullable<T>& a, const Nullable<T>& b) {
  if (!a.has_value() || !b.has_value()) return a.has_value() == b.has_value();
  return identical(a.value(), b.value());
}

/// NULL is the greatest, as in ORDER BY without NULLS FIRST.
template <class T>
int compare_total(const Nullable<T>& a, const Nullable<T>& b) {
  if (!a.has_value() || !b.has_value()) return a.has_value() ? -1 : b.has_value();
  return compare_total(a.value(), b.value());
}

}  // namespace sqlmill::rt::sql
