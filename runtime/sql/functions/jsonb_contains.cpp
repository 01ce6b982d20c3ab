#include "runtime/sql/functions/jsonb_contains.h"

#include <string>

#include "runtime/sql/array.h"

namespace sqlmill::rt::sql {

namespace {

bool is_container(JsonKind kind) {
  return kind == JsonKind::kObject || kind == JsonKind::kArray;
}

bool contains(std::string_view whole, std::string_view part);

bool scalars_equal(std::string_view a, std::string_view b) {
  return a == b || (json_kind(a) == json_kind(b) && compare(Jsonb{Text(a)}, Jsonb{Text(b)}) == 0);
}

bool member_contains(std::string_view whole, std::string_view part) {
  if (is_container(json_kind(part))) return json_kind(whole) == json_kind(part) && contains(whole, part);
  return !is_container(json_kind(whole)) && scalars_equal(whole, part);
}

bool object_contains(std::string_view whole, std::string_view part) {
  for (JsonMembers wanted(part); wanted.next();) {
    bool found = false;
    for (JsonMembers members(whole); !found && members.next();) {
      if (members.key() != wanted.key()) continue;
      if (!member_contains(members.value(), wanted.value())) return false;
      found = true;
    }
    if (!found) return false;
  }
  return true;
}

bool array_has(std::string_view array, std::string_view element) {
  for (JsonMembers members(array); members.next();) {
    if (member_contains(members.value(), element)) return true;
  }
  return false;
}

/// Both of the same kind.
bool contains(std::string_view whole, std::string_view part) {
  if (json_kind(whole) == JsonKind::kObject) return object_contains(whole, part);
  for (JsonMembers wanted(part); wanted.next();) {
    if (!array_has(whole, wanted.value())) return false;
  }
  return true;
}

}  // namespace

bool jsonb_contains(Jsonb whole, Jsonb part) {
  const std::string_view w = whole.text.view();
  const std::string_view p = part.text.view();
  const JsonKind kind = json_kind(w);
  if (is_container(json_kind(p))) return kind == json_kind(p) && contains(w, p);
  // An array contains a scalar that is one of its elements, too.
  return kind == JsonKind::kArray ? array_has(w, p) : !is_container(kind) && scalars_equal(w, p);
}

bool jsonb_contained(Jsonb part, Jsonb whole) {
  return jsonb_contains(whole, part);
}

bool jsonb_exists(Jsonb value, Text key) {
  const std::string_view json = value.text.view();
  std::string storage;
  switch (json_kind(json)) {
    case JsonKind::kString:
      return json_string(json, storage) == key.view();
    case JsonKind::kObject:
      for (JsonMembers members(json); members.next();) {
        if (json_string(members.key(), storage) == key.view()) return true;
      }
      return false;
    case JsonKind::kArray:
      for (JsonMembers members(json); members.next();) {
        if (json_kind(members.value()) == JsonKind::kString &&
            json_string(members.value(), storage) == key.view())
          return true;
      }
      return false;
    default:
      return false;
  }
}

bool jsonb_exists_any(Jsonb value, ArrayOf<Text> keys) {
  const ArrayReader reader(keys);
  for (int32_t i = 0; i < reader.size(); ++i) {
    if (!reader.is_null(i) && jsonb_exists(value, reader.at(i).as<Text>())) return true;
  }
  return false;
}

bool jsonb_exists_all(Jsonb value, ArrayOf<Text> keys) {
  const ArrayReader reader(keys);
  for (int32_t i = 0; i < reader.size(); ++i) {
    if (!reader.is_null(i) && !jsonb_exists(value, reader.at(i).as<Text>())) return false;
  }
  return true;
}

}  // namespace sqlmill::rt::sql
