// SQL types and their names. A type modifier is the n of varchar(n), 0 for a varchar of any length, or
// (precision << 16 | scale) of numeric(p, s); that of an array belongs to its elements.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

enum class TypeId : uint8_t {
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category) id,
#include "runtime/sql/types.def"
#undef SQLMILL_TYPE
};

/// Not types of values, but what a descriptor says of an argument or result (function.h): any type, and the
/// element type of the array arguments. Outside of the enumeration, so that no switch has to name them.
inline constexpr TypeId kAnyType = static_cast<TypeId>(254);
inline constexpr TypeId kAnyElement = static_cast<TypeId>(255);

struct Type {
  TypeId id = TypeId::kUnknown;
  int32_t modifier = -1;
  TypeId element = TypeId::kUnknown;  // Of an array.

  friend bool operator==(const Type&, const Type&) = default;
};

constexpr Type array_of(TypeId element, int32_t modifier = -1) {
  return {TypeId::kArray, modifier, element};
}
/// The type of an array's elements.
constexpr Type element_of(Type array) {
  return {array.element, array.modifier};
}

/// PostgreSQL's name for the type, with the modifier: `numeric(10,2)`, `timestamp with time zone`, `text[]`.
std::string type_name(Type type);
std::string_view type_name(TypeId id);
/// How generated code spells the value type: `sql::Text`.
std::string_view cpp_name(TypeId id);
/// PostgreSQL's oid; that of an array type follows from its element.
uint32_t type_oid(Type type);
/// PostgreSQL's type category: A array, B boolean, N number, S string, D date/time, T timespan, U
/// user-defined, X unknown, P one of the two above that are none.
char type_category(TypeId id);
/// Whether equal values may print differently: 1.0 and 1.00, 0 and -0, '1 day' and '24:00:00'.
bool has_equal_forms(TypeId id);
/// By any of PostgreSQL's names: `int4`, `integer`, `character varying`. Lower case. Not an array.
std::optional<TypeId> find_type(std::string_view name);
/// The same, and arrays: `int4[]`, `text[][]` (which is text[], as in PostgreSQL).
std::optional<Type> find_any_type(std::string_view name);

/// The SQL type of a C++ value type.
template <class T>
struct TypeOf;
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category) \
  template <>                                               \
  struct TypeOf<cpp> {                                      \
    static constexpr TypeId value = TypeId::id;             \
  };
struct UnknownLiteral {};
#include "runtime/sql/types.def"
#undef SQLMILL_TYPE
template <class T>
inline constexpr TypeId kTypeOf = TypeOf<ValueOf<T>>::value;

}  // namespace sqlmill::rt::sql
