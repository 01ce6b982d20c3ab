// The types of PostgreSQL's catalogs that are text, bigint or jsonb here: name, "char", oid and their like.
// To clients they keep their own oids. A Type says so by a modifier below -1, the negated oid of what it is
// to them (its tag); nothing is computed otherwise because of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

struct PostgresType {
  std::string_view name;  // As pg_type has it.
  TypeId id;
  uint32_t tag;  // Its oid, but for what has no scalar of its own.
  uint32_t oid;
  uint32_t array_oid;  // 0: there is none.
  int16_t size;        // pg_type.typlen

  constexpr Type type() const { return {id, -static_cast<int32_t>(tag)}; }
  constexpr Type array() const { return array_of(id, -static_cast<int32_t>(tag)); }
};

/// By its name, `oid`, or that of its array, `_oid` or `oidvector`. Null: it is none of these.
std::optional<Type> find_postgres_type(std::string_view name);
/// What a type or the elements of an array are to clients. Null: what they are here.
const PostgresType* postgres_type(Type type);
/// The oid that clients know the type by; that of a bare NULL or literal is text's.
uint32_t client_oid(Type type);
/// The other way round; nothing for a type that there is not.
std::optional<Type> type_of_oid(uint32_t oid);
/// A row of a catalog function: a jsonb with a member for each field, which `(row).field` takes.
inline constexpr Type kRowType{TypeId::kJsonb, -2249};
/// A path of JSON, as its text.
inline constexpr Type kJsonPathType{TypeId::kText, -4072};
/// Whether clients see an int2vector or oidvector: its text is `1 2`, and its first element has the number 0.
bool is_vector(Type type);

}  // namespace sqlmill::rt::sql
