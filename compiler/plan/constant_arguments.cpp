#include "compiler/plan/constant_arguments.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "runtime/sql/context.h"

namespace sqlmill::plan {

namespace {

using Arguments = std::vector<ExprRef>;

/// The constant argument `i`; null if it is none, or NULL.
const sql::Datum* constant_at(const Arguments& arguments, size_t i) {
  const sql::Datum* value = i < arguments.size() ? as_constant(arguments[i]) : nullptr;
  return value && !value->is_null() ? value : nullptr;
}

std::optional<int64_t> integer_at(const Arguments& arguments, size_t i) {
  const sql::Datum* value = constant_at(arguments, i);
  if (!value) return std::nullopt;
  switch (value->type()) {
    case sql::TypeId::kSmallint:
      return value->as<int16_t>();
    case sql::TypeId::kInteger:
      return value->as<int32_t>();
    case sql::TypeId::kBigint:
      return value->as<int64_t>();
    default:
      return std::nullopt;
  }
}

bool is_field_number(const Arguments& arguments) {
  const std::optional<int64_t> n = integer_at(arguments, 2);
  return n && *n != 0;
}

bool is_substring_length(const Arguments& arguments) {
  const std::optional<int64_t> count = integer_at(arguments, 2);
  return count && *count >= 0;
}

/// LIKE fails where the matching meets a backslash with nothing behind it.
bool is_whole_pattern(const Arguments& arguments) {
  const sql::Datum* value = constant_at(arguments, 1);
  if (!value) return false;
  const auto pattern = value->as<sql::Text>();
  const std::string_view bytes = pattern.view();
  const size_t behind = bytes.find_last_not_of('\\') + 1;  // 0 where there are backslashes only.
  return (bytes.size() - behind) % 2 == 0;
}

/// Not 0, and not -1, by which the least integer cannot be divided.
bool is_integer_divisor(const Arguments& arguments) {
  const std::optional<int64_t> divisor = integer_at(arguments, 1);
  return divisor && *divisor != 0 && *divisor != -1;
}

/// The units that divide a day; beyond them the result may lie before the first day that there is.
bool is_short_unit(const Arguments& arguments) {
  constexpr std::array<std::string_view, 6> kUnits = {"microseconds", "milliseconds", "second",
                                                      "minute",       "hour",         "day"};
  const sql::Datum* unit = constant_at(arguments, 0);
  if (!unit) return false;
  const auto name = unit->as<sql::Text>();
  return std::find(kUnits.begin(), kUnits.end(), name.view()) != kUnits.end();
}

/// What extract() fails for is the unit alone: if it is known for one point in time, it is for all.
bool is_unit_of(const sql::Function& function, const Arguments& arguments) {
  const sql::Datum* unit = constant_at(arguments, 0);
  if (!unit) return false;
  sql::Datum sample;
  switch (function.arguments[1]) {
    case sql::TypeId::kDate:
      sample = sql::Datum(sql::Date{0});
      break;
    case sql::TypeId::kTime:
      sample = sql::Datum(sql::Time{0});
      break;
    case sql::TypeId::kTimestamp:
      sample = sql::Datum(sql::Timestamp{0});
      break;
    case sql::TypeId::kTimestamptz:
      sample = sql::Datum(sql::Timestamptz{0});
      break;
    case sql::TypeId::kInterval:
      sample = sql::Datum(sql::Interval{0, 0, 0});
      break;
    default:
      return false;
  }
  rt::base::Arena arena(256);
  sql::Context context(arena);
  const std::array<sql::Datum, 2> values = {*unit, sample};
  function.evaluate(context, values);
  return !context.failed();
}

}  // namespace

bool never_fails(const sql::Function& function, const Arguments& arguments) {
  const std::string_view name = function.cpp;
  if (name == "sql::split_part") return is_field_number(arguments);
  if (name == "sql::substring_from_for") return is_substring_length(arguments);
  if (name == "sql::like" || name == "sql::ilike") return is_whole_pattern(arguments);
  if (name == "sql::date_trunc_timestamp" || name == "sql::date_trunc_timestamptz")
    return is_short_unit(arguments);
  if (name.starts_with("sql::extract_")) return is_unit_of(function, arguments);
  // Of two integers.
  if (name.starts_with("sql::divide<int") || name.starts_with("sql::divide_int") ||
      name.starts_with("sql::modulo<int") || name.starts_with("sql::modulo_int"))
    return is_integer_divisor(arguments);
  return false;
}

}  // namespace sqlmill::plan
