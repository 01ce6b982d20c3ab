#include "runtime/formats/debezium_json.h"

#include <fmt/format.h>

#include <cmath>

#include "runtime/formats/json_writer.h"

namespace sqlmill::rt::formats {

namespace {

constexpr int64_t kUnixEpochDays = 10'957;  // From 1970-01-01 to 2000-01-01.
constexpr int64_t kMicrosPerMilli = 1'000;

struct DebeziumType {
  std::string_view type;
  std::string_view name;  // The logical type; empty: none.
};

DebeziumType debezium_type(sql::TypeId type) {
  switch (type) {
    case sql::TypeId::kBoolean:
      return {"boolean", ""};
    case sql::TypeId::kSmallint:
      return {"int16", ""};
    case sql::TypeId::kInteger:
      return {"int32", ""};
    case sql::TypeId::kBigint:
      return {"int64", ""};
    case sql::TypeId::kReal:
      return {"float", ""};
    case sql::TypeId::kDouble:
      return {"double", ""};
    case sql::TypeId::kUnknown:
    case sql::TypeId::kNumeric:
    case sql::TypeId::kText:
      return {"string", ""};
    case sql::TypeId::kBytea:
      return {"bytes", ""};
    case sql::TypeId::kDate:
      return {"int32", "org.apache.kafka.connect.data.Date"};
    case sql::TypeId::kTime:
      return {"int64", "org.apache.kafka.connect.data.Time"};
    case sql::TypeId::kTimestamp:
      return {"int64", "org.apache.kafka.connect.data.Timestamp"};
    case sql::TypeId::kTimestamptz:
      return {"string", "io.debezium.time.ZonedTimestamp"};
    case sql::TypeId::kInterval:
      return {"string", "io.debezium.time.Interval"};
    case sql::TypeId::kJsonb:
      return {"string", "io.debezium.data.Json"};
    case sql::TypeId::kUuid:
      return {"string", "io.debezium.data.Uuid"};
    case sql::TypeId::kArray:
      return {"string", ""};
  }
  __builtin_unreachable();
}

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

void append_field(const engine::Column& column, std::string& out) {
  const auto [type, name] = debezium_type(column.type.id);
  if (!out.empty()) out += ',';
  out += fmt::format(R"({{"field":{},"optional":true,"type":"{}")", quoted(column.name), type);
  if (!name.empty()) out += fmt::format(R"(,"name":"{}")", name);
  out += '}';
}

int64_t floor_divide(int64_t a, int64_t b) {
  return a / b - (a % b < 0);
}

/// `2026-04-01T09:00:00.000000Z`, from `2026-04-01 09:00:00+00:00`. Years before Christ keep PostgreSQL's
/// words.
std::string zoned_text(const sql::Datum& value) {
  std::string text = sql::to_text(value);
  constexpr std::string_view kZone = "+00:00";
  if (!text.ends_with(kZone)) return text;
  text.resize(text.size() - kZone.size());
  const size_t point = text.find('.');
  if (point == text.npos) text += '.';
  const size_t digits = point == text.npos ? 0 : text.size() - point - 1;
  text.append(6 - digits, '0');
  if (const size_t space = text.find(' '); space != text.npos) text[space] = 'T';
  return text + 'Z';
}

std::string iso_interval(const sql::Interval& value) {
  const uint64_t micros =
      value.micros < 0 ? 0 - static_cast<uint64_t>(value.micros) : static_cast<uint64_t>(value.micros);
  const char* sign = value.micros < 0 ? "-" : "";
  const uint64_t seconds = micros / sql::kMicrosPerSecond;
  std::string fraction;
  if (const uint64_t rest = micros % sql::kMicrosPerSecond) {
    fraction = fmt::format(".{:06}", rest);
    fraction.erase(fraction.find_last_not_of('0') + 1);
  }
  return fmt::format("P{}Y{}M{}DT{}{}H{}{}M{}{}{}S", value.months / 12, value.months % 12, value.days, sign,
                     seconds / 3600, sign, seconds / 60 % 60, sign, seconds % 60, fraction);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](size_t j) {
      return i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u;
    };
    const unsigned group = at(0) << 16 | at(1) << 8 | at(2);
    out += kDigits[group >> 18];
    out += kDigits[group >> 12 & 63];
    out += i + 1 < bytes.size() ? kDigits[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kDigits[group & 63] : '=';
  }
  return out;
}

}  // namespace

void append_debezium_value(const sql::Datum& value, std::string& out) {
  if (value.is_null()) {
    out += "null";
    return;
  }
  const auto append_number = [&](int64_t number) { fmt::format_to(std::back_inserter(out), "{}", number); };
  switch (value.type()) {
    case sql::TypeId::kBoolean:
    case sql::TypeId::kSmallint:
    case sql::TypeId::kInteger:
    case sql::TypeId::kBigint:
    case sql::TypeId::kUnknown:
    case sql::TypeId::kText:
      append_json(value, out);
      return;
    case sql::TypeId::kReal:
      if (std::isfinite(value.as<float>())) return append_json(value, out);
      out += "null";
      return;
    case sql::TypeId::kDouble:
      if (std::isfinite(value.as<double>())) return append_json(value, out);
      out += "null";
      return;
    case sql::TypeId::kNumeric:
    case sql::TypeId::kJsonb:
    case sql::TypeId::kUuid:
    case sql::TypeId::kArray:
      append_json_string(sql::to_text(value), out);
      return;
    case sql::TypeId::kBytea:
      append_json_string(base64(value.as<sql::Bytea>().bytes.view()), out);
      return;
    case sql::TypeId::kDate:
      if (value.as<sql::Date>().is_finite())
        return append_number(value.as<sql::Date>().days + kUnixEpochDays);
      out += "null";
      return;
    case sql::TypeId::kTime:
      append_number(value.as<sql::Time>().micros / kMicrosPerMilli);
      return;
    case sql::TypeId::kTimestamp:
      if (!value.as<sql::Timestamp>().is_finite()) {
        out += "null";
      } else {
        append_number(floor_divide(value.as<sql::Timestamp>().micros, kMicrosPerMilli) +
                      kUnixEpochDays * sql::kMicrosPerDay / kMicrosPerMilli);
      }
      return;
    case sql::TypeId::kTimestamptz:
      append_json_string(zoned_text(value), out);
      return;
    case sql::TypeId::kInterval:
      append_json_string(iso_interval(value.as<sql::Interval>()), out);
      return;
  }
}

DebeziumWriter::DebeziumWriter(const DebeziumNames& names, std::span<const engine::Column> columns,
                               std::span<const uint32_t> key) {
  const auto full_name = [&](std::string_view what) {
    return quoted(fmt::format("SQLMill.{}.{}.{}", names.database, names.table, what));
  };
  std::string fields;
  for (const engine::Column& column : columns) append_field(column, fields);
  std::string key_fields;
  for (uint32_t column : key) append_field(columns[column], key_fields);

  key_schema_ = fmt::format(R"({{"type":"struct","fields":[{}],"optional":false,"name":{}}})", key_fields,
                            full_name("Key"));
  const auto row_schema = [&](std::string_view field) {
    return fmt::format(R"({{"type":"struct","fields":[{}],"optional":true,"field":"{}","name":{}}})", fields,
                       field, full_name("Key"));
  };
  const std::string source_schema = fmt::format(
      R"({{"type":"struct","optional":false,"name":{},"fields":[{{"type":"string","optional":false,"field":"db"}},)"
      R"({{"type":"string","optional":true,"field":"table"}},)"
      R"({{"type":"int64","optional":false,"field":"ts_ms"}}],"field":"source"}})",
      full_name("Source"));
  value_schema_ =
      fmt::format(R"({{"type":"struct","fields":[{},{},{},{{"type":"string","optional":false,"field":"op"}},)"
                  R"({{"type":"int64","optional":false,"field":"ts_ms"}}],"optional":false,"name":{}}})",
                  row_schema("before"), row_schema("after"), source_schema, full_name("Envelope"));
  source_ = fmt::format(R"({{"db":{},"table":{},"ts_ms":)", quoted(names.database), quoted(names.table));
}

std::string DebeziumWriter::key_message(std::string_view row) const {
  return fmt::format(R"({{"schema":{},"payload":{}}})", key_schema_, row);
}

std::string DebeziumWriter::value_message(std::string_view before, std::string_view after,
                                          int64_t ts_ms) const {
  const char* op = before.empty() ? "c" : after.empty() ? "d" : "u";
  return fmt::format(
      R"({{"schema":{},"payload":{{"before":{},"after":{},"op":"{}","ts_ms":{},"source":{}{}}}}}}})",
      value_schema_, before.empty() ? "null" : before, after.empty() ? "null" : after, op, ts_ms, source_,
      ts_ms);
}

void DebeziumWriter::append_row(std::span<const std::string_view> names, std::span<const sql::Datum> row,
                                std::string& out) {
  out += '{';
  for (size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += ',';
    append_json_string(names[i], out);
    out += ':';
    append_debezium_value(row[i], out);
  }
  out += '}';
}

}  // namespace sqlmill::rt::formats
