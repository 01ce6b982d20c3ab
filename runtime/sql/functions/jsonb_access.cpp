#include "runtime/sql/functions/jsonb_access.h"

namespace sqlmill::rt::sql {

namespace {

/// A value as ->> gives it.
Nullable<Text> as_text(Arena& arena, const Nullable<Jsonb>& value) {
  if (!value.has_value()) return kNull;
  const Jsonb json = value.value();
  const JsonKind kind = json_kind(json.text.view());
  if (kind == JsonKind::kNull) return kNull;
  if (kind != JsonKind::kString) return json.text;
  std::string storage;
  const std::string_view text = json_string(json.text.view(), storage);
  // Without escapes the bytes are those of the argument.
  if (text.size() > Text::kInlineBytes && text.data() == storage.data()) return Text(arena.copy(text));
  return Text(text);
}

}  // namespace

Nullable<Jsonb> jsonb_member(Jsonb value, Text key) {
  const std::string_view json = value.text.view();
  if (json_kind(json) != JsonKind::kObject) return kNull;
  std::string storage;
  for (JsonMembers members(json); members.next();) {
    if (json_string(members.key(), storage) == key.view()) return Jsonb{Text(members.value())};
  }
  return kNull;
}

Nullable<Jsonb> jsonb_element(Jsonb value, int32_t index) {
  const std::string_view json = value.text.view();
  const JsonKind kind = json_kind(json);
  if (kind == JsonKind::kObject) return kNull;
  // PostgreSQL keeps a scalar as an array of one element, which shows here.
  if (kind != JsonKind::kArray) return index == 0 || index == -1 ? Nullable<Jsonb>(value) : kNull;
  int64_t wanted = index;
  if (wanted < 0) {
    for (JsonMembers members(json); members.next();) ++wanted;
    if (wanted < 0) return kNull;
  }
  for (JsonMembers members(json); members.next(); --wanted) {
    if (wanted == 0) return Jsonb{Text(members.value())};
  }
  return kNull;
}

Nullable<Text> jsonb_member_text(Arena& arena, Jsonb value, Text key) {
  return as_text(arena, jsonb_member(value, key));
}

Nullable<Text> jsonb_element_text(Arena& arena, Jsonb value, int32_t index) {
  return as_text(arena, jsonb_element(value, index));
}

Text jsonb_typeof(Jsonb value) {
  switch (json_kind(value.text.view())) {
    case JsonKind::kNull:
      return "null"_text;
    case JsonKind::kString:
      return "string"_text;
    case JsonKind::kNumber:
      return "number"_text;
    case JsonKind::kBoolean:
      return "boolean"_text;
    case JsonKind::kArray:
      return "array"_text;
    case JsonKind::kObject:
      return "object"_text;
  }
  __builtin_unreachable();
}

int32_t jsonb_array_length(Context& context, Jsonb value) {
  const std::string_view json = value.text.view();
  const JsonKind kind = json_kind(json);
  if (kind != JsonKind::kArray) {
    context.fail(ErrorCode::kInvalidParameterValue, kind == JsonKind::kObject
                                                        ? "cannot get array length of a non-array"
                                                        : "cannot get array length of a scalar");
    return 0;
  }
  int32_t length = 0;
  for (JsonMembers members(json); members.next();) ++length;
  return length;
}

}  // namespace sqlmill::rt::sql
