// Change events as Debezium's PostgreSQL connector writes them, in the shape of RisingWave's FORMAT DEBEZIUM
// ENCODE JSON: key and value have a schema and a payload; the value's payload has before, after, op (c, u,
// d), ts_ms and source.
//
// Values: integers, floats (NaN and infinities null) and booleans as themselves; numeric, text and jsonb as
// strings; bytea in base64; date as days and time as milliseconds of the day, timestamp as milliseconds, all
// since 1970; timestamptz as `2026-04-01T09:00:00.000000Z`; interval as ISO 8601.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/engine/dataflow.h"
#include "runtime/sql/datum.h"

namespace sqlmill::rt::formats {

struct DebeziumNames {
  std::string database = "dev";  // RisingWave's default.
  std::string table;             // The relation that the sink reads.
};

void append_debezium_value(const sql::Datum& value, std::string& out);

class DebeziumWriter {
 public:
  DebeziumWriter() = default;
  DebeziumWriter(const DebeziumNames& names, std::span<const engine::Column> columns,
                 std::span<const uint32_t> key);

  /// `row` is an object of values, see append_row.
  std::string key_message(std::string_view row) const;
  /// Empty `before` or `after`: null.
  std::string value_message(std::string_view before, std::string_view after, int64_t ts_ms) const;

  static void append_row(std::span<const std::string_view> names, std::span<const sql::Datum> row,
                         std::string& out);

 private:
  std::string key_schema_;
  std::string value_schema_;
  std::string source_;  // Up to the time.
};

}  // namespace sqlmill::rt::formats
