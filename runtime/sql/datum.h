// A value whose type is known only at run time: constants in the compiler, rows on their way to a printer or
// a sink. Like the value types it borrows out-of-line bytes.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include "runtime/sql/context.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

class Datum {
 public:
  Datum() = default;  // NULL
  template <class T>
    requires(!kIsNullable<T> && !std::is_same_v<T, Datum> && !std::is_same_v<T, Null>)
  explicit Datum(const T& value) : type_(kTypeOf<T>), is_null_(false) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof bytes_);
    std::memcpy(bytes_, &value, sizeof value);
  }
  template <class T>
  explicit Datum(const Nullable<T>& value) {
    if (value.has_value()) {
      *this = Datum(value.value());
    } else {
      type_ = kTypeOf<T>;
    }
  }
  static Datum null(TypeId type) {
    Datum d;
    d.type_ = type;
    return d;
  }

  bool is_null() const { return is_null_; }
  TypeId type() const { return type_; }
  /// The caller knows the type.
  template <class T>
  T as() const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, bytes_, sizeof value);
    return value;
  }
  template <class T>
  Nullable<T> as_nullable() const {
    return is_null_ ? Nullable<T>() : Nullable<T>(as<T>());
  }

 private:
  alignas(8) char bytes_[24] = {};
  TypeId type_ = TypeId::kUnknown;
  bool is_null_ = true;
};

/// Calls `visitor(std::type_identity<T>{})` with the C++ type of `id` (not kUnknown).
template <class Visitor>
decltype(auto) visit_type(TypeId id, Visitor&& visitor) {
  switch (id) {
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category) \
  case TypeId::id:                                          \
    if constexpr (TypeId::id == TypeId::kUnknown) {         \
      break;                                                \
    } else {                                                \
      return visitor(std::type_identity<cpp>{});            \
    }
#include "runtime/sql/types.def"
#undef SQLMILL_TYPE
  }
  __builtin_unreachable();
}

/// Three-way comparison in the order that ORDER BY uses for the type; both of the same type, not NULL.
int compare(const Datum& a, const Datum& b);

/// PostgreSQL's text output of a value that is not NULL, but for timestamptz, which prints as
/// `2026-04-01 09:00:00+00:00`. Appends to `out`.
void append_text(const Datum& value, std::string& out);
std::string to_text(const Datum& value);

/// PostgreSQL's text input for `type`. On failure the context holds the error. Only the second one reads
/// arrays, whose element the id does not tell.
Datum from_text(Context& context, TypeId type, std::string_view text);
Datum from_text(Context& context, Type type, std::string_view text);

/// A constant of the file as generated code carries it: its text form, of an array its bytes.
std::string encode_constant(const Datum& value);
template <class T>
T decode_constant(Context& context, std::string_view text) {
  if constexpr (std::is_same_v<T, Array>) {
    return Array{Text(text)};
  } else {
    return from_text(context, kTypeOf<T>, text).template as<T>();
  }
}

/// The hash of compare.h; of a NULL its own.
uint64_t hash(const Datum& value);
/// compare.h's tie-break; both of the same type, not NULL.
int compare_total(const Datum& a, const Datum& b);

/// `value` with its out-of-line bytes copied into `arena`.
Datum copy(const Datum& value, Arena& arena);

}  // namespace sqlmill::rt::sql
