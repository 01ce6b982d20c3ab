// The passes over a record's bytes, each against a plain loop; and the scanner at the end of a page that is
// followed by one that cannot be read.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <sys/mman.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/json_quotes.h"
#include "runtime/formats/json_scanner.h"

using namespace sqlmill::rt::formats;

namespace {

constexpr size_t kPageBytes = 4096;

/// Texts that end where readable memory does.
class EndOfPage {
 public:
  EndOfPage() {
    void* pages = ::mmap(nullptr, 2 * kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(pages != MAP_FAILED);
    begin_ = static_cast<char*>(pages);
    REQUIRE(::mprotect(begin_ + kPageBytes, kPageBytes, PROT_NONE) == 0);
  }
  ~EndOfPage() { ::munmap(begin_, 2 * kPageBytes); }
  EndOfPage(const EndOfPage&) = delete;
  EndOfPage& operator=(const EndOfPage&) = delete;

  std::string_view put(std::string_view text) {
    char* at = begin_ + kPageBytes - text.size();
    std::copy(text.begin(), text.end(), at);
    return {at, text.size()};
  }

 private:
  char* begin_;
};

void check_finder(FindJsonQuotes find, std::string_view text) {
  std::vector<uint16_t> places(text.size() + kJsonBlockBytes);
  const JsonBytes bytes = find(text, places.data());
  places.resize(bytes.quotes);
  std::vector<uint16_t> expected;
  bool has_special = false;
  bool beyond_ascii = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"') expected.push_back(static_cast<uint16_t>(i));
    has_special |= byte == '\\' || byte < 0x20;
    beyond_ascii |= byte >= 0x80;
  }
  REQUIRE(places == expected);
  REQUIRE(bytes.has_special == has_special);
  REQUIRE(bytes.beyond_ascii == beyond_ascii);
}

/// `{"a":"…","b":"…"}` of `size` bytes.
std::string record_of(size_t size, size_t first_value) {
  const std::string_view frame = R"({"a":"","b":""})";
  const size_t values = size - frame.size();
  const size_t first = std::min(first_value, values);
  return R"({"a":")" + std::string(first, 'x') + R"(","b":")" + std::string(values - first, 'y') + R"("})";
}

constexpr JsonKinds kText = kinds({JsonKind::kString});
constexpr JsonKinds kNumber = kinds({JsonKind::kNumber});

}  // namespace

TEST_CASE("every pass finds the same quotes") {
  EndOfPage page;
  std::mt19937 random(3);
  REQUIRE_FALSE(json_quote_finders().empty());
  for (const FindJsonQuotes find : json_quote_finders()) {
    for (size_t size = kJsonBlockBytes; size <= 300; ++size) {
      for (const std::string_view bytes :
           {std::string_view("\""), std::string_view("\"abc: ,"), std::string_view("\"a!~\x7f "),
            std::string_view("\"aaaaaaaaaaaaaaaaaaa")}) {
        std::string text(size, ' ');
        for (char& c : text) c = bytes[random() % bytes.size()];
        check_finder(find, page.put(text));
        for (const char other : {'\\', '\n', '\0', '\x1f', '\x80', '\xff'}) {
          std::string changed = text;
          changed[random() % size] = other;
          check_finder(find, page.put(changed));
        }
      }
    }
    // One special byte at each place.
    for (size_t i = 0; i < 200; ++i) {
      std::string text(200, 'a');
      for (const char other : {'"', '\\', '\x1f', '\x80'}) {
        text[i] = other;
        check_finder(find, page.put(text));
      }
    }
  }
}

TEST_CASE("records of every size end at the end of a page") {
  EndOfPage page;
  const std::vector<JsonColumn> columns = {{"a", kText, true}, {"b", kText, true}};
  JsonScanner scanner(columns);
  JsonField fields[2];
  for (size_t size = 15; size <= 300; ++size) {
    for (const size_t first : {size_t{0}, size_t{1}, size / 3, size / 2, size - 15}) {
      const std::string record = record_of(size, first);
      INFO(record);
      REQUIRE(record.size() == size);
      const std::string_view payload = page.put(record);
      REQUIRE(scanner.scan(payload, fields));
      const size_t values = size - 15;
      REQUIRE(fields[0].text == std::string(std::min(first, values), 'x'));
      REQUIRE(fields[1].text == std::string(values - std::min(first, values), 'y'));
    }
    // Cut off anywhere, and one byte changed.
    const std::string record = record_of(size, size / 2);
    REQUIRE_FALSE(scanner.scan(page.put(record.substr(0, size - 1)), fields));
    REQUIRE_FALSE(scanner.scan(page.put(record.substr(0, size / 2)), fields));
    REQUIRE_FALSE(scanner.scan(page.put(record.substr(0, size - 2) + "}}"), fields));
  }
  for (size_t size = 0; size < 15; ++size) {
    REQUIRE_FALSE(scanner.scan(page.put(record_of(15, 0).substr(0, size)), fields));
  }
  REQUIRE(scanner.scan(page.put("{}"), fields));
}

TEST_CASE("numbers and words at the end of a page") {
  EndOfPage page;
  const std::vector<JsonColumn> columns = {{"a", kNumber, true}, {"b", kinds({JsonKind::kTrue}), true}};
  JsonScanner scanner(columns);
  JsonField fields[2];
  for (size_t digits = 1; digits <= 200; ++digits) {
    const std::string number(digits, '7');
    REQUIRE(scanner.scan(page.put("{\"b\":true,\"a\":" + number + "}"), fields));
    REQUIRE(fields[0].text == number);
    REQUIRE(fields[1].kind == JsonKind::kTrue);
    REQUIRE_FALSE(scanner.scan(page.put("{\"b\":true,\"a\":" + number), fields));
    REQUIRE_FALSE(scanner.scan(page.put("{\"a\":" + number + ",\"b\":tru"), fields));
  }
}

TEST_CASE("what is longer than the index is read the other way") {
  const std::vector<JsonColumn> columns = {{"a", kText, true}, {"b", kText, true}};
  JsonScanner scanner(columns);
  JsonField fields[2];
  for (const size_t size : {JsonQuotes::kMaxBytes - 1, JsonQuotes::kMaxBytes, JsonQuotes::kMaxBytes + 1}) {
    const std::string record = record_of(size, size / 2);
    REQUIRE(scanner.scan(record, fields));
    CHECK(fields[0].text.size() == size / 2);
    CHECK(fields[1].text.size() == size - 15 - size / 2);
  }
  // Nothing but quotes: as many places as there can be.
  REQUIRE_FALSE(scanner.scan("{" + std::string(60'000, '"') + "}", fields));
}
