#include "runtime/sql/functions/modifier.h"

#include <string>

namespace sqlmill::rt::sql {

namespace {

/// Bytes of the first `characters` characters of UTF-8 text, or all of it.
size_t bytes_of_characters(std::string_view text, int32_t characters) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool starts_character = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (starts_character && characters-- == 0) break;
  }
  return at;
}

int64_t rounded(int64_t micros, int32_t digits) {
  int64_t unit = 1;
  for (int32_t i = digits; i < 6; ++i) unit *= 10;
  const int64_t half = micros < 0 ? -unit / 2 : unit / 2;
  return (micros + half) / unit * unit;
}

}  // namespace

Time time_with_precision(Time value, int32_t digits) {
  return {rounded(value.micros, digits)};
}
Timestamp timestamp_with_precision(Timestamp value, int32_t digits) {
  return value.is_finite() ? Timestamp{rounded(value.micros, digits)} : value;
}
Timestamptz timestamptz_with_precision(Timestamptz value, int32_t digits) {
  return value.is_finite() ? Timestamptz{rounded(value.micros, digits)} : value;
}
Interval interval_with_precision(Interval value, int32_t digits) {
  constexpr int64_t kMost = INT64_MAX - 1'000'000;
  const bool fits = value.micros < kMost && value.micros > -kMost;
  return fits ? Interval{rounded(value.micros, digits), value.days, value.months} : value;
}

Text varchar_with_modifier(Context& context, Text value, int32_t modifier, bool is_explicit) {
  if (modifier < 0 || value.size() <= static_cast<uint32_t>(modifier)) return value;
  const std::string_view text = value.view();
  const size_t bytes = bytes_of_characters(text, modifier);
  if (!is_explicit && text.find_first_not_of(' ', bytes) != std::string_view::npos) {
    context.fail(ErrorCode::kStringDataRightTruncation,
                 "value too long for type character varying(" + std::to_string(modifier) + ")");
  }
  return Text(text.substr(0, bytes));
}

}  // namespace sqlmill::rt::sql
