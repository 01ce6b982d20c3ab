// PostgreSQL's binary forms, as its types' send and receive functions define them.
#pragma once

#include <string>
#include <string_view>

#include "runtime/sql/context.h"
#include "runtime/sql/datum.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::rt::pgwire {

void append_binary(bool value, std::string& out);
void append_binary(int16_t value, std::string& out);
void append_binary(int32_t value, std::string& out);
void append_binary(int64_t value, std::string& out);
void append_binary(float value, std::string& out);
void append_binary(double value, std::string& out);
void append_binary(const sql::Numeric& value, std::string& out);
void append_binary(const sql::Text& value, std::string& out);
void append_binary(const sql::Bytea& value, std::string& out);
void append_binary(const sql::Date& value, std::string& out);
void append_binary(const sql::Time& value, std::string& out);
void append_binary(const sql::Timestamp& value, std::string& out);
void append_binary(const sql::Timestamptz& value, std::string& out);
void append_binary(const sql::Interval& value, std::string& out);
void append_binary(const sql::Jsonb& value, std::string& out);
void append_binary(const sql::Uuid& value, std::string& out);
void append_binary(const sql::Array& value, std::string& out);

/// Of a value of a type that the catalogs have, or an array of it. Vectors begin with the number 0.
void append_binary_as(const sql::Datum& value, const sql::PostgresType& type, bool is_vector,
                      std::string& out);

/// Throws WireError, or leaves the failure in the context.
sql::Datum read_binary(sql::Context& context, sql::Type type, std::string_view bytes);

}  // namespace sqlmill::rt::pgwire
