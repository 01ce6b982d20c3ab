#include "runtime/pgwire/binary_values.h"

#include <fmt/format.h>

#include <bit>

#include "runtime/pgwire/binary_numeric.h"
#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/values.h"
#include "runtime/sql/array.h"
#include "runtime/sql/jsonb.h"

namespace sqlmill::rt::pgwire {

namespace {

using sql::Datum;
using sql::TypeId;

constexpr char kJsonbVersion = 1;
constexpr int64_t kEarliestMicros = -211'813'488'000'000'000;  // 4713 BC.
constexpr int64_t kEndMicros = 9'223'371'331'200'000'000;      // 294277 AD.
constexpr int32_t kEarliestDay = -2'451'545;
constexpr int32_t kEndDay = 2'145'031'949;

[[noreturn]] void fail(std::string_view sqlstate, const std::string& message) {
  throw WireError(sqlstate, message);
}

int64_t read_timestamp(FieldReader& fields) {
  const int64_t micros = fields.read_int64();
  const bool is_infinite = micros == INT64_MAX || micros == INT64_MIN;
  if (!is_infinite && (micros < kEarliestMicros || micros >= kEndMicros))
    fail("22008", "timestamp out of range");
  return micros;
}

Datum read_array(sql::Context& context, sql::Type type, FieldReader& fields) {
  const int32_t dimensions = fields.read_int32();
  const int32_t flags = fields.read_int32();
  const auto element_oid = static_cast<uint32_t>(fields.read_int32());
  if (dimensions < 0 || dimensions > sql::kMaxDimensions)
    fail("54000", fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})", dimensions,
                              sql::kMaxDimensions));
  if (flags != 0 && flags != 1) fail("22P03", "invalid array flags");
  const std::optional<sql::Type> element = type_of(element_oid);
  if (!element || element->id != type.element)
    fail("42804", fmt::format("binary data has array element type {} instead of expected {}", element_oid,
                              oid_of({type.element})));
  std::vector<sql::Dimension> shape;
  int64_t count = dimensions == 0 ? 0 : 1;
  for (int32_t i = 0; i < dimensions; ++i) {
    sql::Dimension dimension;
    dimension.size = fields.read_int32();
    dimension.lower = fields.read_int32();
    if (dimension.size < 0) fail("22P03", "invalid array dimension");
    count *= dimension.size;
    if (count > sql::kMaxArrayElements) fail("54000", "array size exceeds the maximum allowed");
    shape.push_back(dimension);
  }
  sql::ArrayBuilder builder(type.element);
  for (int64_t i = 0; i < count; ++i) {
    const int32_t size = fields.read_int32();
    if (size < 0) {
      builder.add(Datum::null(type.element));
      continue;
    }
    builder.add(
        read_value(context, *element, WireFormat::kBinary, fields.read_bytes(static_cast<size_t>(size))));
  }
  return Datum(count == 0 ? builder.finish(context) : builder.finish(context, shape));
}

Datum read_fields(sql::Context& context, sql::Type type, FieldReader& fields) {
  switch (type.id) {
    case TypeId::kBoolean:
      return Datum(fields.read_byte() != 0);
    case TypeId::kSmallint:
      return Datum(fields.read_int16());
    case TypeId::kInteger:
      return Datum(fields.read_int32());
    case TypeId::kBigint:
      if (sql::postgres_type(type)) return Datum(int64_t{static_cast<uint32_t>(fields.read_int32())});
      return Datum(fields.read_int64());
    case TypeId::kReal:
      return Datum(std::bit_cast<float>(fields.read_int32()));
    case TypeId::kDouble:
      return Datum(std::bit_cast<double>(fields.read_int64()));
    case TypeId::kNumeric:
      return Datum(read_binary_numeric(context, fields));
    case TypeId::kDate: {
      const sql::Date date{fields.read_int32()};
      if (date.is_finite() && (date.days < kEarliestDay || date.days >= kEndDay))
        fail("22008", "date out of range");
      return Datum(date);
    }
    case TypeId::kTime: {
      const sql::Time time{fields.read_int64()};
      if (time.micros < 0 || time.micros > sql::kMicrosPerDay) fail("22008", "time out of range");
      return Datum(time);
    }
    case TypeId::kTimestamp:
      return Datum(sql::Timestamp{read_timestamp(fields)});
    case TypeId::kTimestamptz:
      return Datum(sql::Timestamptz{read_timestamp(fields)});
    case TypeId::kInterval: {
      sql::Interval interval{};
      interval.micros = fields.read_int64();
      interval.days = fields.read_int32();
      interval.months = fields.read_int32();
      return Datum(interval);
    }
    case TypeId::kUuid: {
      sql::Uuid uuid{};
      uuid.high = static_cast<uint64_t>(fields.read_int64());
      uuid.low = static_cast<uint64_t>(fields.read_int64());
      return Datum(uuid);
    }
    case TypeId::kArray:
      return read_array(context, type, fields);
    case TypeId::kBytea:
      return Datum(sql::Bytea{context.arena().copy(fields.read_bytes(fields.rest().size()))});
    case TypeId::kJsonb:
      if (!sql::postgres_type(type) && fields.read_byte() != kJsonbVersion)
        fail("22P03", "unsupported jsonb version number");
      [[fallthrough]];
    case TypeId::kText:
    case TypeId::kUnknown: {
      const std::string_view text = fields.read_bytes(fields.rest().size());
      check_text(text);
      return sql::from_text(context, type.id == TypeId::kUnknown ? TypeId::kText : type.id, text);
    }
  }
  __builtin_unreachable();
}

}  // namespace

void append_binary(bool value, std::string& out) {
  out += value ? '\1' : '\0';
}

void append_binary(int16_t value, std::string& out) {
  append_int16(value, out);
}

void append_binary(int32_t value, std::string& out) {
  append_int32(value, out);
}

void append_binary(int64_t value, std::string& out) {
  append_int64(value, out);
}

void append_binary(float value, std::string& out) {
  append_int32(std::bit_cast<int32_t>(value), out);
}

void append_binary(double value, std::string& out) {
  append_int64(std::bit_cast<int64_t>(value), out);
}

void append_binary(const sql::Text& value, std::string& out) {
  out.append(value.view());
}

void append_binary(const sql::Bytea& value, std::string& out) {
  out.append(value.bytes.view());
}

void append_binary(const sql::Date& value, std::string& out) {
  append_int32(value.days, out);
}

void append_binary(const sql::Time& value, std::string& out) {
  append_int64(value.micros, out);
}

void append_binary(const sql::Timestamp& value, std::string& out) {
  append_int64(value.micros, out);
}

void append_binary(const sql::Timestamptz& value, std::string& out) {
  append_int64(value.micros, out);
}

void append_binary(const sql::Interval& value, std::string& out) {
  append_int64(value.micros, out);
  append_int32(value.days, out);
  append_int32(value.months, out);
}

void append_binary(const sql::Jsonb& value, std::string& out) {
  out += kJsonbVersion;
  append_text(value, out);
}

void append_binary(const sql::Uuid& value, std::string& out) {
  append_int64(static_cast<int64_t>(value.high), out);
  append_int64(static_cast<int64_t>(value.low), out);
}

namespace {

template <class Append>
void append_array(const sql::Array& value, uint32_t element_oid, std::optional<int32_t> lower,
                  std::string& out, const Append& append_element) {
  const sql::ArrayReader array(value);
  append_int32(array.dimensions(), out);
  append_int32(array.has_nulls() ? 1 : 0, out);
  append_int32(static_cast<int32_t>(element_oid), out);
  for (int i = 0; i < array.dimensions(); ++i) {
    append_int32(array.dimension(i).size, out);
    append_int32(lower.value_or(array.dimension(i).lower), out);
  }
  MessageWriter fields(out);
  for (int32_t i = 0; i < array.size(); ++i) {
    if (array.is_null(i)) {
      fields.null_field();
      continue;
    }
    fields.begin_field();
    append_element(array.at(i));
    fields.end_field();
  }
}

}  // namespace

void append_binary(const sql::Array& value, std::string& out) {
  append_array(value, oid_of({sql::ArrayReader(value).element_type()}), std::nullopt, out,
               [&](const Datum& element) { append_value(element, WireFormat::kBinary, out); });
}

void append_binary_as(const Datum& value, const sql::PostgresType& type, bool is_vector, std::string& out) {
  if (value.type() == TypeId::kArray) {
    const auto array = value.as<sql::Array>();
    append_array(array, type.oid, is_vector ? std::optional<int32_t>(0) : std::nullopt, out,
                 [&](const Datum& element) { append_binary_as(element, type, false, out); });
    return;
  }
  switch (value.type()) {
    case TypeId::kBigint:  // Four bytes without a sign.
      append_int32(static_cast<int32_t>(value.as<int64_t>()), out);
      break;
    case TypeId::kJsonb:  // json has no version before its text.
      append_value(value, WireFormat::kText, out);
      break;
    case TypeId::kText:
      if (type.size == 1) {
        const auto text = value.as<sql::Text>();
        out += text.view().empty() ? '\0' : text.view()[0];
        break;
      }
      [[fallthrough]];
    default:
      append_value(value, WireFormat::kBinary, out);
  }
}

Datum read_binary(sql::Context& context, sql::Type type, std::string_view bytes) {
  FieldReader fields(bytes);
  try {
    const Datum value = read_fields(context, type, fields);
    if (fields.at_end()) return value;
  } catch (const ProtocolError&) {  // Too short.
  }
  fail("22P03",
       fmt::format("incorrect binary data format: {} bytes are no {}", bytes.size(), sql::type_name(type)));
}

}  // namespace sqlmill::rt::pgwire
