#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <simdjson.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/json_scanner.h"

using namespace sqlmill::rt::formats;
using namespace std::string_view_literals;

namespace {

constexpr JsonKinds kText = kinds({JsonKind::kString});
constexpr JsonKinds kNumber = kinds({JsonKind::kNumber});
constexpr JsonKinds kAny = kinds({JsonKind::kString, JsonKind::kNumber, JsonKind::kTrue, JsonKind::kFalse,
                                  JsonKind::kObject, JsonKind::kArray});

struct Fixture {
  explicit Fixture(std::vector<JsonColumn> columns) : scanner(columns), fields(columns.size()) {}

  /// The fields as text, kinds by a letter: `s:abc n:12 t: -`; or the error.
  std::string scan(std::string_view payload) {
    // An exact allocation, so that a sanitizer sees a byte read beyond the end.
    std::vector<char> exact(payload.begin(), payload.end());
    exact.shrink_to_fit();
    if (!scanner.scan({exact.data(), exact.size()}, fields.data())) return scanner.error();
    std::string out;
    for (const JsonField& field : fields) {
      if (!out.empty()) out += ' ';
      out += "-0sntfoa"[static_cast<size_t>(field.kind)];
      if (!field.text.empty()) out += ':' + std::string(field.text);
    }
    return out;
  }

  JsonScanner scanner;
  std::vector<JsonField> fields;
};

Fixture events() {
  return Fixture(
      {{"id", kText, true}, {"count", kNumber, true}, {"extra", kAny, true}, {"unread", kText, false}});
}

}  // namespace

TEST_CASE("fields are cut in any key order") {
  Fixture f = events();
  CHECK(f.scan(R"({"id":"a","count":1,"extra":[1, 2],"unread":"x"})") == "s:a n:1 a:[1, 2] s");
  CHECK(f.scan(R"({"unread":"x","extra":{"k":[]},"count":-1.5e+3,"id":"b"})") ==
        "s:b n:-1.5e+3 o:{\"k\":[]} s");
  CHECK(f.scan(" \t\r\n{ \"count\" : 2 , \"id\" : \"c\" } \n") == "s:c n:2 - -");
  CHECK(f.scan(R"({"other":1,"id":"d","more":{"id":"nested"},"extra":true})") == "s:d - t -");
  CHECK(f.scan(R"({"id":"a","count":1,"extra":[1, 2],"unread":"x"})") == "s:a n:1 a:[1, 2] s");
  CHECK(f.scan("{}") == "- - - -");
  CHECK(f.scan(R"({"id":null,"count":null,"extra":false,"unread":null})") == "0 0 f 0");
}

TEST_CASE("of duplicate keys the last wins, and only its kind counts") {
  Fixture f = events();
  CHECK(f.scan(R"({"id":"a","id":"b","id":"c"})") == "s:c - - -");
  CHECK(f.scan(R"({"id":1,"id":"b"})") == "s:b - - -");
  CHECK(f.scan(R"({"id":"\u0000","id":"b"})") == "s:b - - -");
  CHECK(f.scan(R"({"id":"b","id":1})") == R"(column "id": expected a string, found a number)");
  CHECK(f.scan(R"({"id":"b","id":null})") == "0 - - -");
}

TEST_CASE("a key matches in another case only if none matches exactly") {
  Fixture f = events();
  CHECK(f.scan(R"({"ID":"a","Count":1})") == "s:a n:1 - -");
  CHECK(f.scan(R"({"ID":"a","id":"b"})") == "s:b - - -");
  CHECK(f.scan(R"({"id":"b","ID":"a","Id":7})") == "s:b - - -");
  Fixture two({{"id", kAny, true}, {"ID", kAny, true}});
  CHECK(two.scan(R"({"ID":1,"id":2})") == "n:2 n:1");
}

TEST_CASE("kinds are checked of every declared column") {
  Fixture f = events();
  CHECK(f.scan(R"({"unread":5})") == R"(column "unread": expected a string, found a number)");
  CHECK(f.scan(R"({"count":"5"})") == R"(column "count": expected a number, found a string)");
  CHECK(f.scan(R"({"count":{}})") == R"(column "count": expected a number, found an object)");
  Fixture numeric({{"n", kinds({JsonKind::kString, JsonKind::kNumber}), true}});
  CHECK(numeric.scan(R"({"n":true})") == R"(column "n": expected a string or a number, found true)");
}

TEST_CASE("columns that a record lacks have no value of an earlier one, however many there are") {
  for (const size_t count : {63, 64, 65, 130}) {
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) names.push_back("c" + std::to_string(i));
    std::vector<JsonColumn> columns;
    for (const std::string& name : names) columns.push_back({name, kText, true});
    Fixture f(columns);
    // Of a record the members whose number `step` divides, but for `without`.
    const auto record = [&](size_t step, size_t without) {
      std::string text = "{";
      for (size_t i = 0; i < count; i += step) {
        if (i == without) continue;
        if (text.size() > 1) text += ',';
        text += '"' + names[i] + "\":\"v" + std::to_string(i) + '"';
      }
      return text + "}";
    };
    for (const size_t step : {size_t{1}, size_t{2}, size_t{1}, size_t{7}}) {
      for (const size_t without : {count, count - 1, size_t{0}}) {
        std::string expected;
        for (size_t i = 0; i < count; ++i) {
          if (i != 0) expected += ' ';
          expected += i % step == 0 && i != without ? "s:v" + std::to_string(i) : "-";
        }
        CHECK(f.scan(record(step, without)) == expected);
      }
    }
    CHECK(f.scan("{\"" + names.back() + "\":\"a\",\"" + names.back() + "\":\"b\"}").ends_with("s:b"));
    CHECK(f.scan("{}").find('s') == std::string::npos);
  }
}

TEST_CASE("escapes are resolved, and plain strings are borrowed") {
  Fixture f = events();
  CHECK(f.scan(R"({"id":"\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00"})") ==
        "s:\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 - - -");
  CHECK(f.scan(R"({"i\u0064":"k"})") == "s:k - - -");
  CHECK(f.scan(R"({"id":"a\u0000b"})") == R"(column "id": \u0000 cannot be converted to text)");
  CHECK(f.scan(R"({"unread":"a\u0000b"})") == "- - - s");

  const std::string payload = R"({"id":"a string that is longer than sixteen bytes"})";
  REQUIRE(f.scanner.scan(payload, f.fields.data()));
  CHECK(f.fields[0].text.data() == payload.data() + 7);

  const std::string first = R"({"id":"one\n"})";
  const std::string second = R"({"id":"two\n"})";
  std::vector<JsonField> other(4);
  REQUIRE(f.scanner.scan(first, f.fields.data()));
  REQUIRE(f.scanner.scan(second, other.data()));
  CHECK(f.fields[0].text == "one\n");
  CHECK(other[0].text == "two\n");
  f.scanner.forget();
}

TEST_CASE("what is not JSON is refused with its place") {
  Fixture f = events();
  CHECK(f.scan("") == "invalid JSON at byte 1: an object expected, but the text ends");
  CHECK(f.scan("[1]") == "invalid JSON at byte 1: an object expected, found [");
  CHECK(f.scan(R"({"id" "a"})") == "invalid JSON at byte 7: ':' after a key expected, found \"");
  CHECK(f.scan(R"({"id":"a",})") == "invalid JSON at byte 11: a key in double quotes expected, found }");
  CHECK(f.scan(R"({"id":"a"} x)") == "invalid JSON at byte 12: nothing more expected, found x");
  CHECK(f.scan(R"({"id":"a"}{})") == "invalid JSON at byte 11: nothing more expected, found {");
  CHECK(f.scan(R"({"id":"a")") == "invalid JSON at byte 10: ',' or '}' expected, but the text ends");
  CHECK(f.scan(R"({"id":"a)") == "invalid JSON at byte 9: a string does not end");
  CHECK(f.scan(R"({"count":01})") == "invalid JSON at byte 11: a number starts with 0");
  CHECK(f.scan(R"({"count":1.})") == "invalid JSON at byte 12: a digit expected, found }");
  CHECK(f.scan(R"({"count":+1})") == "invalid JSON at byte 10: a value expected, found +");
  CHECK(f.scan(R"({"extra":tru})") == "invalid JSON at byte 10: a value expected, found t");
  CHECK(f.scan("{\"id\":\"a\nb\"}") == "invalid JSON at byte 9: control character 0x0a in a string");
  CHECK(f.scan("{\"id\":\"a\xff\"}") == "invalid JSON at byte 9: invalid UTF-8");
  CHECK(f.scan("{\"other\":\"\xed\xa0\x80\"}") == "invalid JSON at byte 11: invalid UTF-8");
  CHECK(f.scan(R"({"other":["\x"]})") == "invalid JSON at byte 12: unknown escape in a string");
  CHECK(f.scan(R"({"other":"\ud800"})") ==
        "invalid JSON at byte 11: high surrogate without a low one after it");
  CHECK(f.scan(R"({"other":{"a":}})") == "invalid JSON at byte 15: a value expected, found }");
  CHECK(f.scan("\xef\xbb\xbf{}") == "invalid JSON at byte 1: an object expected, found byte 0xef");
  CHECK(f.scan("{}\0"sv) == "invalid JSON at byte 3: nothing more expected, found byte 0x00");
  const std::string deep = R"({"extra":)" + std::string(2000, '[') + std::string(2000, ']') + "}";
  CHECK(f.scan(deep).find("nested deeper than 1000 levels") != std::string::npos);
}

TEST_CASE("keys that are data neither fill the memory nor disturb") {
  Fixture f = events();
  for (int i = 0; i < 5000; ++i) {
    const std::string n = std::to_string(i);
    REQUIRE(f.scan("{\"key" + n + "\":1,\"id\":\"" + n + "\",\"" + std::string(400, 'k') + "\":2}") ==
            "s:" + n + " - - -");
  }
}

TEST_CASE("names with odd characters are found") {
  Fixture f({{"a\"b", kAny, true}, {"tab\t", kAny, true}, {"é", kAny, true}, {"", kAny, true}});
  CHECK(f.scan(R"({"a\"b":1,"tab\t":2,"é":3,"":4})") == "n:1 n:2 n:3 n:4");
  CHECK(f.scan("{\"tab\t\":2}") == "invalid JSON at byte 6: control character 0x09 in a string");
}

TEST_CASE("it accepts what simdjson accepts, and gives the same strings") {
  const std::string seeds[] = {
      R"({"id":"s1001","count":12.5e-3,"extra":{"a":[1,2,{"b":null}],"c":"\u00e9\n"},"unread":"ü€😀"})",
      R"({ "extra" : [ true , false , null , -0 , 1E5 ] , "id" : "\ud83d\ude00 and a longer text, plain" })",
      R"({"id":"","unread":"0123456789abcdef0123456789abcdef","x":"\\\"","count":0,"":{}})",
  };
  const std::string_view insertions =
      "\"\\{}[]:,0123456789.eE+-truefalsn \t\n\x01\x80\xc3\xe2\xed\xf0\xff\0u"sv;
  Fixture f({{"id", kAny, true}, {"count", kAny, true}, {"extra", kAny, true}, {"unread", kAny, false}});
  simdjson::dom::parser parser;
  std::mt19937 random(7);
  size_t valid = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text = seeds[random() % std::size(seeds)];
    for (size_t edits = random() % 3; edits > 0 && !text.empty(); --edits) {
      const size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text.erase(at, 1 + random() % 3);
          break;
        case 1:
          text[at] = insertions[random() % insertions.size()];
          break;
        case 2:
          text.insert(at, 1, insertions[random() % insertions.size()]);
          break;
        default:
          text.resize(at);
      }
    }
    simdjson::dom::object object;
    const auto error = parser.parse(text).get_object().get(object);
    const std::vector<char> exact(text.begin(), text.end());
    const bool ours = f.scanner.scan({exact.data(), exact.size()}, f.fields.data());
    INFO(text);
    if (!ours && f.scanner.error().find("u0000") != std::string::npos) continue;
    // Numbers beyond double's range are valid JSON that simdjson cannot hold.
    if (error == simdjson::NUMBER_ERROR && ours) {
      continue;
    }
    REQUIRE((error == simdjson::SUCCESS) == ours);
    if (!ours) continue;
    ++valid;
    std::string_view expected;
    bool found = false;
    for (const auto& [key, value] : object) {
      if (key == "id" && value.is_string()) {
        expected = value.get_string().value();
        found = true;
      } else if (key == "id") {
        found = false;
      }
    }
    if (found) REQUIRE(f.fields[0].text == expected);
    f.scanner.forget();
  }
  CHECK(valid > 10'000);
}
