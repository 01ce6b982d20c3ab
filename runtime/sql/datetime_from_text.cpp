// Reading of dates, times and timestamps: the fields from datetime_reader.h, the ranges and the errors.
#include <string>

#include "runtime/sql/datetime_reader.h"
#include "runtime/sql/datetime_text.h"

namespace sqlmill::rt::sql {

namespace {

using Word = DatetimeWord::Kind;
using Fault = DatetimeFault;
using Want = DatetimeReader::Want;

[[gnu::cold]] void fail(Context& context, Fault fault, std::string_view type, std::string_view text,
                        std::string_view word) {
  const std::string quoted = "\"" + std::string(text) + "\"";
  switch (fault) {
    case Fault::kNone:
      return;
    case Fault::kFormat:
      return context.fail(ErrorCode::kInvalidDatetimeFormat,
                          "invalid input syntax for type " + std::string(type) + ": " + quoted);
    case Fault::kField:
      return context.fail(ErrorCode::kDatetimeFieldOverflow, "date/time field value out of range: " + quoted);
    case Fault::kInterval:
      return context.fail(ErrorCode::kIntervalFieldOverflow, "interval field value out of range: " + quoted);
    case Fault::kZoneDisplacement:
      return context.fail(ErrorCode::kInvalidTimeZoneDisplacement,
                          "time zone displacement out of range: " + quoted);
    case Fault::kZone:
      return context.fail(ErrorCode::kInvalidParameterValue,
                          "time zone \"" + std::string(word) + "\" not recognized");
    case Fault::kMoment:
      return context.fail(ErrorCode::kFeatureNotSupported,
                          "\"" + std::string(word) + "\" is not supported in a value of type " +
                              std::string(type) + ", because it would change between runs");
  }
}

/// The common part of timestamp and timestamptz. False if the context holds an error.
bool read_timestamp(Context& context, std::string_view type, std::string_view text, bool with_zone,
                    int64_t& micros) {
  DatetimeReader reader(Want::kDate);
  if (const Fault fault = reader.read(text); fault != Fault::kNone) {
    fail(context, fault, type, text, reader.refused_word());
    return false;
  }
  switch (reader.whole()) {
    case Word::kInfinity:
      micros = INT64_MAX;
      return true;
    case Word::kMinusInfinity:
      micros = INT64_MIN;
      return true;
    case Word::kEpoch:
      micros = -kUnixEpochMicros;
      return true;
    default:
      break;
  }
  __int128 wide = static_cast<__int128>(reader.days()) * kMicrosPerDay + reader.micros();
  const bool is_near =
      wide >= kMinTimestampMicros - kMicrosPerDay && wide < kEndTimestampMicros + kMicrosPerDay;
  if (with_zone && reader.zone() && is_near) {
    wide -= reader.zone()->offset_of_local(static_cast<int64_t>(wide));
  } else if (with_zone) {
    wide -= static_cast<__int128>(reader.zone_seconds()) * kMicrosPerSecond;
  }
  if (wide < kMinTimestampMicros || wide >= kEndTimestampMicros) {
    context.fail(ErrorCode::kDatetimeFieldOverflow, "timestamp out of range: \"" + std::string(text) + "\"");
    return false;
  }
  micros = static_cast<int64_t>(wide);
  return true;
}

}  // namespace

Date date_from_text(Context& context, std::string_view text) {
  DatetimeReader reader(Want::kDate);
  if (const Fault fault = reader.read(text); fault != Fault::kNone) {
    fail(context, fault, "date", text, reader.refused_word());
    return {};
  }
  switch (reader.whole()) {
    case Word::kInfinity:
      return Date::infinity();
    case Word::kMinusInfinity:
      return Date::minus_infinity();
    case Word::kEpoch:
      return {-kUnixEpochDays};
    default:
      break;
  }
  const int64_t days = reader.days();
  if (!date_in_range(days)) {
    context.fail(ErrorCode::kDatetimeFieldOverflow, "date out of range: \"" + std::string(text) + "\"");
    return {};
  }
  return {static_cast<int32_t>(days)};
}

Time time_from_text(Context& context, std::string_view text) {
  DatetimeReader reader(Want::kTime);
  Fault fault = reader.read(text);
  if (fault == Fault::kNone && reader.whole() != Word::kIgnored) fault = Fault::kFormat;
  if (fault == Fault::kNone) return {reader.micros()};
  fail(context, fault, "time", text, reader.refused_word());
  return {};
}

Timestamp timestamp_from_text(Context& context, std::string_view text) {
  Timestamp value{};
  read_timestamp(context, "timestamp", text, false, value.micros);
  return value;
}

Timestamptz timestamptz_from_text(Context& context, std::string_view text) {
  Timestamptz value{};
  if (!parse_fixed_timestamptz(text, value)) {
    read_timestamp(context, "timestamp with time zone", text, true, value.micros);
  }
  return value;
}

}  // namespace sqlmill::rt::sql
