#include "runtime/sql/functions/jsonb_access.h"

#include <charconv>

#include "runtime/sql/array.h"

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

/// One step along a path. `place` owns the value, because a short one has its bytes inside.
bool step(Jsonb& place, const Datum& key) {
  const std::string_view json = place.text.view();
  Nullable<Jsonb> next;
  if (json_kind(json) == JsonKind::kObject) {
    next = jsonb_member(place, key.as<Text>());
  } else if (json_kind(json) == JsonKind::kArray) {
    const Text text = key.as<Text>();
    int32_t index = 0;
    const char* const end = text.data() + text.size();
    const char* const begin = text.data() + (text.view().starts_with('+') ? 1 : 0);
    const auto [stop, error] = std::from_chars(begin, end, index);
    if (error == std::errc() && stop == end) next = jsonb_element(place, index);
  }
  if (!next.has_value()) return false;
  place = next.value();
  return true;
}

}  // namespace

Nullable<Jsonb> jsonb_path(Jsonb value, ArrayOf<Text> path) {
  const ArrayReader reader(path);
  if (reader.has_nulls()) return kNull;
  for (int32_t i = 0; i < reader.size(); ++i) {
    if (!step(value, reader.at(i))) return kNull;
  }
  return value;
}

Nullable<ArrayOf<Text>> jsonb_as_texts(Context& context, Jsonb value) {
  if (json_kind(value.text.view()) == JsonKind::kNull) return kNull;
  if (json_kind(value.text.view()) != JsonKind::kArray) {
    context.fail(ErrorCode::kInvalidTextRepresentation, "expected JSON array");
    return kNull;
  }
  ArrayBuilder builder(TypeId::kText);
  for (JsonMembers members(value.text.view()); members.next();) {
    const Nullable<Text> text = as_text(context.arena(), Jsonb{Text(members.value())});
    builder.add(text.has_value() ? Datum(text.value()) : Datum::null(TypeId::kText));
  }
  return builder.finish(context);
}

Nullable<Text> jsonb_path_text(Arena& arena, Jsonb value, ArrayOf<Text> path) {
  return as_text(arena, jsonb_path(value, path));
}

Nullable<Jsonb> jsonb_extract_path(Jsonb value, Variadic<Text> path) {
  for (const Datum& key : path.values) {
    if (key.is_null() || !step(value, key)) return kNull;
  }
  return value;
}

Nullable<Text> jsonb_extract_path_text(Arena& arena, Jsonb value, Variadic<Text> path) {
  return as_text(arena, jsonb_extract_path(value, path));
}

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
