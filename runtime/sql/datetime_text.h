// Date and time values as text: PostgreSQL's output (DateStyle ISO, IntervalStyle postgres, zone UTC), but
// for timestamptz, which prints its zone as +00:00; and PostgreSQL's input, with its order MDY where a date
// leaves it open.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

void append_text(const Date& value, std::string& out);
void append_text(const Time& value, std::string& out);
void append_text(const Timestamp& value, std::string& out);
void append_text(const Timestamptz& value, std::string& out);
void append_text(const Interval& value, std::string& out);

/// On failure the context holds the error, worded as PostgreSQL's, and the value is arbitrary.
Date date_from_text(Context& context, std::string_view text);
Time time_from_text(Context& context, std::string_view text);
Timestamp timestamp_from_text(Context& context, std::string_view text);
Timestamptz timestamptz_from_text(Context& context, std::string_view text);
Interval interval_from_text(Context& context, std::string_view text);

/// The offset from UTC in seconds, east positive, of a time zone that is named in a literal or an argument:
/// `utc`, `gmt`, `z`, `zulu` in any case. False for others.
bool find_time_zone(std::string_view name, int32_t& offset_seconds);

/// What FixedTimestamps (fixed_timestamps.h) reads. False for every other text, among them texts that
/// timestamptz_from_text accepts.
bool parse_fixed_timestamptz(std::string_view text, Timestamptz& result);

}  // namespace sqlmill::rt::sql
