// Text on both sides of the size up to which its bytes are inside the value.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <sys/mman.h>

#include <cstring>
#include <string>
#include <vector>

#include "runtime/sql/compare.h"
#include "runtime/sql/text_start.h"

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

TEST_CASE("texts are told apart by their first words, and no byte behind a page is read") {
  constexpr size_t kPage = 4096;
  char* const pages = static_cast<char*>(
      ::mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  REQUIRE(pages != MAP_FAILED);
  REQUIRE(::mprotect(pages + kPage, kPage, PROT_NONE) == 0);
  for (const std::string& a : samples()) {
    if (a.size() > TextStart::kBytes || a.find('\0') != a.npos) continue;
    char* const last = pages + kPage - a.size();
    std::memcpy(last, a.data(), a.size());
    const TextStart at_end = TextStart::of_record({last, a.size()});
    const std::string followed = a + std::string(TextStart::kBytes, 'x');
    const TextStart within = TextStart::of_record({followed.data(), a.size()});
    CHECK(at_end == within);
    CHECK(hash(at_end) == hash(within));
    for (const std::string& b : samples()) {
      if (b.size() > TextStart::kBytes || b.find('\0') != b.npos) continue;
      if ((TextStart::of_record(b) == within) != (a == b)) FAIL(a << " and " << b);
    }
  }
  ::munmap(pages, 2 * kPage);
}

TEST_CASE("no text is NULL, and NULL is no text") {
  CHECK_FALSE(Nullable<Text>().has_value());
  for (const std::string& a : samples()) CHECK(Nullable<Text>(Text(a)).has_value());
}
