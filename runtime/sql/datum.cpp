// Datum's operations, each of which turns to the functions of the value's type.
#include "runtime/sql/datum.h"

#include "runtime/sql/array.h"
#include "runtime/sql/compare.h"
#include "runtime/sql/datetime_text.h"
#include "runtime/sql/jsonb.h"
#include "runtime/sql/uuid.h"
#include "runtime/sql/value_text.h"

namespace sqlmill::rt::sql {

namespace {

template <class T>
T copy_value(const T& value, Arena&) {
  return value;
}
Numeric copy_value(const Numeric& value, Arena& arena) {
  return copy(value, arena);
}
Text copy_value(const Text& value, Arena& arena) {
  return value.is_inline() ? value : Text(arena.copy(value.view()));
}
Bytea copy_value(const Bytea& value, Arena& arena) {
  return {copy_value(value.bytes, arena)};
}
Jsonb copy_value(const Jsonb& value, Arena& arena) {
  return {copy_value(value.text, arena)};
}
Array copy_value(const Array& value, Arena& arena) {
  return {copy_value(value.bytes, arena)};
}

}  // namespace

int compare(const Datum& a, const Datum& b) {
  return visit_type(a.type(), [&]<class T>(std::type_identity<T>) { return compare(a.as<T>(), b.as<T>()); });
}

void append_text(const Datum& value, std::string& out) {
  visit_type(value.type(), [&]<class T>(std::type_identity<T>) { append_text(value.as<T>(), out); });
}

std::string to_text(const Datum& value) {
  std::string text;
  append_text(value, text);
  return text;
}

Datum from_text(Context& context, TypeId type, std::string_view text) {
  switch (type) {
    case TypeId::kUnknown:
      break;
    case TypeId::kBoolean:
      return Datum(boolean_from_text(context, text));
    case TypeId::kSmallint:
      return Datum(int2_from_text(context, text));
    case TypeId::kInteger:
      return Datum(int4_from_text(context, text));
    case TypeId::kBigint:
      return Datum(int8_from_text(context, text));
    case TypeId::kNumeric:
      return Datum(numeric_from_text(context, text));
    case TypeId::kReal:
      return Datum(float4_from_text(context, text));
    case TypeId::kDouble:
      return Datum(float8_from_text(context, text));
    case TypeId::kText:
      return Datum(text_from_text(context, text));
    case TypeId::kBytea:
      return Datum(bytea_from_text(context, text));
    case TypeId::kDate:
      return Datum(date_from_text(context, text));
    case TypeId::kTime:
      return Datum(time_from_text(context, text));
    case TypeId::kTimestamp:
      return Datum(timestamp_from_text(context, text));
    case TypeId::kTimestamptz:
      return Datum(timestamptz_from_text(context, text));
    case TypeId::kInterval:
      return Datum(interval_from_text(context, text));
    case TypeId::kJsonb:
      return Datum(jsonb_from_text(context, text));
    case TypeId::kUuid:
      return Datum(uuid_from_text(context, text));
    case TypeId::kArray:
      // Without the element nothing can be read.
      context.fail(ErrorCode::kFeatureNotSupported, "cannot accept a value of type anyarray");
      return Datum::null(type);
  }
  return Datum();
}

Datum from_text(Context& context, Type type, std::string_view text) {
  if (type.id == TypeId::kArray) return Datum(array_from_text(context, type.element, text));
  return from_text(context, type.id, text);
}

std::string encode_constant(const Datum& value) {
  if (value.type() == TypeId::kArray) return std::string(value.as<Array>().bytes.view());
  return to_text(value);
}

uint64_t hash(const Datum& value) {
  if (value.is_null()) return kHashOfNull;
  return visit_type(value.type(), [&]<class T>(std::type_identity<T>) { return hash(value.as<T>()); });
}

int compare_total(const Datum& a, const Datum& b) {
  return visit_type(a.type(),
                    [&]<class T>(std::type_identity<T>) { return compare_total(a.as<T>(), b.as<T>()); });
}

Datum copy(const Datum& value, Arena& arena) {
  if (value.is_null()) return value;
  return visit_type(value.type(),
                    [&]<class T>(std::type_identity<T>) { return Datum(copy_value(value.as<T>(), arena)); });
}

}  // namespace sqlmill::rt::sql
