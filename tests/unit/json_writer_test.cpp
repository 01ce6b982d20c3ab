#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/formats/debezium_json.h"
#include "runtime/formats/json_writer.h"

using namespace sqlmill::rt;
using formats::append_debezium_value;
using formats::append_json;
using formats::append_json_row;
using formats::append_json_string;
using sql::Datum;
using sql::TypeId;

namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

template <class T>
std::string json(const T& value) {
  std::string out;
  append_json(Datum(value), out);
  return out;
}

Datum parsed(TypeId type, std::string_view text) {
  static sql::Arena arena;
  sql::Context context(arena);
  const Datum value = sql::from_text(context, type, text);
  REQUIRE(!context.failed());
  return value;
}

std::string json_of(TypeId type, std::string_view text) {
  std::string out;
  append_json(parsed(type, text), out);
  return out;
}

std::string debezium_of(TypeId type, std::string_view text) {
  std::string out;
  append_debezium_value(parsed(type, text), out);
  return out;
}

}  // namespace

TEST_CASE("strings are escaped") {
  CHECK(json_string("") == R"("")");
  CHECK(json_string("plain é €") == "\"plain é €\"");
  CHECK(json_string("a\"b\\c/") == R"("a\"b\\c/")");
  CHECK(json_string("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(json_string(std::string("\0\x01\x1f\x7f", 4)) == "\"\\u0000\\u0001\\u001f\x7f\"");
}

TEST_CASE("what is not UTF-8 is replaced") {
  CHECK(json_string("a\xffz") == "\"a\xef\xbf\xbdz\"");
  CHECK(json_string("\xc3") == "\"\xef\xbf\xbd\"");
  CHECK(json_string("\xe2\x82") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  CHECK(json_string("\xed\xa0\x80").find("\xed") == std::string::npos);
  CHECK(json_string("\xf0\x9f\x98\x80") == "\"\xf0\x9f\x98\x80\"");
}

TEST_CASE("values as JSON") {
  CHECK(json(true) == "true");
  CHECK(json(int16_t{-5}) == "-5");
  CHECK(json(int64_t{9223372036854775807}) == "9223372036854775807");
  CHECK(json(1.5) == "1.5");
  CHECK(json(1e300) == "1e+300");
  CHECK(json(std::nan("")) == R"("NaN")");
  CHECK(json(-std::numeric_limits<float>::infinity()) == R"("-Infinity")");
  CHECK(json_of(TypeId::kNumeric, "12.50") == "12.50");
  CHECK(json_of(TypeId::kNumeric, "NaN") == R"("NaN")");
  CHECK(json_of(TypeId::kText, "a\nb") == R"("a\nb")");
  CHECK(json_of(TypeId::kTimestamptz, "2026-04-01 09:00:00+00") == R"("2026-04-01 09:00:00+00:00")");
  CHECK(json_of(TypeId::kDate, "2026-04-01") == R"("2026-04-01")");
  CHECK(json_of(TypeId::kBytea, "\\x00ff") == R"("\\x00ff")");
  CHECK(json_of(TypeId::kJsonb, R"({"b":[1,2.0],"a":null})") == R"({"a": null, "b": [1, 2.0]})");
}

TEST_CASE("a row is an object") {
  const std::string_view names[] = {"id", "a \"name\"", "none"};
  const Datum row[] = {Datum(int32_t{1}), Datum(sql::Text("x")), Datum::null(TypeId::kInteger)};
  std::string out;
  append_json_row(names, row, out);
  CHECK(out == R"({"id":1,"a \"name\"":"x","none":null})");
}

TEST_CASE("values as Debezium has them") {
  CHECK(debezium_of(TypeId::kInteger, "7") == "7");
  CHECK(debezium_of(TypeId::kNumeric, "12.50") == R"("12.50")");
  CHECK(debezium_of(TypeId::kDouble, "NaN") == "null");
  CHECK(debezium_of(TypeId::kDate, "1970-01-02") == "1");
  CHECK(debezium_of(TypeId::kTime, "00:00:01.5") == "1500");
  CHECK(debezium_of(TypeId::kTimestamp, "1970-01-01 00:00:01.234567") == "1234");
  CHECK(debezium_of(TypeId::kTimestamp, "1969-12-31 23:59:59.9999") == "-1");
  CHECK(debezium_of(TypeId::kTimestamptz, "2026-04-01 09:00:00+00") == R"("2026-04-01T09:00:00.000000Z")");
  CHECK(debezium_of(TypeId::kTimestamptz, "2026-04-01 09:00:00.25+00") == R"("2026-04-01T09:00:00.250000Z")");
  CHECK(debezium_of(TypeId::kInterval, "1 year 2 months 3 days 04:05:06.7") == R"("P1Y2M3DT4H5M6.7S")");
  CHECK(debezium_of(TypeId::kBytea, "\\x00ff10aa") == R"("AP8Qqg==")");
  CHECK(debezium_of(TypeId::kJsonb, R"({"a":"b"})") == R"("{\"a\": \"b\"}")");
}
