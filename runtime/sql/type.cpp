#include "runtime/sql/type.h"

#include <utility>

#include "runtime/sql/postgres_types.h"

namespace sqlmill::rt::sql {

namespace {

struct TypeInfo {
  std::string_view name;
  std::string_view cpp;
  uint32_t oid;
  char category;
};

constexpr TypeInfo kTypes[] = {
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category) {name, spelled, oid, category},
#include "runtime/sql/types.def"
#undef SQLMILL_TYPE
};

const TypeInfo& info(TypeId id) {
  return kTypes[static_cast<size_t>(id)];
}

constexpr std::pair<std::string_view, TypeId> kAliases[] = {
    {"bool", TypeId::kBoolean},
    {"int2", TypeId::kSmallint},
    {"int", TypeId::kInteger},
    {"int4", TypeId::kInteger},
    {"int8", TypeId::kBigint},
    {"decimal", TypeId::kNumeric},
    {"dec", TypeId::kNumeric},
    {"float4", TypeId::kReal},
    {"float8", TypeId::kDouble},
    {"float", TypeId::kDouble},
    {"double", TypeId::kDouble},
    {"varchar", TypeId::kText},
    {"character varying", TypeId::kText},
    {"string", TypeId::kText},
    {"time", TypeId::kTime},
    {"timestamp", TypeId::kTimestamp},
    {"timestamptz", TypeId::kTimestamptz},
};

}  // namespace

std::string_view type_name(TypeId id) {
  if (id == kAnyType) return "any";
  if (id == kAnyElement) return "anyelement";
  return info(id).name;
}

std::string type_name(Type type) {
  if (type.id == TypeId::kArray && type.element != TypeId::kUnknown && type.element != kAnyElement) {
    return type_name(element_of(type)) + "[]";
  }
  if (const PostgresType* known = postgres_type(type); known && !known->name.empty())
    return std::string(known->name);
  if (type.modifier < 0) return std::string(type_name(type.id));
  if (type.id == TypeId::kNumeric) {
    return "numeric(" + std::to_string(type.modifier >> 16) + "," + std::to_string(type.modifier & 0xffff) +
           ")";
  }
  if (type.id == TypeId::kText) {
    return type.modifier == 0 ? "character varying"
                              : "character varying(" + std::to_string(type.modifier) + ")";
  }
  return std::string(type_name(type.id));
}

std::string_view cpp_name(TypeId id) {
  return info(id).cpp;
}

bool has_equal_forms(TypeId id) {
  return id == TypeId::kNumeric || id == TypeId::kReal || id == TypeId::kDouble || id == TypeId::kInterval ||
         id == TypeId::kJsonb || id == TypeId::kArray;
}

uint32_t type_oid(Type type) {
  if (type.id != TypeId::kArray) return info(type.id).oid;
  switch (type.element) {
    case TypeId::kBoolean:
      return 1000;
    case TypeId::kSmallint:
      return 1005;
    case TypeId::kInteger:
      return 1007;
    case TypeId::kBigint:
      return 1016;
    case TypeId::kNumeric:
      return 1231;
    case TypeId::kReal:
      return 1021;
    case TypeId::kDouble:
      return 1022;
    case TypeId::kText:
      return 1009;
    case TypeId::kBytea:
      return 1001;
    case TypeId::kDate:
      return 1182;
    case TypeId::kTime:
      return 1183;
    case TypeId::kTimestamp:
      return 1115;
    case TypeId::kTimestamptz:
      return 1185;
    case TypeId::kInterval:
      return 1187;
    case TypeId::kJsonb:
      return 3807;
    case TypeId::kUuid:
      return 2951;
    case TypeId::kUnknown:
    case TypeId::kArray:
      break;
  }
  return info(TypeId::kArray).oid;
}

char type_category(TypeId id) {
  if (id == kAnyType || id == kAnyElement) return 'P';
  return info(id).category;
}

std::optional<TypeId> find_type(std::string_view name) {
  for (size_t i = 1; i < std::size(kTypes); ++i) {
    if (kTypes[i].name == name && static_cast<TypeId>(i) != TypeId::kArray) return static_cast<TypeId>(i);
  }
  for (const auto& [alias, id] : kAliases) {
    if (alias == name) return id;
  }
  return std::nullopt;
}

std::optional<Type> find_any_type(std::string_view name) {
  const bool is_array = name.ends_with("[]");
  while (name.ends_with("[]")) name.remove_suffix(2);
  const std::optional<TypeId> id = find_type(name);
  if (!id) return std::nullopt;
  return is_array ? array_of(*id) : Type{*id};
}

}  // namespace sqlmill::rt::sql
