#include "runtime/formats/json_value.h"

#include <fmt/format.h>

#include <limits>

#include "runtime/formats/json_writer.h"

namespace sqlmill::rt::formats::detail {

namespace {

constexpr size_t kMaxShownBytes = 64;
constexpr size_t kMaxTimeBytes = 128;                              // PostgreSQL's MAXDATELEN.
constexpr int64_t kUnixEpochMicros = 10'957 * sql::kMicrosPerDay;  // From 1970-01-01 to 2000-01-01.

/// Cut between characters.
std::string shown(std::string_view text) {
  if (text.size() <= kMaxShownBytes) return std::string(text);
  size_t size = kMaxShownBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return std::string(text.substr(0, size)) + "…";
}

}  // namespace

void fail_syntax(sql::Context& context, sql::TypeId type, std::string_view text) {
  context.fail(sql::ErrorCode::kInvalidTextRepresentation,
               fmt::format("invalid input syntax for type {}: \"{}\"", sql::type_name(type), shown(text)));
}

void fail_range(sql::Context& context, sql::TypeId type, std::string_view text) {
  const bool is_float = type == sql::TypeId::kReal || type == sql::TypeId::kDouble;
  context.fail(sql::ErrorCode::kNumericValueOutOfRange,
               fmt::format("{}\"{}\" is out of range for type {}", is_float ? "" : "value ", shown(text),
                           sql::type_name(type)));
}

sql::Numeric numeric_from_json(sql::Context& context, std::string_view text) {
  const sql::Datum value = sql::from_text(context, sql::TypeId::kNumeric, text);
  return context.failed() ? sql::Numeric() : value.as<sql::Numeric>();
}

int64_t micros_from_json(sql::Context& context, sql::TypeId type, std::string_view number) {
  int64_t count = 0;
  const char* end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, count);
  if (stop != end || error != std::errc()) {
    context.fail(
        sql::ErrorCode::kInvalidDatetimeFormat,
        fmt::format("invalid input syntax for type {}: \"{}\"", sql::type_name(type), shown(number)));
    return 0;
  }
  const uint64_t magnitude = count < 0 ? 0 - static_cast<uint64_t>(count) : static_cast<uint64_t>(count);
  int64_t micros;
  if (magnitude < 100'000'000'000) {
    micros = count * 1'000'000;
  } else if (magnitude < 100'000'000'000'000) {
    micros = count * 1'000;
  } else if (magnitude < 100'000'000'000'000'000) {
    micros = count;
  } else {
    micros = count / 1'000;
  }
  return micros - kUnixEpochMicros;
}

sql::Jsonb jsonb_from_json(sql::Context& context, const JsonField& field) {
  switch (field.kind) {
    case JsonKind::kTrue:
      return {sql::Text("true")};
    case JsonKind::kFalse:
      return {sql::Text("false")};
    case JsonKind::kString: {
      std::string quoted;
      append_json_string(field.text, quoted);
      return {sql::Text(context.arena().copy(quoted))};
    }
    case JsonKind::kMissing:
    case JsonKind::kNull:
    case JsonKind::kNumber:
    case JsonKind::kObject:
    case JsonKind::kArray:
      break;
  }
  const sql::Datum value = sql::from_text(context, sql::TypeId::kJsonb, field.text);
  return context.failed() ? sql::Jsonb() : value.as<sql::Jsonb>();
}

sql::Datum time_from_json(sql::Context& context, sql::TypeId type, std::string_view text) {
  if (text.size() > kMaxTimeBytes) {
    context.fail(sql::ErrorCode::kInvalidDatetimeFormat,
                 fmt::format("invalid input syntax for type {}: \"{}\"", sql::type_name(type), shown(text)));
    return sql::Datum::null(type);
  }
  return sql::from_text(context, type, text);
}

sql::Datum bytea_from_json(sql::Context& context, std::string_view text) {
  return sql::from_text(context, sql::TypeId::kBytea, text);
}

}  // namespace sqlmill::rt::formats::detail
