#include "runtime/sql/postgres_types.h"

namespace sqlmill::rt::sql {

namespace {

constexpr uint32_t kVarcharOid = 1043;
constexpr uint32_t kVarcharArrayOid = 1015;
constexpr uint32_t kInt2VectorOid = 22;
constexpr uint32_t kOidVectorOid = 30;

constexpr PostgresType kAll[] = {
    {"char", TypeId::kText, 18, 18, 1002, 1},
    {"name", TypeId::kText, 19, 19, 1003, 64},
    {"regproc", TypeId::kBigint, 24, 24, 1008, 4},
    {"oid", TypeId::kBigint, 26, 26, 1028, 4},
    {"xid", TypeId::kBigint, 28, 28, 1011, 4},
    {"json", TypeId::kJsonb, 114, 114, 199, -1},
    {"jsonpath", TypeId::kText, 4072, 4072, 4073, -1},
    {"pg_node_tree", TypeId::kText, 194, 194, 0, -1},
    {"", TypeId::kJsonb, 2249, 3802, 3807, -1},  // kRowType
    // The elements of the two vectors.
    {"", TypeId::kSmallint, 21, 21, kInt2VectorOid, 2},
    {"", TypeId::kBigint, 30, 26, kOidVectorOid, 4},
};

/// Oids that a client may name in parameters, of types that are others here and leave no trace.
struct Alias {
  uint32_t oid;
  Type type;
};
constexpr Alias kAliases[] = {
    {0, {TypeId::kUnknown}},
    {kVarcharOid, {TypeId::kText}},
    {1042, {TypeId::kText}} /* bpchar */,
    {24, {TypeId::kBigint, -26}},
    {kVarcharArrayOid, array_of(TypeId::kText)},
    {1014, array_of(TypeId::kText)} /* bpchar[] */,
    {2205, {TypeId::kBigint, -26}} /* regclass */,
    {2206, {TypeId::kBigint, -26}} /* regtype */,
};

}  // namespace

std::optional<Type> find_postgres_type(std::string_view name) {
  if (name == "int2vector") return array_of(TypeId::kSmallint, -21);
  if (name == "oidvector") return array_of(TypeId::kBigint, -30);
  const bool is_array = name.starts_with('_');
  if (is_array) name.remove_prefix(1);
  for (const PostgresType& type : kAll) {
    if (type.name == name && !name.empty()) return is_array ? type.array() : type.type();
  }
  return std::nullopt;
}

const PostgresType* postgres_type(Type type) {
  if (type.modifier >= -1) return nullptr;
  for (const PostgresType& known : kAll) {
    if (static_cast<int32_t>(known.tag) == -type.modifier) return &known;
  }
  return nullptr;
}

uint32_t client_oid(Type type) {
  const bool is_array = type.id == TypeId::kArray;
  if (const PostgresType* known = postgres_type(type)) {
    const uint32_t oid = is_array ? known->array_oid : known->oid;
    if (oid != 0) return oid;
  }
  if (type.id == TypeId::kText && type.modifier >= 0) return kVarcharOid;
  if (is_array && type.element == TypeId::kText && type.modifier >= 0) return kVarcharArrayOid;
  if (type.id == TypeId::kUnknown) return type_oid({TypeId::kText});
  return type_oid(type);
}

std::optional<Type> type_of_oid(uint32_t oid) {
  for (const Alias& alias : kAliases) {
    if (alias.oid == oid) return alias.type;
  }
  for (const TypeId id : {
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category) TypeId::id,
#include "runtime/sql/types.def"
#undef SQLMILL_TYPE
       }) {
    if (id == TypeId::kArray) continue;
    if (type_oid({id}) == oid) return Type{id};
    if (id != TypeId::kUnknown && type_oid(array_of(id)) == oid) return array_of(id);
  }
  for (const PostgresType& known : kAll) {
    if (known.oid == oid) return known.type();
    if (known.array_oid == oid) return known.array();
  }
  return std::nullopt;
}

bool is_vector(Type type) {
  const uint32_t oid = type.id == TypeId::kArray ? client_oid(type) : 0;
  return oid == kInt2VectorOid || oid == kOidVectorOid;
}

}  // namespace sqlmill::rt::sql
