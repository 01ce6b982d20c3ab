#include "runtime/pgwire/values.h"

#include <fmt/format.h>

#include "runtime/pgwire/binary_values.h"
#include "runtime/pgwire/errors.h"
#include "runtime/sql/array.h"
#include "runtime/sql/datetime_text.h"
#include "runtime/sql/jsonb.h"
#include "runtime/sql/postgres_types.h"
#include "runtime/sql/utf8.h"
#include "runtime/sql/uuid.h"
#include "runtime/sql/value_text.h"

namespace sqlmill::rt::pgwire {

namespace {

using sql::Datum;
using sql::TypeId;

constexpr int32_t kHeaderBytes = 4;  // PostgreSQL counts them in type modifiers.

/// Behind `from`: zones as PostgreSQL writes them when they have no minutes.
void shorten_zones(std::string& out, size_t from) {
  constexpr std::string_view kZone = "+00:00";
  while ((from = out.find(kZone, from)) != std::string::npos) {
    from += 3;
    out.erase(from, kZone.size() - 3);
  }
}

template <class T>
void append_text_form(const T& value, std::string& out) {
  using sql::append_text;
  const size_t start = out.size();
  append_text(value, out);
  if constexpr (std::is_same_v<T, sql::Timestamptz>) {
    shorten_zones(out, start);
  } else if constexpr (std::is_same_v<T, sql::Array>) {
    if (sql::ArrayReader(value).element_type() == TypeId::kTimestamptz) shorten_zones(out, start);
  }
}

/// `1 2`: of an int2vector or oidvector.
void append_vector_text(const sql::Array& value, std::string& out) {
  const sql::ArrayReader array(value);
  for (int32_t i = 0; i < array.size(); ++i) {
    if (i > 0) out += ' ';
    sql::append_text(array.at(i), out);
  }
}

/// The name of a function that pg_type and its like name by its number. That of another is its number: here
/// the catalog is not known.
void append_procedure(int64_t oid, std::string& out) {
  if (oid == 0) {
    out += '-';
    return;
  }
  switch (oid) {
#define SQLMILL_SYSTEM_PROCEDURE(oid, name, result, arguments) \
  case oid:                                                    \
    out += name;                                               \
    return;
#include "runtime/query/system_procedures.def"
#undef SQLMILL_SYSTEM_PROCEDURE
    default:
      out += std::to_string(oid);
  }
}

template <class T>
void append(const T& value, WireFormat format, std::string& out) {
  if (format == WireFormat::kBinary)
    append_binary(value, out);
  else
    append_text_form(value, out);
}

}  // namespace

uint32_t oid_of(sql::Type type) {
  return sql::client_oid(type);
}

int16_t size_of(sql::Type type) {
  if (const sql::PostgresType* known = sql::postgres_type(type); known && type.id != TypeId::kArray)
    return known->size;
  switch (type.id) {
    case TypeId::kBoolean:
      return 1;
    case TypeId::kSmallint:
      return 2;
    case TypeId::kInteger:
    case TypeId::kReal:
    case TypeId::kDate:
      return 4;
    case TypeId::kBigint:
    case TypeId::kDouble:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz:
      return 8;
    case TypeId::kInterval:
    case TypeId::kUuid:
      return 16;
    case TypeId::kUnknown:
    case TypeId::kNumeric:
    case TypeId::kText:
    case TypeId::kBytea:
    case TypeId::kJsonb:
    case TypeId::kArray:
      return -1;
  }
  __builtin_unreachable();
}

int32_t modifier_of(sql::Type type) {
  return type.modifier <= 0 ? -1 : type.modifier + kHeaderBytes;
}

std::optional<sql::Type> type_of(uint32_t oid) {
  return sql::type_of_oid(oid);
}

void append_value(const Datum& value, WireFormat format, std::string& out) {
  sql::visit_type(value.type(), [&]<class T>(std::type_identity<T>) { append(value.as<T>(), format, out); });
}

void append_value(const sql::Vector& column, uint32_t row, sql::Type type, WireFormat format,
                  std::string& out) {
  if (const sql::PostgresType* known = sql::postgres_type(type)) {
    const Datum value = column.datum(row);
    if (known->name == "regproc" && format == WireFormat::kText && value.type() == TypeId::kBigint)
      return append_procedure(value.as<int64_t>(), out);
    if (format == WireFormat::kBinary) return append_binary_as(value, *known, sql::is_vector(type), out);
    if (sql::is_vector(type)) return append_vector_text(value.as<sql::Array>(), out);
  }
  // A bare NULL has no type, and nothing to print.
  sql::visit_type(column.type(),
                  [&]<class T>(std::type_identity<T>) { append(column.values<T>()[row], format, out); });
}

Datum read_value(sql::Context& context, sql::Type type, WireFormat format, std::string_view bytes) {
  Datum value;
  if (format == WireFormat::kBinary) {
    value = read_binary(context, type, bytes);
  } else {
    check_text(bytes);
    value = sql::from_text(context, type, bytes);
  }
  if (context.failed()) {
    const sql::Error error = context.take_error();
    throw WireError(sql::sqlstate(error.code), error.message);
  }
  return value;
}

void check_text(std::string_view text) {
  if (sql::is_ascii(text) && text.find('\0') == std::string_view::npos) return;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t size = sql::utf8_size(text[i]);
    bool is_valid = lead != 0 && (lead < 0x80 || (lead >= 0xc2 && lead <= 0xf4)) && i + size <= text.size();
    for (size_t k = 1; is_valid && k < size; ++k) is_valid = sql::is_utf8_continuation(text[i + k]);
    if (is_valid && size > 2) {  // Not the shortest form, a surrogate, or beyond the last character.
      const uint32_t code = sql::utf8_code(text.substr(i));
      is_valid = code >= (size == 3 ? 0x800u : 0x10000u) && code <= 0x10ffff && code >> 11 != 0x1b;
    }
    if (!is_valid) {
      std::string shown;
      for (size_t k = i; k < std::min(i + size, text.size()); ++k)
        shown += fmt::format(" 0x{:02x}", static_cast<unsigned char>(text[k]));
      throw WireError("22021", "invalid byte sequence for encoding \"UTF8\":" + shown);
    }
    i += size;
  }
}

}  // namespace sqlmill::rt::pgwire
