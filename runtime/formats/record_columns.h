// INCLUDE key, partition, offset, timestamp, header: what a record has besides its value.
#pragma once

#include <string>

#include "runtime/delta/raw_record.h"
#include "runtime/sql/context.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::formats {

inline sql::Nullable<sql::Bytea> record_key(sql::Context&, const delta::RawRecord& record) {
  return record.key ? sql::Nullable<sql::Bytea>(sql::Bytea{sql::Text(*record.key)})
                    : sql::Nullable<sql::Bytea>();
}

inline sql::Nullable<sql::Text> record_partition(sql::Context& context, const delta::RawRecord& record) {
  return sql::Text(context.arena().copy(std::to_string(record.partition)));
}

inline sql::Nullable<sql::Text> record_offset(sql::Context& context, const delta::RawRecord& record) {
  return sql::Text(context.arena().copy(std::to_string(record.offset)));
}

inline sql::Nullable<sql::Timestamptz> record_timestamp(sql::Context&, const delta::RawRecord& record) {
  constexpr int64_t kUnixEpochMicros = -946'684'800'000'000;  // 1970-01-01, counted from 2000-01-01.
  if (!record.timestamp_ms) return {};
  return sql::Timestamptz{*record.timestamp_ms * 1000 + kUnixEpochMicros};
}

/// Of several headers of the name the last.
inline sql::Nullable<sql::Bytea> record_header(sql::Context&, const delta::RawRecord& record,
                                               std::string_view name) {
  sql::Nullable<sql::Bytea> found;
  for (const delta::RawHeader& header : record.headers) {
    if (header.name == name && header.value) found = sql::Bytea{sql::Text(*header.value)};
  }
  return found;
}

/// The bytes as text; they must be UTF-8.
sql::Nullable<sql::Text> as_text(sql::Context& context, const sql::Nullable<sql::Bytea>& bytes);

}  // namespace sqlmill::rt::formats
