// Parameters of scalar functions that take more than one SQL type, as PostgreSQL's pseudo-types do:
//
//   Any            a value of every type ("any"): concat, to_jsonb
//   AnyElement     a value of the element type of the arrays among the arguments; as a result, too
//   Array          an array of any type; all arrays among the arguments and the result have the same
//   ArrayOf<Text>  an array of this type
//   Variadic<B>    one or more values, each a B (Any, Text, …) or NULL; the last parameter
//
// Any and AnyElement carry a Datum, which in a function that is not strict may be NULL.
#pragma once

#include <span>
#include <type_traits>

#include "runtime/sql/datum.h"

namespace sqlmill::rt::sql {

template <TypeId kId>
struct AnyValue {
  static constexpr TypeId id = kId;
  Datum datum;

  AnyValue() = default;
  AnyValue(const Datum& value) : datum(value) {}  // NOLINT: implicit
  template <class T>
    requires requires { TypeOf<ValueOf<T>>::value; }
  AnyValue(const T& value) : datum(value) {}  // NOLINT: implicit
};
using Any = AnyValue<kAnyType>;
using AnyElement = AnyValue<kAnyElement>;

template <class T>
inline constexpr bool kIsAnyValue = false;
template <TypeId kId>
inline constexpr bool kIsAnyValue<AnyValue<kId>> = true;
template <TypeId kId>
inline constexpr bool kIsAnyValue<Nullable<AnyValue<kId>>> = true;

/// NULL is a NULL Datum.
template <TypeId kId>
class Nullable<AnyValue<kId>> {
 public:
  using Value = AnyValue<kId>;
  Datum datum;

  Nullable() = default;
  Nullable(Null) {}                                     // NOLINT: implicit
  Nullable(const Value& value) : datum(value.datum) {}  // NOLINT: implicit
  Nullable(const Datum& value) : datum(value) {}        // NOLINT: implicit
  template <class T>
    requires requires { TypeOf<ValueOf<T>>::value; }
  Nullable(const T& value) : datum(value) {}  // NOLINT: implicit
  bool has_value() const { return !datum.is_null(); }
  Value value() const { return Value(datum); }
};

template <class T>
struct ArrayOf : Array {
  ArrayOf() = default;
  ArrayOf(const Array& array) : Array(array) {}  // NOLINT: implicit
};

template <class T>
class Nullable<ArrayOf<T>> {
 public:
  using Value = ArrayOf<T>;
  Nullable() = default;
  Nullable(Null) {}                                            // NOLINT: implicit
  Nullable(const ArrayOf<T>& value) : array_(Array(value)) {}  // NOLINT: implicit
  Nullable(const Array& value) : array_(value) {}              // NOLINT: implicit
  Nullable(const Nullable<Array>& value) : array_(value) {}    // NOLINT: implicit
  bool has_value() const { return array_.has_value(); }
  ArrayOf<T> value() const { return array_.value(); }
  const Nullable<Array>& array() const { return array_; }

 private:
  Nullable<Array> array_;
};

struct VariadicValues {
  std::span<const Datum> values;
};
template <class T>
struct Variadic : VariadicValues {
  Variadic(VariadicValues all) : VariadicValues(all) {}  // NOLINT: implicit
  explicit Variadic(std::span<const Datum> all) : VariadicValues{all} {}
};
template <class T>
inline constexpr bool kIsVariadic = false;
template <class T>
inline constexpr bool kIsVariadic<Variadic<T>> = true;

/// Whether a vector's values are of the parameter's own type.
template <class T>
inline constexpr bool kIsColumnar = !kIsVariadic<T> && !kIsAnyValue<T>;
template <class T>
inline constexpr bool kIsColumnar<ArrayOf<T>> = false;
template <class T>
inline constexpr bool kIsColumnar<Nullable<ArrayOf<T>>> = false;

/// What a descriptor says of a parameter or result: id, element type of an array, and the C++ type of the
/// value that a Datum carries for it.
template <class T>
struct SqlParameter {
  static constexpr TypeId id = kTypeOf<T>;
  static constexpr TypeId element = std::is_same_v<ValueOf<T>, Array> ? kAnyElement : TypeId::kUnknown;
  using Carrier = ValueOf<T>;
};
template <class T>
struct SqlParameter<ArrayOf<T>> {
  static constexpr TypeId id = TypeId::kArray;
  static constexpr TypeId element = kTypeOf<T>;
  using Carrier = Array;
};
template <class T>
struct SqlParameter<Nullable<ArrayOf<T>>> : SqlParameter<ArrayOf<T>> {};
template <TypeId kId>
struct SqlParameter<AnyValue<kId>> {
  static constexpr TypeId id = kId;
  static constexpr TypeId element = TypeId::kUnknown;
};
template <TypeId kId>
struct SqlParameter<Nullable<AnyValue<kId>>> : SqlParameter<AnyValue<kId>> {};
template <class T>
struct SqlParameter<Variadic<T>> : SqlParameter<T> {};

/// A result as generated code keeps it: every array is an Array. Used within the expression that makes the
/// value.
template <class T>
const T& plain(const T& value) {
  return value;  // NOLINT(bugprone-return-const-ref-from-parameter)
}
template <class T>
Array plain(const ArrayOf<T>& value) {
  return value;
}
template <class T>
const Nullable<Array>& plain(const Nullable<ArrayOf<T>>& value) {
  return value.array();
}

/// An AnyElement as the type that it has in a call: `element_as<int32_t>(call<sql::array_subscript>(…))`.
template <class T>
T element_as(const AnyElement& value) {
  return value.datum.as<T>();
}
template <class T>
Nullable<T> element_as(const Nullable<AnyElement>& value) {
  return value.datum.as_nullable<T>();
}

}  // namespace sqlmill::rt::sql
