// Reading of a text by a pattern of to_date and to_timestamp, into fields.
#pragma once

#include <cstdint>

#include "runtime/sql/context.h"
#include "runtime/sql/datetime_pattern.h"

namespace sqlmill::rt::sql {

/// The fields as they were read; 0 is not given, as PostgreSQL has it.
struct ParsedDatetime {
  DatetimeKeyword::Convention convention = DatetimeKeyword::Convention::kNone;
  int32_t hour = 0, minute = 0, second = 0, second_of_day = 0, millis = 0, micros = 0;
  int32_t afternoon = 0, before_christ = 0, century = 0;
  int32_t year = 0, year_digits = 0, month = 0, day = 0, day_of_year = 0, day_of_week = 0;
  int32_t week = 0, week_of_month = 0, julian = 0;
  int32_t precision = 0;  // Of FF1 to FF6.
  int32_t zone_sign = 0, zone_hour = 0, zone_minute = 0;
  bool twelve_hours = false;
};

/// False after an error, with the error in the context.
bool read_by_pattern(Context& context, std::string_view text, std::string_view pattern, ParsedDatetime& out);

}  // namespace sqlmill::rt::sql
