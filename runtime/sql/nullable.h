// A SQL value that may be NULL. Texts keep NULL in their tag, so a nullable text still has 16 bytes, points
// in time have a value to spare; everything else carries a flag.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "runtime/sql/text.h"

namespace sqlmill::rt::sql {

struct Null {};
inline constexpr Null kNull;

template <class T>
class Nullable {
 public:
  using Value = T;
  constexpr Nullable() : value_(), has_value_(false) {}
  constexpr Nullable(Null) : Nullable() {}                          // NOLINT: implicit
  constexpr Nullable(T value) : value_(value), has_value_(true) {}  // NOLINT: implicit
  constexpr bool has_value() const { return has_value_; }
  /// Undefined when NULL, but always readable.
  constexpr const T& value() const { return value_; }

 private:
  T value_;
  bool has_value_;
};

/// A type has a value that is none of SQL's, `null_mark()`, which stands for NULL in a Nullable of the same
/// size.
template <class T>
concept HasNullMark = requires(T value) {
  { T::null_mark() } -> std::same_as<T>;
};

template <HasNullMark T>
class Nullable<T> {
 public:
  using Value = T;
  constexpr Nullable() : value_(T::null_mark()) {}
  constexpr Nullable(Null) : Nullable() {}        // NOLINT: implicit
  constexpr Nullable(T value) : value_(value) {}  // NOLINT: implicit
  constexpr bool has_value() const { return value_ != T::null_mark(); }
  constexpr const T& value() const { return value_; }

 private:
  T value_;
};

template <>
class Nullable<Text> {
 public:
  using Value = Text;
  Nullable() { value_.high_ = kNullHigh; }
  Nullable(Null) : Nullable() {}           // NOLINT: implicit
  Nullable(Text value) : value_(value) {}  // NOLINT: implicit
  bool has_value() const { return value_.high_ != kNullHigh; }
  const Text& value() const { return value_; }

 private:
  static constexpr uint64_t kNullHigh = Text::kNullTag << Text::kTagShift;
  Text value_;
};
static_assert(sizeof(Nullable<Text>) == 16);

template <class T>
struct IsNullable : std::false_type {
  using Value = T;
};
template <class T>
struct IsNullable<Nullable<T>> : std::true_type {
  using Value = T;
};
template <class T>
inline constexpr bool kIsNullable = IsNullable<T>::value;
/// The type without its nullability.
template <class T>
using ValueOf = typename IsNullable<T>::Value;

/// The same words for values that cannot be NULL, so that templates need no cases.
template <class T>
constexpr bool has_value(const T& v) {
  if constexpr (kIsNullable<T>) {
    return v.has_value();
  } else {
    return true;
  }
}
/// A reference to the value, or a copy where the Nullable is not built around one.
template <class T>
constexpr decltype(auto) value_of(const T& v) {
  if constexpr (kIsNullable<T>) {
    return v.value();
  } else {
    return (v);
  }
}

}  // namespace sqlmill::rt::sql
