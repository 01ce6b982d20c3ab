// SQL values as JSON text: what sinks write. Numbers are JSON numbers, but for NaN and the infinities, which
// JSON has not and which are strings; jsonb stands as it is; everything else is a string of PostgreSQL's text
// output.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/sql/datum.h"

namespace sqlmill::rt::formats {

/// With quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string_view text, std::string& out);

void append_json(const sql::Datum& value, std::string& out);

/// `{"a":1,"b":null}`; one name a datum.
void append_json_row(std::span<const std::string_view> names, std::span<const sql::Datum> row,
                     std::string& out);

}  // namespace sqlmill::rt::formats
