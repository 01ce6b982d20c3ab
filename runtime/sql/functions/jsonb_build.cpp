#include "runtime/sql/functions/jsonb_build.h"

#include "runtime/sql/array.h"
#include "runtime/sql/jsonb_writer.h"
#include "runtime/sql/text_result.h"

namespace sqlmill::rt::sql {

namespace {

void append_pretty(std::string_view json, size_t level, std::string& out) {
  const JsonKind kind = json_kind(json);
  if (kind != JsonKind::kObject && kind != JsonKind::kArray) {
    out += json;
    return;
  }
  const auto break_line = [&](size_t at) {
    out += '\n';
    out.append(4 * at, ' ');
  };
  out += json[0];
  bool first = true;
  for (JsonMembers members(json); members.next(); first = false) {
    if (!first) out += ',';
    break_line(level + 1);
    if (kind == JsonKind::kObject) {
      out += members.key();
      out += ": ";
    }
    append_pretty(members.value(), level + 1, out);
  }
  break_line(level);
  out += json.back();
}

}  // namespace

Jsonb to_jsonb(Context& context, Any value) {
  std::string out;
  append_as_json(context, value.datum, out);
  return jsonb_result(context.arena(), out);
}

Jsonb jsonb_build_object(Context& context, Variadic<Any> values) {
  if (values.values.size() % 2 != 0) {
    context.fail(ErrorCode::kInvalidParameterValue, "argument list must have even number of elements");
    return {};
  }
  JsonObjectWriter writer;
  for (size_t i = 0; i < values.values.size(); i += 2) {
    const Datum& key = values.values[i];
    if (key.is_null()) {
      context.fail(ErrorCode::kInvalidParameterValue,
                   "argument " + std::to_string(i + 1) + ": key must not be null");
      return {};
    }
    if (key.type() == TypeId::kArray || key.type() == TypeId::kJsonb) {
      context.fail(ErrorCode::kInvalidParameterValue,
                   "key value must be scalar, not array, composite, or json");
      return {};
    }
    std::string value;
    append_as_json(context, values.values[i + 1], value);
    writer.add(json_key(key), std::move(value));
  }
  std::string out;
  writer.append_to(out);
  return jsonb_result(context.arena(), out);
}

Jsonb jsonb_build_array(Context& context, Variadic<Any> values) {
  std::string out;
  JsonArrayWriter writer(out);
  for (const Datum& value : values.values) append_as_json(context, value, writer.next());
  writer.finish();
  return jsonb_result(context.arena(), out);
}

namespace {

/// `key_at(i)` and `value_at(i)` of each member.
template <class KeyAt, class ValueAt>
Jsonb object_of_texts(Context& context, int32_t count, KeyAt key_at, ValueAt value_at) {
  JsonObjectWriter writer;
  for (int32_t i = 0; i < count; ++i) {
    const Datum key = key_at(i);
    if (key.is_null()) {
      context.fail(ErrorCode::kNullValueNotAllowed, "null value not allowed for object key");
      return {};
    }
    std::string value;
    append_as_json(context, value_at(i), value);
    writer.add(json_key(key), std::move(value));
  }
  std::string out;
  writer.append_to(out);
  return jsonb_result(context.arena(), out);
}

}  // namespace

Jsonb jsonb_object(Context& context, ArrayOf<Text> members) {
  const ArrayReader reader(members);
  const bool pairs = reader.dimensions() == 2 && reader.dimension(1).size == 2;
  if (reader.dimensions() > 1 ? !pairs : reader.size() % 2 != 0) {
    context.fail(ErrorCode::kArraySubscriptError, reader.dimensions() > 2 ? "wrong number of array subscripts"
                                                  : reader.dimensions() == 2
                                                      ? "array must have two columns"
                                                      : "array must have even number of elements");
    return {};
  }
  return object_of_texts(
      context, reader.size() / 2, [&](int32_t i) { return reader.at(2 * i); },
      [&](int32_t i) { return reader.at(2 * i + 1); });
}

Jsonb jsonb_object_of(Context& context, ArrayOf<Text> keys, ArrayOf<Text> values) {
  const ArrayReader key_reader(keys);
  const ArrayReader value_reader(values);
  const bool nested = key_reader.dimensions() > 1 || value_reader.dimensions() > 1;
  if (nested || key_reader.size() != value_reader.size()) {
    context.fail(ErrorCode::kArraySubscriptError,
                 nested ? "wrong number of array subscripts" : "mismatched array dimensions");
    return {};
  }
  return object_of_texts(
      context, key_reader.size(), [&](int32_t i) { return key_reader.at(i); },
      [&](int32_t i) { return value_reader.at(i); });
}

Text jsonb_pretty(Arena& arena, Jsonb value) {
  std::string out;
  append_pretty(value.text.view(), 0, out);
  return text_result(arena, out);
}

}  // namespace sqlmill::rt::sql
