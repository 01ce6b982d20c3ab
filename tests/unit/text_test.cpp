// Text on both sides of the size up to which its bytes are inside the value.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <vector>

#include "runtime/sql/compare.h"

using namespace sqlmill::rt::sql;

namespace {

/// Texts that share prefixes of every length, and end in what sorts first and last.
std::vector<std::string> samples() {
  std::vector<std::string> all;
  for (size_t size = 0; size <= 40; ++size) {
    const std::string start(size, 'a');
    for (const char* end : {"", "b", "\x01", "\x7f", "\xc3\xa9"}) all.push_back(start + end);
    all.push_back(start + std::string(1, '\0'));  // Only bytea can hold it.
  }
  return all;
}

int sign(int order) {
  return (order > 0) - (order < 0);
}

}  // namespace

TEST_CASE("texts of every size compare as their bytes do") {
  const std::vector<std::string> all = samples();
  for (const std::string& a : all) {
    for (const std::string& b : all) {
      const Text x(a);
      const Text y = Text::of_record(b);
      if (sign(compare(x, y)) != sign(std::string_view(a).compare(b)) || (x == y) != (a == b))
        FAIL("sizes " << a.size() << " and " << b.size());
    }
  }
}

TEST_CASE("equal texts have equal hashes, whoever made them") {
  for (const std::string& a : samples()) {
    const std::string copy = a;
    CHECK(Text(a) == Text::of_record(copy));
    CHECK(hash(Text(a)) == hash(Text::of_record(copy)));
    CHECK(Text(a).view() == a);
  }
  CHECK(Text(std::string_view("page_view")) == "page_view"_text);
  CHECK(Text(std::string_view("fifteen bytes..")) == "fifteen bytes.."_text);
  CHECK(Text(std::string_view("sixteen bytes...")) == "sixteen bytes..."_text);
}

TEST_CASE("no text is NULL, and NULL is no text") {
  CHECK_FALSE(Nullable<Text>().has_value());
  for (const std::string& a : samples()) CHECK(Nullable<Text>(Text(a)).has_value());
}
