#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <string_view>

#include "runtime/base/arena.h"
#include "runtime/formats/json_value.h"

using namespace sqlmill::rt;
using formats::JsonField;
using formats::JsonKind;

namespace {

/// The value as text, `NULL`, or `SQLSTATE message`.
template <class T>
std::string value(JsonKind kind, std::string_view text) {
  static sql::Arena arena;
  sql::Context context(arena);
  const sql::Nullable<T> result = formats::json_value<T>(context, JsonField{kind, text});
  if (context.failed()) {
    return std::string(sql::sqlstate(context.error().code)) + ' ' + context.error().message;
  }
  return result.has_value() ? sql::to_text(sql::Datum(result.value())) : "NULL";
}
template <class T>
std::string number(std::string_view text) {
  return value<T>(JsonKind::kNumber, text);
}
template <class T>
std::string string(std::string_view text) {
  return value<T>(JsonKind::kString, text);
}

}  // namespace

TEST_CASE("null and missing are NULL for every type") {
  CHECK(value<int32_t>(JsonKind::kNull, "") == "NULL");
  CHECK(value<sql::Text>(JsonKind::kMissing, "") == "NULL");
  CHECK(value<sql::Jsonb>(JsonKind::kNull, "") == "NULL");
  CHECK(value<sql::Timestamptz>(JsonKind::kNull, "") == "NULL");
}

TEST_CASE("booleans and texts") {
  CHECK(value<bool>(JsonKind::kTrue, "") == "t");
  CHECK(value<bool>(JsonKind::kFalse, "") == "f");
  CHECK(string<sql::Text>("abc") == "abc");
  CHECK(string<sql::Text>("") == "");
}

TEST_CASE("integers have no fraction and fit") {
  CHECK(number<int16_t>("-32768") == "-32768");
  CHECK(number<int16_t>("32768") == R"(22003 value "32768" is out of range for type smallint)");
  CHECK(number<int32_t>("2147483647") == "2147483647");
  CHECK(number<int64_t>("9223372036854775808") ==
        R"(22003 value "9223372036854775808" is out of range for type bigint)");
  CHECK(number<int32_t>("1.0") == R"(22P02 invalid input syntax for type integer: "1.0")");
  CHECK(number<int32_t>("1e3") == R"(22P02 invalid input syntax for type integer: "1e3")");
  CHECK(number<int32_t>("-0") == "0");
  CHECK(number<int32_t>("1." + std::string(100, '1')) ==
        "22P02 invalid input syntax for type integer: \"1." + std::string(62, '1') + "…\"");
}

TEST_CASE("floats and numerics") {
  CHECK(number<double>("1.5") == "1.5");
  CHECK(number<double>("12") == "12");
  CHECK(number<double>("1e400") == R"(22003 "1e400" is out of range for type double precision)");
  CHECK(number<float>("1e39") == R"(22003 "1e39" is out of range for type real)");
  CHECK(number<sql::Numeric>("12.50") == "12.50");
  CHECK(number<sql::Numeric>("-0.05") == "-0.05");
  CHECK(number<sql::Numeric>("1.5e3") == "1500");
  CHECK(number<sql::Numeric>("123456789012345678") == "123456789012345678");
  CHECK(number<sql::Numeric>("1234567890123456789.25") == "1234567890123456789.25");
  CHECK(string<sql::Numeric>("12.50") == "12.50");
  CHECK(string<sql::Numeric>("NaN") == "NaN");
  CHECK(string<sql::Numeric>("x") == R"(22P02 invalid input syntax for type numeric: "x")");
}

TEST_CASE("times come as strings, instants also as numbers whose size tells the unit") {
  CHECK(string<sql::Timestamptz>("2026-04-01T09:00:00.5Z") == "2026-04-01 09:00:00.5+00:00");
  CHECK(string<sql::Timestamptz>("2026-04-01 11:00:00+02") == "2026-04-01 09:00:00+00:00");
  CHECK(string<sql::Timestamp>("2026-04-01 09:00:00") == "2026-04-01 09:00:00");
  CHECK(number<sql::Timestamptz>("1712800800") == "2024-04-11 02:00:00+00:00");
  CHECK(number<sql::Timestamptz>("1712800800123") == "2024-04-11 02:00:00.123+00:00");
  CHECK(number<sql::Timestamptz>("1712800800123456") == "2024-04-11 02:00:00.123456+00:00");
  CHECK(number<sql::Timestamptz>("1712800800123456789") == "2024-04-11 02:00:00.123456+00:00");
  CHECK(number<sql::Timestamp>("-1") == "1969-12-31 23:59:59");
  CHECK(number<sql::Timestamptz>("1.5") ==
        R"(22007 invalid input syntax for type timestamp with time zone: "1.5")");
  CHECK(string<sql::Timestamptz>("soon") ==
        R"(22007 invalid input syntax for type timestamp with time zone: "soon")");
  CHECK(string<sql::Timestamptz>(std::string(200, 'x')) ==
        "22007 invalid input syntax for type timestamp with time zone: \"" + std::string(64, 'x') + "…\"");
  CHECK(string<sql::Date>("2026-04-01") == "2026-04-01");
  CHECK(string<sql::Time>("09:00") == "09:00:00");
  CHECK(string<sql::Interval>("1 day 2 hours") == "1 day 02:00:00");
}

TEST_CASE("bytea and jsonb") {
  CHECK(string<sql::Bytea>("\\x00ff") == "\\x00ff");
  CHECK(string<sql::Bytea>("ab") == "\\x6162");
  CHECK(value<sql::Jsonb>(JsonKind::kObject, R"({"b":1,"a":[true]})") == R"({"a": [true], "b": 1})");
  CHECK(value<sql::Jsonb>(JsonKind::kString, "a\"b\n") == R"("a\"b\n")");
  CHECK(value<sql::Jsonb>(JsonKind::kTrue, "") == "true");
  CHECK(number<sql::Jsonb>("1.50") == "1.50");
}
