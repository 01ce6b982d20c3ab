#include "runtime/sql/jsonb_writer.h"

#include <algorithm>

#include "runtime/sql/array.h"
#include "runtime/sql/datetime.h"
#include "runtime/sql/text_result.h"

namespace sqlmill::rt::sql {

namespace {

/// A number's text as numeric prints it; what is no JSON number is a string.
void append_number(Context& context, const Datum& value, std::string& out) {
  const std::string text = to_text(value);
  if (text.find_first_of("Nn") != std::string::npos) {
    append_json_string(text, out);
  } else if (value.type() == TypeId::kReal || value.type() == TypeId::kDouble) {
    append_text(numeric_from_text(context, text), out);
  } else {
    out += text;
  }
}

/// A point in time with a T, as XML has it.
std::string time_text(const Datum& value) {
  std::string text = to_text(value);
  const size_t space = text.find(' ');
  const bool is_whole = text.ends_with("infinity");
  if (!is_whole && value.type() != TypeId::kDate && space != std::string::npos) text[space] = 'T';
  return text;
}

bool is_time(TypeId type) {
  return type == TypeId::kDate || type == TypeId::kTimestamp || type == TypeId::kTimestamptz;
}

void append_array(Context& context, const ArrayReader& array, int level, int32_t& next, std::string& out) {
  JsonArrayWriter writer(out);
  const int32_t size = array.dimensions() == 0 ? 0 : array.dimension(level).size;
  for (int32_t i = 0; i < size; ++i) {
    std::string& at = writer.next();
    if (level + 1 < array.dimensions()) {
      append_array(context, array, level + 1, next, at);
    } else {
      append_as_json(context, array.at(next++), at);
    }
  }
  writer.finish();
}

}  // namespace

void JsonObjectWriter::append_to(std::string& out) {
  std::stable_sort(members_.begin(), members_.end(), [](const Member& a, const Member& b) {
    if (a.key.size() != b.key.size()) return a.key.size() < b.key.size();
    return a.key < b.key;
  });
  out += '{';
  bool first = true;
  for (size_t i = 0; i < members_.size(); ++i) {
    if (i + 1 < members_.size() && members_[i].key == members_[i + 1].key) continue;
    if (!first) out += ", ";
    first = false;
    append_json_string(members_[i].key, out);
    out += ": ";
    out += members_[i].value;
  }
  out += '}';
}

void append_as_json(Context& context, const Datum& value, std::string& out) {
  if (value.is_null()) {
    out += "null";
    return;
  }
  switch (value.type()) {
    case TypeId::kBoolean:
      out += value.as<bool>() ? "true" : "false";
      return;
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kNumeric:
    case TypeId::kReal:
    case TypeId::kDouble:
      append_number(context, value, out);
      return;
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz:
      append_json_string(time_text(value), out);
      return;
    case TypeId::kJsonb: {
      const auto json = value.as<Jsonb>();
      out += json.text.view();
      return;
    }
    case TypeId::kArray: {
      const auto array = value.as<Array>();
      const ArrayReader reader(array);
      int32_t next = 0;
      append_array(context, reader, 0, next, out);
      return;
    }
    case TypeId::kUnknown:
    case TypeId::kText:
    case TypeId::kBytea:
    case TypeId::kTime:
    case TypeId::kInterval:
    case TypeId::kUuid:
      append_json_string(to_text(value), out);
      return;
  }
}

std::string json_key(const Datum& value) {
  if (value.type() == TypeId::kBoolean) return value.as<bool>() ? "true" : "false";
  return is_time(value.type()) ? time_text(value) : to_text(value);
}

Jsonb jsonb_result(Arena& arena, std::string_view canonical) {
  return {text_result(arena, canonical)};
}

}  // namespace sqlmill::rt::sql
