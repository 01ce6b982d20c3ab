// jsonb. The expected values are PostgreSQL 15's.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <vector>

#include "runtime/sql/compare.h"
#include "runtime/sql/functions/jsonb_access.h"
#include "runtime/sql/functions/jsonb_cast.h"

using namespace sqlmill::rt::sql;

namespace {

struct Evaluation {
  Arena arena;
  Context context{arena};

  std::string error() {
    const Error error = context.take_error();
    return std::string(sqlstate(error.code)) + " " + error.message;
  }
  Jsonb json(std::string_view text) { return jsonb_from_text(context, text); }
  std::string canonical(std::string_view text) {
    const Jsonb value = json(text);
    return context.failed() ? error() : std::string(value.text.view());
  }
};

std::string show(const Nullable<Jsonb>& value) {
  return value.has_value() ? std::string(value.value().text.view()) : "NULL";
}
std::string show(const Nullable<Text>& value) {
  return value.has_value() ? std::string(value.value().view()) : "NULL";
}

const std::string kSyntax = "22P02 invalid input syntax for type json";

}  // namespace

TEST_CASE("jsonb is brought into canonical form") {
  Evaluation e;
  CHECK(e.canonical(" { \"b\" : 1 , \"aa\":[ ] , \"a\" : {} } ") == R"({"a": {}, "b": 1, "aa": []})");
  CHECK(e.canonical(R"({"a":1,"b":2,"a":3})") == R"({"a": 3, "b": 2})");
  CHECK(e.canonical("[1,2 ,\"x\",null,true]") == R"([1, 2, "x", null, true])");
  CHECK(e.canonical("1e2") == "100");
  CHECK(e.canonical("1.50") == "1.50");
  CHECK(e.canonical("-0") == "0");
  CHECK(e.canonical("-0.00") == "0.00");
  CHECK(e.canonical("1.5E-3") == "0.0015");
  CHECK(e.canonical("12345678901234567890123") == "12345678901234567890123");
  CHECK(e.canonical(R"("\u0041\u00e9\ud83d\ude00\/\n\u001f\"")") == R"("Aé😀/\n\u001f\"")");
}

TEST_CASE("what is not JSON is refused") {
  Evaluation e;
  for (const char* text : {"",         " ",       "01",        "1.",          ".5",          "+1",    "-",
                           "1e",       "nul",     "True",      "[1,]",        "{\"a\":1,}",  "{a:1}", "1 2",
                           "[1 2]",    "\"a",     "{\"a\" 1}", "{1:2}",       "[",           "{",     "]",
                           "\"\x01\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "NaN",   "'a'",
                           "{\"a\":}"}) {
    INFO(text);
    CHECK(e.canonical(text) == kSyntax);
  }
  CHECK(e.canonical("\"\\u0000\"") == "22P05 unsupported Unicode escape sequence");
  CHECK(e.canonical("1e999999") == "22003 value overflows numeric format");
  const std::string deep(kMaxJsonDepth, '[');
  CHECK(e.canonical(deep + std::string(kMaxJsonDepth, ']')).size() == 2 * kMaxJsonDepth);
  CHECK(e.canonical(deep + "[") == "54001 stack depth limit exceeded");
}

TEST_CASE("the order of jsonb") {
  Evaluation e;
  const char* const kAscending[] = {"[]",        "null",
                                    "\"\"",      "\"a\"",
                                    "\"b\"",     "-1",
                                    "0",         "0.5",
                                    "1",         "10",
                                    "false",     "true",
                                    "[null]",    "[1]",
                                    "[[]]",      "[1, 2]",
                                    "{}",        "{\"a\":1}",
                                    "{\"a\":2}", "{\"aa\":0}",
                                    "{\"b\":0}", "{\"a\":0,\"b\":0}"};
  std::vector<Jsonb> values;
  for (const char* text : kAscending) values.push_back(e.json(text));
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values.size(); ++j) {
      INFO(kAscending[i] << " and " << kAscending[j]);
      CHECK(compare(values[i], values[j]) == (i > j) - (i < j));
    }
  }
}

TEST_CASE("equal jsonb may differ in bytes") {
  Evaluation e;
  const Jsonb a = e.json(R"({"a": [1.0, "1.0"], "b": 100})");
  const Jsonb b = e.json(R"({"b": 1e2, "a": [1.00, "1.0"]})");
  CHECK(equal(a, b));
  CHECK(hash(a) == hash(b));
  CHECK_FALSE(identical(a, b));
  CHECK_FALSE(equal(a, e.json(R"({"a": [1.0, "1.00"], "b": 100})")));
  CHECK(hash(e.json("1.000")) == hash(e.json("1")));
  CHECK(hash(e.json("0.0")) == hash(e.json("0")));
  CHECK(equal(e.json("123456789012345678901.0"), e.json("123456789012345678901")));
}

TEST_CASE("members and elements") {
  Evaluation e;
  const Jsonb object =
      e.json(R"({"a": {"b": [1, "two"]}, "s": "say \"hi\", to [all]", "n": null, "": 0, "\n": 7})");
  CHECK(show(jsonb_member(object, Text("a"))) == R"({"b": [1, "two"]})");
  CHECK(show(jsonb_member(object, Text("s"))) == R"("say \"hi\", to [all]")");
  CHECK(show(jsonb_member_text(e.arena, object, Text("s"))) == R"(say "hi", to [all])");
  CHECK(show(jsonb_member(object, Text("n"))) == "null");
  CHECK(show(jsonb_member_text(e.arena, object, Text("n"))) == "NULL");
  CHECK(show(jsonb_member(object, Text(""))) == "0");
  CHECK(show(jsonb_member(object, Text("\n"))) == "7");
  CHECK(show(jsonb_member(object, Text("none"))) == "NULL");
  CHECK(show(jsonb_element(object, 0)) == "NULL");

  const Jsonb array = e.json(R"([1, "a", [2, 3], "a string that is not inline"])");
  CHECK(show(jsonb_element(array, 2)) == "[2, 3]");
  CHECK(show(jsonb_element(array, -4)) == "1");
  CHECK(show(jsonb_element(array, -5)) == "NULL");
  CHECK(show(jsonb_element(array, 4)) == "NULL");
  CHECK(show(jsonb_element_text(e.arena, array, 1)) == "a");
  CHECK(show(jsonb_element_text(e.arena, array, 3)) == "a string that is not inline");
  CHECK(show(jsonb_member(array, Text("a"))) == "NULL");
  CHECK(show(jsonb_element(e.json("5"), 0)) == "5");
  CHECK(jsonb_array_length(e.context, array) == 4);
  CHECK(jsonb_array_length(e.context, e.json("[]")) == 0);
  jsonb_array_length(e.context, object);
  CHECK(e.error() == "22023 cannot get array length of a non-array");
  jsonb_array_length(e.context, e.json("1"));
  CHECK(e.error() == "22023 cannot get array length of a scalar");
}

TEST_CASE("casts of jsonb") {
  Evaluation e;
  Context& c = e.context;
  CHECK(jsonb_to_boolean(c, e.json("true")));
  CHECK(jsonb_to_int4(c, e.json("2.5")) == 3);
  CHECK(jsonb_to_float8(c, e.json("0.1")) == 0.1);
  CHECK_FALSE(c.failed());
  jsonb_to_int2(c, e.json("40000"));
  CHECK(e.error() == "22003 smallint out of range");
  jsonb_to_int4(c, e.json("\"1\""));
  CHECK(e.error() == "22023 cannot cast jsonb string to type integer");
  jsonb_to_boolean(c, e.json("1"));
  CHECK(e.error() == "22023 cannot cast jsonb numeric to type boolean");
  jsonb_to_numeric(c, e.json("null"));
  CHECK(e.error() == "22023 cannot cast jsonb null to type numeric");
  jsonb_to_float8(c, e.json("[]"));
  CHECK(e.error() == "22023 cannot cast jsonb array to type double precision");
}
