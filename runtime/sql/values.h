// The C++ type of each SQL type. All are trivially copyable; those with out-of-line bytes (Text, Bytea,
// Jsonb, Numeric) borrow them, see text.h. Distinct SQL types are distinct C++ types, so a function's
// signature says its SQL signature.
//
//   boolean bool · smallint int16_t · integer int32_t · bigint int64_t · real float · double precision double
//   numeric Numeric (numeric.h) · varchar, text Text · bytea Bytea · jsonb Jsonb
//   uuid Uuid · T[] Array (array.h)
//   date Date · time Time · timestamp Timestamp · timestamptz Timestamptz · interval Interval
#pragma once

#include <compare>
#include <cstdint>

#include "runtime/sql/nullable.h"
#include "runtime/sql/numeric.h"
#include "runtime/sql/text.h"

namespace sqlmill::rt::sql {

/// Bytes; compares like Text.
struct Bytea {
  Text bytes;
  friend bool operator==(const Bytea& a, const Bytea& b) = default;
};

/// A JSON value as the text that PostgreSQL prints for jsonb: object keys by length, then bytes; the last of
/// duplicate keys; ", " and ": " as separators; numbers as numeric prints them. Equal values may differ in
/// bytes (1.0 and 1.00).
struct Jsonb {
  Text text;
};

/// The 16 bytes as two numbers, the first byte uppermost, so that they compare as the bytes do.
struct Uuid {
  uint64_t high;
  uint64_t low;
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
};

/// An array of elements of one type in a canonical encoding, which begins with the type; array.h reads and
/// builds it. Identical arrays have the same bytes.
struct Array {
  Text bytes;
};

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

/// Days since 2000-01-01, PostgreSQL's epoch. The two extremes of the type are -infinity and infinity.
struct Date {
  int32_t days;
  static constexpr Date infinity() { return {INT32_MAX}; }
  static constexpr Date minus_infinity() { return {INT32_MIN}; }
  constexpr bool is_finite() const { return days != INT32_MAX && days != INT32_MIN; }
  friend constexpr auto operator<=>(const Date&, const Date&) = default;
};

/// Microseconds since midnight, 0 to 86,400,000,000 (24:00:00 is legal, as in PostgreSQL).
struct Time {
  int64_t micros;
  friend constexpr auto operator<=>(const Time&, const Time&) = default;
};

/// Microseconds since 2000-01-01 00:00:00, without a zone. The extremes are -infinity and infinity.
struct Timestamp {
  int64_t micros;
  static constexpr Timestamp infinity() { return {INT64_MAX}; }
  static constexpr Timestamp minus_infinity() { return {INT64_MIN}; }
  /// Long before 4713 BC, where the type begins.
  static constexpr Timestamp null_mark() { return {INT64_MIN + 1}; }
  constexpr bool is_finite() const { return micros != INT64_MAX && micros != INT64_MIN; }
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

/// Microseconds since 2000-01-01 00:00:00 UTC. The extremes are -infinity and infinity.
struct Timestamptz {
  int64_t micros;
  static constexpr Timestamptz infinity() { return {INT64_MAX}; }
  static constexpr Timestamptz minus_infinity() { return {INT64_MIN}; }
  /// Long before 4713 BC, where the type begins.
  static constexpr Timestamptz null_mark() { return {INT64_MIN + 1}; }
  constexpr bool is_finite() const { return micros != INT64_MAX && micros != INT64_MIN; }
  friend constexpr auto operator<=>(const Timestamptz&, const Timestamptz&) = default;
};

/// Months, days and microseconds, kept apart. `1 day` equals `24:00:00` in comparisons and differs in bytes.
struct Interval {
  int64_t micros;
  int32_t days;
  int32_t months;
};
static_assert(sizeof(Interval) == 16);

template <>
class Nullable<Bytea> {
 public:
  using Value = Bytea;
  Nullable() = default;
  Nullable(Null) {}                               // NOLINT: implicit
  Nullable(Bytea value) : bytes_(value.bytes) {}  // NOLINT: implicit
  bool has_value() const { return bytes_.has_value(); }
  Bytea value() const { return {bytes_.value()}; }

 private:
  Nullable<Text> bytes_;
};

template <>
class Nullable<Jsonb> {
 public:
  using Value = Jsonb;
  Nullable() = default;
  Nullable(Null) {}                             // NOLINT: implicit
  Nullable(Jsonb value) : text_(value.text) {}  // NOLINT: implicit
  bool has_value() const { return text_.has_value(); }
  Jsonb value() const { return {text_.value()}; }

 private:
  Nullable<Text> text_;
};

template <>
class Nullable<Array> {
 public:
  using Value = Array;
  Nullable() = default;
  Nullable(Null) {}                               // NOLINT: implicit
  Nullable(Array value) : bytes_(value.bytes) {}  // NOLINT: implicit
  bool has_value() const { return bytes_.has_value(); }
  Array value() const { return {bytes_.value()}; }

 private:
  Nullable<Text> bytes_;
};

}  // namespace sqlmill::rt::sql
