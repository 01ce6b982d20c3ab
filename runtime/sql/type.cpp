#include "runtime/sql/type.h"

#include <utility>

namespace sqlmill::rt::sql {

namespace {

struct TypeInfo {
  std::string_view name;
  std::string_view cpp;
  char category;
};

constexpr TypeInfo kTypes[] = {
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category) {name, spelled, category},
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
  return info(id).name;
}

std::string type_name(Type type) {
  if (type.modifier < 0) return std::string(type_name(type.id));
  if (type.id == TypeId::kNumeric) {
    return "numeric(" + std::to_string(type.modifier >> 16) + "," + std::to_string(type.modifier & 0xffff) +
           ")";
  }
  if (type.id == TypeId::kText) return "character varying(" + std::to_string(type.modifier) + ")";
  return std::string(type_name(type.id));
}

std::string_view cpp_name(TypeId id) {
  return info(id).cpp;
}

bool has_equal_forms(TypeId id) {
  return id == TypeId::kNumeric || id == TypeId::kReal || id == TypeId::kDouble || id == TypeId::kInterval ||
         id == TypeId::kJsonb;
}

char type_category(TypeId id) {
  return info(id).category;
}

std::optional<TypeId> find_type(std::string_view name) {
  for (size_t i = 1; i < std::size(kTypes); ++i) {
    if (kTypes[i].name == name) return static_cast<TypeId>(i);
  }
  for (const auto& [alias, id] : kAliases) {
    if (alias == name) return id;
  }
  return std::nullopt;
}

}  // namespace sqlmill::rt::sql
