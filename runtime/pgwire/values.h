// Values on the wire: PostgreSQL's oids, and its text and binary forms of every type, in both directions.
// Times with a zone have PostgreSQL's own text form here, `2026-04-01 09:00:00+00`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/sql/context.h"
#include "runtime/sql/type.h"
#include "runtime/sql/vector.h"

namespace sqlmill::rt::pgwire {

enum class WireFormat : uint8_t { kText = 0, kBinary = 1 };

inline constexpr uint32_t kTextOid = 25;

/// pg_type.oid; varchar has one of its own, and so have the types of the catalogs.
uint32_t oid_of(sql::Type type);
/// pg_type.typlen: -1 varies.
int16_t size_of(sql::Type type);
/// pg_attribute.atttypmod.
int32_t modifier_of(sql::Type type);
/// What a parameter of this oid is here; kUnknown for 0 and `unknown`, nothing for a type that there is not.
std::optional<sql::Type> type_of(uint32_t oid);

/// Of a value that is not NULL.
void append_value(const sql::Datum& value, WireFormat format, std::string& out);
/// `type`: of the column, as clients see it.
void append_value(const sql::Vector& column, uint32_t row, sql::Type type, WireFormat format,
                  std::string& out);

/// A parameter; what it borrows is in the context's arena. Throws WireError.
sql::Datum read_value(sql::Context& context, sql::Type type, WireFormat format, std::string_view bytes);

/// Throws WireError for a text that is not UTF-8, or has a zero in it.
void check_text(std::string_view text);

}  // namespace sqlmill::rt::pgwire
