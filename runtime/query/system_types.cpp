// Types as pg_type has them, and their names.
#include <fmt/format.h>

#include "runtime/query/system_catalog.h"

namespace sqlmill::rt::query {

namespace {

constexpr uint32_t kBpcharOid = 1042;
constexpr uint32_t kVarcharOid = 1043;
constexpr uint32_t kNumericOid = 1700;
constexpr int32_t kHeaderBytes = 4;

}  // namespace

const std::vector<SystemType>& system_types() {
  static const std::vector<SystemType> kAll = {
#define SQLMILL_SYSTEM_TYPE(...) {__VA_ARGS__},
#include "runtime/query/system_types.def"
#undef SQLMILL_SYSTEM_TYPE
  };
  return kAll;
}

const SystemType* find_system_type(uint32_t oid) {
  for (const SystemType& type : system_types()) {
    if (type.oid == oid) return &type;
  }
  return nullptr;
}

const SystemType* find_system_type(std::string_view name) {
  std::string wanted(name);
  if (const size_t open = wanted.find('('); open != std::string::npos)
    wanted.erase(open, wanted.find(')') + 1 - open);
  const bool is_array = wanted.ends_with("[]");
  while (wanted.ends_with("[]")) wanted.resize(wanted.size() - 2);
  const std::vector<std::string> parts = split_name(wanted);
  if (parts.size() > 1 && parts.front() != "pg_catalog") return nullptr;
  const std::string& last = parts.back();
  for (const SystemType& type : system_types()) {
    if (type.name == last || type.sql_name == last)
      return is_array ? (type.array ? find_system_type(type.array) : nullptr) : &type;
  }
  if (const std::optional<sql::TypeId> id = sql::find_type(last)) {
    const SystemType* type = find_system_type(sql::type_oid({*id}));
    return is_array && type ? find_system_type(type->array) : type;
  }
  return nullptr;
}

std::string format_system_type(uint32_t oid, int32_t modifier) {
  if (oid == 0) return "-";
  const SystemType* type = find_system_type(oid);
  if (!type) return "???";
  if (modifier >= kHeaderBytes) {
    const int32_t value = modifier - kHeaderBytes;
    const SystemType* element = type->category == 'A' ? find_system_type(type->element) : type;
    const std::string tail = type->category == 'A' ? "[]" : "";
    if (element && element->oid == kNumericOid)
      return fmt::format("numeric({},{}){}", value >> 16, value & 0xffff, tail);
    if (element && element->oid == kVarcharOid) return fmt::format("character varying({}){}", value, tail);
    if (element && element->oid == kBpcharOid) return fmt::format("character({}){}", value, tail);
  }
  return std::string(type->sql_name);
}

}  // namespace sqlmill::rt::query
