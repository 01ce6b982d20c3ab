#include "runtime/formats/json_writer.h"

#include <fmt/format.h>

#include <cmath>

#include "runtime/sql/array.h"

namespace sqlmill::rt::formats {

namespace {

/// The bytes of the UTF-8 character at the start of `text`, or 0 if there is none.
size_t utf8_bytes(std::string_view text) {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&](size_t i) { return (at(i) & 0xc0) == 0x80; };
  const unsigned lead = at(0);
  const unsigned next = at(1);
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    return (lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) ? 0 : 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    return (lead == 0xf0 && next < 0x90) || (lead == 0xf4 && next > 0x8f) ? 0 : 4;
  }
  return 0;
}

void append_escape(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

/// From the dimension `level` on; elements in row order.
void append_json_array(const sql::ArrayReader& array, int level, int32_t& next, std::string& out) {
  const bool innermost = level + 1 >= array.dimensions();
  const int32_t size = array.dimensions() == 0 ? 0 : array.dimension(level).size;
  out += '[';
  for (int32_t i = 0; i < size; ++i) {
    if (i != 0) out += ',';
    if (innermost) {
      append_json(array.at(next++), out);
    } else {
      append_json_array(array, level + 1, next, out);
    }
  }
  out += ']';
}

bool is_json_number(const sql::Datum& value) {
  switch (value.type()) {
    case sql::TypeId::kSmallint:
    case sql::TypeId::kInteger:
    case sql::TypeId::kBigint:
      return true;
    case sql::TypeId::kReal:
      return std::isfinite(value.as<float>());
    case sql::TypeId::kDouble:
      return std::isfinite(value.as<double>());
    case sql::TypeId::kNumeric:
      return value.as<sql::Numeric>().is_finite();
    case sql::TypeId::kUnknown:
    case sql::TypeId::kBoolean:
    case sql::TypeId::kText:
    case sql::TypeId::kBytea:
    case sql::TypeId::kDate:
    case sql::TypeId::kTime:
    case sql::TypeId::kTimestamp:
    case sql::TypeId::kTimestamptz:
    case sql::TypeId::kInterval:
    case sql::TypeId::kJsonb:
    case sql::TypeId::kUuid:
    case sql::TypeId::kArray:
      return false;
  }
  return false;
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  size_t plain = 0;  // Start of what is not copied yet.
  size_t i = 0;
  const auto copy_plain = [&] { out.append(text, plain, i - plain); };
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      const size_t bytes = utf8_bytes(text.substr(i));
      if (bytes != 0) {
        i += bytes;
        continue;
      }
      copy_plain();
      out += "\xef\xbf\xbd";
    } else if (c < ' ' || c == '"' || c == '\\') {
      copy_plain();
      append_escape(text[i], out);
    } else {
      ++i;
      continue;
    }
    plain = ++i;
  }
  copy_plain();
  out += '"';
}

void append_json(const sql::Datum& value, std::string& out) {
  if (value.is_null()) {
    out += "null";
  } else if (value.type() == sql::TypeId::kBoolean) {
    out += value.as<bool>() ? "true" : "false";
  } else if (value.type() == sql::TypeId::kText) {
    append_json_string(value.as<sql::Text>().view(), out);
  } else if (value.type() == sql::TypeId::kJsonb) {
    out += value.as<sql::Jsonb>().text.view();
  } else if (value.type() == sql::TypeId::kArray) {
    const auto array = value.as<sql::Array>();
    const sql::ArrayReader reader(array);
    int32_t next = 0;
    append_json_array(reader, 0, next, out);
  } else if (is_json_number(value)) {
    sql::append_text(value, out);
  } else {
    append_json_string(sql::to_text(value), out);
  }
}

void append_json_row(std::span<const std::string_view> names, std::span<const sql::Datum> row,
                     std::string& out) {
  out += '{';
  for (size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += ',';
    append_json_string(names[i], out);
    out += ':';
    append_json(row[i], out);
  }
  out += '}';
}

}  // namespace sqlmill::rt::formats
