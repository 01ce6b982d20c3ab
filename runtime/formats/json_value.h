// Fields of a JSON record as SQL values: what each type accepts, and the conversion. Words of failures are
// PostgreSQL's, with the offending text cut to 64 bytes.
//
//   boolean                      true, false
//   smallint, integer, bigint    numbers without fraction and exponent
//   real, double precision       numbers
//   numeric                      numbers; strings, as RisingWave has it
//   text                         strings
//   bytea, date, time, interval  strings in PostgreSQL's input format
//   timestamp, timestamptz       the same; integers since 1970 in s, ms, µs or ns, which their magnitude
//   tells, as in RisingWave jsonb                        anything; null is SQL's NULL
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <system_error>

#include "runtime/formats/json_scanner.h"
#include "runtime/sql/context.h"
#include "runtime/sql/datetime_text.h"
#include "runtime/sql/datum.h"
#include "runtime/sql/type.h"
#include "runtime/state/dictionary.h"

namespace sqlmill::rt::formats {

constexpr JsonKinds accepted_kinds(sql::TypeId type) {
  using enum JsonKind;
  switch (type) {
    case sql::TypeId::kBoolean:
      return kinds({kTrue, kFalse});
    case sql::TypeId::kSmallint:
    case sql::TypeId::kInteger:
    case sql::TypeId::kBigint:
    case sql::TypeId::kReal:
    case sql::TypeId::kDouble:
      return kinds({kNumber});
    case sql::TypeId::kNumeric:
    case sql::TypeId::kTimestamp:
    case sql::TypeId::kTimestamptz:
      return kinds({kNumber, kString});
    case sql::TypeId::kUnknown:
    case sql::TypeId::kText:
    case sql::TypeId::kBytea:
    case sql::TypeId::kDate:
    case sql::TypeId::kTime:
    case sql::TypeId::kInterval:
    case sql::TypeId::kUuid:
      return kinds({kString});
    case sql::TypeId::kArray:
      return kinds({kArray});
    case sql::TypeId::kJsonb:
      return kinds({kString, kNumber, kTrue, kFalse, kObject, kArray});
  }
  return 0;
}
template <class T>
inline constexpr JsonKinds kAcceptedKinds = accepted_kinds(sql::kTypeOf<T>);

namespace detail {

// In json_value.cpp: what is not on the hot path.

/// `invalid input syntax for type integer: "1.5"`.
void fail_syntax(sql::Context& context, sql::TypeId type, std::string_view text);
/// `value "70000" is out of range for type smallint`; floats: `"1e400" is out of range for type double
/// precision`.
void fail_range(sql::Context& context, sql::TypeId type, std::string_view text);
sql::Numeric numeric_from_json(sql::Context& context, std::string_view text);
/// Microseconds since 2000-01-01 of a JSON number that counts from 1970.
int64_t micros_from_json(sql::Context& context, sql::TypeId type, std::string_view number);
sql::Jsonb jsonb_from_json(sql::Context& context, const JsonField& field);
/// PostgreSQL's text input; refuses longer texts than any date or time has, so that messages stay short.
sql::Datum time_from_json(sql::Context& context, sql::TypeId type, std::string_view text);
sql::Datum bytea_from_json(sql::Context& context, std::string_view text);

template <class T>
T number_from_json(sql::Context& context, std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end) [[unlikely]] {
    fail_syntax(context, sql::kTypeOf<T>, text);
  } else if (error != std::errc()) [[unlikely]] {
    fail_range(context, sql::kTypeOf<T>, text);
  }
  return value;
}

/// The plain layout in a few instructions; the rest, and its failures, are numeric_from_json's.
inline sql::Numeric small_numeric_from_json(sql::Context& context, std::string_view text) {
  constexpr size_t kMaxDigits = 18;
  size_t i = !text.empty() && text[0] == '-';
  if (text.size() - i > kMaxDigits + 1) return numeric_from_json(context, text);
  const bool negative = i != 0;
  int64_t unscaled = 0;
  size_t point = text.size();
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      unscaled = unscaled * 10 + (c - '0');
    } else if (c == '.' && point == text.size()) {
      point = i + 1;
    } else {
      return numeric_from_json(context, text);
    }
  }
  return sql::Numeric(negative ? -unscaled : unscaled, static_cast<int>(text.size() - point));
}

}  // namespace detail

/// The value of a field whose kind kAcceptedKinds<T> has, or NULL. On failure the context holds the error.
template <class T>
inline sql::Nullable<T> json_value(sql::Context& context, const JsonField& field) {
  if (field.kind == JsonKind::kMissing || field.kind == JsonKind::kNull) return sql::kNull;
  constexpr sql::TypeId kType = sql::kTypeOf<T>;
  const std::string_view text = field.text;
  if constexpr (std::same_as<T, bool>) {
    return field.kind == JsonKind::kTrue;
  } else if constexpr (std::integral<T> || std::floating_point<T>) {
    return detail::number_from_json<T>(context, text);
  } else if constexpr (std::same_as<T, sql::Numeric>) {
    return field.kind == JsonKind::kNumber ? detail::small_numeric_from_json(context, text)
                                           : detail::numeric_from_json(context, text);
  } else if constexpr (std::same_as<T, sql::Text>) {
    return sql::Text::of_record(text);
  } else if constexpr (std::same_as<T, sql::Bytea>) {
    return detail::bytea_from_json(context, text).template as<sql::Bytea>();
  } else if constexpr (std::same_as<T, sql::Jsonb>) {
    return detail::jsonb_from_json(context, field);
  } else if constexpr (std::same_as<T, sql::Array>) {
    // The compiler lets no source have one: the element is not known here.
    context.fail(sql::ErrorCode::kFeatureNotSupported, "arrays in records are not supported");
    return sql::Array();
  } else if constexpr (std::same_as<T, sql::Timestamptz> || std::same_as<T, sql::Timestamp>) {
    if (field.kind == JsonKind::kNumber) return T{detail::micros_from_json(context, kType, text)};
    T value;
    if (context.fixed_timestamps().read(text, value)) [[likely]]
      return value;
    return detail::time_from_json(context, kType, text).template as<T>();
  } else {
    return detail::time_from_json(context, kType, text).template as<T>();
  }
}

/// The word of a text column.
template <class Entry>
inline sql::Word<Entry> json_word(sql::Context& context, state::Dictionary<Entry>& words,
                                  const JsonField& field) {
  if (field.kind == JsonKind::kString) [[likely]] {
    if (const Entry* found = words.find_short(field.text)) [[likely]]
      return found;
  }
  return words.find_or_add(context, json_value<sql::Text>(context, field));
}

}  // namespace sqlmill::rt::formats
