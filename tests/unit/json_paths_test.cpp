// The scanner has a path for plain records with known keys, and simdjson's for all others: here each is held
// against the other, and both against simdjson's DOM, which reads the whole document.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <simdjson.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/formats/json_scanner.h"

using namespace sqlmill::rt::formats;
using namespace std::string_view_literals;

namespace {

constexpr JsonKinds kAny = kinds({JsonKind::kString, JsonKind::kNumber, JsonKind::kTrue, JsonKind::kFalse,
                                  JsonKind::kObject, JsonKind::kArray});
constexpr std::string_view kColumns[] = {"id", "userid", "größe", "a_name_of_more_than_thirty_two_bytes",
                                         "n",  "N"};
constexpr size_t kColumnCount = std::size(kColumns);

std::vector<JsonColumn> columns() {
  std::vector<JsonColumn> list;
  for (const std::string_view name : kColumns) list.push_back({name, kAny, true});
  return list;
}

/// A field as text, its kind by a letter: `s:abc`, `-`.
std::string to_text(const JsonField& field) {
  return std::string(1, "-0sntfoa"[static_cast<size_t>(field.kind)]) + ':' + std::string(field.text);
}

/// The fields of a record, or the error alone.
std::vector<std::string> scan(JsonScanner& scanner, std::string_view payload) {
  // An exact allocation, so that a sanitizer sees a byte read beyond the end.
  const std::vector<char> exact(payload.begin(), payload.end());
  std::vector<JsonField> fields(kColumnCount);
  if (!scanner.scan({exact.data(), exact.size()}, fields.data())) return {scanner.error()};
  std::vector<std::string> texts;
  for (const JsonField& field : fields) texts.push_back(to_text(field));
  scanner.forget();
  return texts;
}

/// Reads a record by the general path: a key that was never seen is at its start.
class GeneralPath {
 public:
  std::vector<std::string> scan(std::string_view record) {
    const size_t brace = record.find('{');
    REQUIRE(brace != std::string_view::npos);
    const bool is_empty = record.find_first_not_of(" \t\r\n", brace + 1) == record.rfind('}');
    std::string text(record);
    text.insert(brace + 1, "\"new key " + std::to_string(++keys_) + "\":0" + (is_empty ? "" : ","));
    return ::scan(scanner_, text);
  }

 private:
  JsonScanner scanner_{columns()};
  size_t keys_ = 0;
};

class RandomRecords {
 public:
  explicit RandomRecords(unsigned seed) : random_(seed) {}

  size_t below(size_t limit) { return random_() % limit; }
  template <size_t N>
  std::string_view one_of(const std::string_view (&list)[N]) {
    return list[below(N)];
  }

  std::string space() {
    constexpr std::string_view kSpaces[] = {"", "", "", "", "", " ", "\n\t", "\r "};
    return std::string(one_of(kSpaces));
  }
  std::string string(bool plain) {
    constexpr std::string_view kParts[] = {"a",
                                           "text",
                                           "0123456789abcdef",
                                           "ü",
                                           "€uro",
                                           "😀",
                                           "/",
                                           " ",
                                           "{}",
                                           R"(\")",
                                           R"(\\)",
                                           R"(\n)",
                                           "[,:",
                                           R"(\u00e9)",
                                           R"(\/)",
                                           R"(\ud83d\ude00)"};
    std::string out = "\"";
    for (size_t parts = below(5); parts > 0; --parts) {
      const std::string_view part = one_of(kParts);
      if (!plain || part[0] != '\\') out += part;
    }
    return out + '"';
  }
  std::string scalar(bool plain) {
    constexpr std::string_view kWords[] = {"true",  "false", "null", "0",    "-0",   "17",
                                           "-2.50", "1E5",   "1e-7", "9e+9", "0.25", "123456789012345"};
    return below(2) == 0 ? string(plain) : std::string(one_of(kWords));
  }
  std::string value(bool plain, int depth) {
    if (plain || depth == 0 || below(3) != 0) return scalar(plain);
    const bool is_object = below(2) == 0;
    std::string out = is_object ? "{" : "[";
    for (size_t size = below(4), i = 0; i < size; ++i) {
      out += (i == 0 ? "" : ",") + space();
      if (is_object) out += string(false) + space() + ':' + space();
      out += value(false, depth - 1) + space();
    }
    return out + (is_object ? "}" : "]");
  }
  std::string key(bool plain) {
    constexpr std::string_view kNames[] = {
        "id", "ID", "userid", "userId", "größe",    "a_name_of_more_than_thirty_two_bytes",
        "n",  "N",  "other",  "",       "i\\u0064", "\\u004e"};
    const std::string_view name = one_of(kNames);
    return '"' + std::string(plain && name.find('\\') != name.npos ? "n" : name) + '"';
  }
  std::string record(bool plain) {
    std::string out = space() + '{';
    for (size_t size = below(8), i = 0; i < size; ++i) {
      out += (i == 0 ? "" : ",") + space() + key(plain) + space() + ':' + space() + value(plain, 3) + space();
    }
    return out + '}' + space();
  }
  std::string mutated(std::string text) {
    constexpr std::string_view kBytes =
        "\"\\{}[]:,0123456789.eE+-truefalsn \t\n\x01\x0c\x1a\x80\xc3\xe2\xed\xf0\xff\0u"sv;
    for (size_t edits = 1 + below(2); edits > 0 && !text.empty(); --edits) {
      const size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text.erase(at, 1 + below(3));
          break;
        case 1:
          text[at] = kBytes[below(kBytes.size())];
          break;
        case 2:
          text.insert(at, 1, kBytes[below(kBytes.size())]);
          break;
        default:
          text.resize(at);
      }
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

/// What the columns hold by the DOM: for each the last value of its exact name, or else of its name in
/// another case. A name that differs in case from several columns is the first one's.
std::vector<const simdjson::dom::element*> expected(
    const std::vector<std::pair<std::string_view, simdjson::dom::element>>& members) {
  std::vector<const simdjson::dom::element*> values(kColumnCount);
  for (const bool exactly : {false, true}) {
    for (const auto& [name, value] : members) {
      const bool is_column = std::find(std::begin(kColumns), std::end(kColumns), name) != std::end(kColumns);
      if (is_column != exactly) continue;
      for (size_t i = 0; i < kColumnCount; ++i) {
        if (exactly ? kColumns[i] != name : !equal_ignoring_case(kColumns[i], name)) continue;
        values[i] = &value;
        break;
      }
    }
  }
  return values;
}

std::string kind_of(const simdjson::dom::element* value) {
  if (value == nullptr) return "-";
  switch (value->type()) {
    case simdjson::dom::element_type::STRING:
      return "s";
    case simdjson::dom::element_type::BOOL:
      return value->get_bool().value_unsafe() ? "t" : "f";
    case simdjson::dom::element_type::NULL_VALUE:
      return "0";
    case simdjson::dom::element_type::OBJECT:
      return "o";
    case simdjson::dom::element_type::ARRAY:
      return "a";
    default:
      return "n";
  }
}

/// Numbers, objects and arrays have the record's own text, which must mean the same.
void check_field(const std::string& field, const simdjson::dom::element* value) {
  REQUIRE(field.substr(0, 1) == kind_of(value));
  const std::string text = field.substr(2);
  if (field[0] == 's') REQUIRE(text == value->get_string().value_unsafe());
  if (field[0] != 'n' && field[0] != 'o' && field[0] != 'a') return;
  REQUIRE(text.find_last_not_of(" \t\r\n") == text.size() - 1);
  simdjson::dom::parser parser;
  simdjson::dom::element again;
  REQUIRE(parser.parse(text).get(again) == simdjson::SUCCESS);
  REQUIRE(simdjson::minify(again) == simdjson::minify(*value));
}

}  // namespace

TEST_CASE("both paths give the fields that the DOM gives") {
  RandomRecords random(11);
  JsonScanner scanner(columns());
  GeneralPath general;
  simdjson::dom::parser parser;
  for (int round = 0; round < 20'000; ++round) {
    const std::string record = random.record(round % 2 == 0);
    INFO(record);
    simdjson::dom::object object;
    REQUIRE(parser.parse(record).get_object().get(object) == simdjson::SUCCESS);
    std::vector<std::pair<std::string_view, simdjson::dom::element>> members;
    for (const auto& [key, value] : object) members.emplace_back(key, value);
    const auto values = expected(members);
    const std::vector<std::string> fields = scan(scanner, record);
    REQUIRE(fields.size() == kColumnCount);
    for (size_t i = 0; i < kColumnCount; ++i) check_field(fields[i], values[i]);
    REQUIRE(general.scan(record) == fields);
  }
}

TEST_CASE("both paths refuse what the DOM refuses, and name the place") {
  RandomRecords random(12);
  JsonScanner scanner(columns());
  GeneralPath general;
  simdjson::dom::parser parser;
  size_t refused = 0;
  for (int round = 0; round < 60'000; ++round) {
    const std::string record = random.mutated(random.record(round % 2 == 0));
    INFO(record);
    const auto error = parser.parse(record).get_object().error();
    const std::vector<std::string> fields = scan(scanner, record);
    const bool is_valid = fields.size() == kColumnCount;
    if (!is_valid && fields[0].find("\\u0000") != std::string::npos) continue;
    if (error == simdjson::NUMBER_ERROR && is_valid)
      continue;  // Beyond a double: valid, but not for the DOM.
    REQUIRE((error == simdjson::SUCCESS) == is_valid);
    if (is_valid) {
      REQUIRE(general.scan(record) == fields);
      continue;
    }
    ++refused;
    REQUIRE(fields[0].starts_with("invalid JSON at byte "));
  }
  CHECK(refused > 20'000);
}

TEST_CASE("the parts that nobody reads are checked") {
  JsonScanner scanner(columns());
  const auto error = [&](std::string_view record) { return scan(scanner, record)[0]; };
  CHECK(error(R"({"x":"a":1})") == "invalid JSON at byte 9: ',' or '}' expected, found :");
  CHECK(error(R"({"x":["a":1]})") == "invalid JSON at byte 10: ',' or ']' expected, found :");
  CHECK(error(R"({"x":{"y":["\q"]}})") == "invalid JSON at byte 13: unknown escape in a string");
  CHECK(error(R"({"x":{"\ud800":1}})") ==
        "invalid JSON at byte 8: high surrogate without a low one after it");
  CHECK(error(R"({"x":"\udc00"})") == "invalid JSON at byte 7: low surrogate without a high one before it");
  CHECK(error(R"({"x":"\u-123"})") == "invalid JSON at byte 7: \\u needs four hexadecimal digits");
  CHECK(error(R"({"x":[1.e5]})") == "invalid JSON at byte 9: a digit expected, found e");
  CHECK(error(R"({"x":[[nul]]})") == "invalid JSON at byte 8: a value expected, found n");
  CHECK(error(R"({"x":[1}})") == "invalid JSON at byte 8: ',' or ']' expected, found }");
  CHECK(error(R"({"x":{})") == "invalid JSON at byte 8: ',' or '}' expected, but the text ends");
  CHECK(error("{\"x\":[1\x0c 2]}") == "invalid JSON at byte 8: ',' or ']' expected, found byte 0x0c");
  CHECK(error("{\"x\":[\"ü\xe2\x82\"]}") == "invalid JSON at byte 10: invalid UTF-8");
}

TEST_CASE("escapes lead to the other path and back") {
  JsonScanner scanner(columns());
  const std::vector<std::string> plain = {"s:a", "s:b", "-:", "-:", "-:", "-:"};
  const std::vector<std::string> escaped = {"s:a\"", "s:b", "-:", "-:", "-:", "-:"};
  for (int i = 0; i < 3; ++i) {
    CHECK(scan(scanner, R"({"id":"a","userId":"b","other":1})") == plain);
    // In the end plain records are not tried any more.
    for (int j = 0; j < 20; ++j) {
      CHECK(scan(scanner, R"({"id":"a\"","userId":"b","other":1})") == escaped);
    }
    CHECK(scan(scanner, R"({"id":"a","userId":"b","other":1})") == plain);
    CHECK(scan(scanner, R"({"other":[],"USERID":"b","id":"a"})") == plain);
  }
}

TEST_CASE("numbers keep their digits, also those that no machine number holds") {
  JsonScanner scanner(columns());
  for (const std::string number : {"1e400", "-123456789012345678901234567890.5", "0.10", "-0", "1E+2"}) {
    CHECK(scan(scanner, R"({"id":)" + number + "}")[0] == "n:" + number);
    CHECK(scan(scanner, R"({"id": )" + number + R"( ,"x":[)" + number + "]}")[0] == "n:" + number);
  }
}

TEST_CASE("objects and arrays keep their text") {
  JsonScanner scanner(columns());
  CHECK(scan(scanner, R"({"id": [ 1 , {"k" : "\n"} ] ,"n":{ } })")[0] == R"(a:[ 1 , {"k" : "\n"} ])");
  CHECK(scan(scanner, R"({"n": { "k":[]} })")[4] == R"(o:{ "k":[]})");
  const std::string deepest = std::string(1000, '[') + std::string(1000, ']');
  CHECK(scan(scanner, R"({"id":)" + deepest + "}")[0] == "a:" + deepest);
  CHECK(scan(scanner, R"({"id":[)" + deepest + "]}")[0] ==
        "invalid JSON at byte 1007: nested deeper than 1000 levels");
}

TEST_CASE("records of any size are read") {
  JsonScanner scanner(columns());
  for (const size_t size : {0, 1, 15, 16, 31, 32, 63, 64, 65, 127, 128, 4095, 4096, 100'000, 1 << 20, 40}) {
    const std::string text(size, 'x');
    CHECK(scan(scanner, R"({"id":")" + text + R"("})")[0] == "s:" + text);
    CHECK(scan(scanner, R"({"id":"\t)" + text + R"("})")[0] == "s:\t" + text);
    CHECK(scan(scanner, R"({")" + text + R"(\t":{},"id":")" + text + R"("})")[0] == "s:" + text);
    CHECK(scan(scanner, R"({"x":"\t","id":")" + text).size() == 1);
  }
}

namespace {

/// Records as a stream has them: the same keys in the same order, with one change now and then. `style` is
/// what stands around commas and colons.
std::string stream_record(RandomRecords& random, std::string_view comma, std::string_view colon) {
  std::vector<std::string> names = {"id", "userId", "größe", "a_name_of_more_than_thirty_two_bytes",
                                    "n",  "N",      "other"};
  switch (random.below(6)) {
    case 0:
      std::swap(names[random.below(names.size())], names[random.below(names.size())]);
      break;
    case 1:
      names.erase(names.begin() + static_cast<std::ptrdiff_t>(random.below(names.size())));
      break;
    case 2:
      names.push_back(names[random.below(names.size())]);
      break;
    default:
      break;
  }
  std::string out = "{";
  for (const std::string& name : names) {
    if (out.size() > 1) out += comma;
    out += '"' + name + '"';
    out += colon;
    out += random.below(4) == 0 ? random.scalar(random.below(8) != 0) : random.string(true);
  }
  return out + '}';
}

}  // namespace

TEST_CASE("streams of records in one order, with changes, are read as by the general path") {
  constexpr std::pair<std::string_view, std::string_view> kStyles[] = {
      {",", ":"}, {", ", ": "}, {" ,", " :"}, {",\n  ", ": "}, {",   ", ":     "}};
  for (const auto& [comma, colon] : kStyles) {
    RandomRecords random(21);
    JsonScanner scanner(columns());
    GeneralPath general;
    for (int round = 0; round < 4'000; ++round) {
      std::string record = stream_record(random, comma, colon);
      if (random.below(3) == 0) record = random.mutated(std::move(record));
      INFO(record);
      const std::vector<std::string> fields = scan(scanner, record);
      JsonScanner fresh(columns());
      if (fields.size() == kColumnCount) {
        REQUIRE(general.scan(record) == fields);
      } else {
        REQUIRE(scan(fresh, record) == fields);
      }
    }
  }
}

TEST_CASE("what a scanner has learned of other records does not show") {
  RandomRecords random(22);
  JsonScanner scanner(columns());
  for (int round = 0; round < 10'000; ++round) {
    const bool spaces = random.below(2) == 0;
    std::string record = stream_record(random, spaces ? ", " : ",", spaces ? ": " : ":");
    if (random.below(2) == 0) record = random.mutated(std::move(record));
    INFO(record);
    JsonScanner fresh(columns());
    REQUIRE(scan(scanner, record) == scan(fresh, record));
  }
}

TEST_CASE("strings that are not closed, and quotes where none may be, are refused") {
  JsonScanner scanner(columns());
  const auto error = [&](std::string_view record) { return scan(scanner, record)[0]; };
  CHECK(error(R"({"id":"a","userid":"b}","n":"c})") == "invalid JSON at byte 32: a string does not end");
  CHECK(error(R"({"id":","userid":"b"})") == "invalid JSON at byte 10: ',' or '}' expected, found u");
  CHECK(error(R"({"id":"a"b","userid":"c"})") == "invalid JSON at byte 10: ',' or '}' expected, found b");
  CHECK(error(R"({"id":"a""userid":"c"})") == "invalid JSON at byte 10: ',' or '}' expected, found \"");
  CHECK(error(R"({"id":"a","userid":"c""})") == "invalid JSON at byte 23: ',' or '}' expected, found \"");
  CHECK(error(R"({"id":"a",,"userid":"c"})") ==
        "invalid JSON at byte 11: a key in double quotes expected, found ,");
  CHECK(error(R"(,"id":"a","userid":"c"})") == "invalid JSON at byte 1: an object expected, found ,");
  CHECK(error("{\"id\":\"a\",\"other\":\"\xc3\"}") == "invalid JSON at byte 20: invalid UTF-8");
  CHECK(error("{\"id\":\"\xc3\",\"other\":\"a\"}") == "invalid JSON at byte 8: invalid UTF-8");
  CHECK(error("{\"id\":\"\x01\",\"other\":\"a\"}") ==
        "invalid JSON at byte 8: control character 0x01 in a string");
}
