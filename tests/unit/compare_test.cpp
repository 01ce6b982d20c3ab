#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "runtime/sql/compare.h"

using namespace sqlmill::rt::sql;

namespace {

/// `values` ascend, and no two of them are equal.
template <class T>
void check_ascending(const std::vector<T>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values.size(); ++j) {
      INFO(i << " " << j);
      const int order = compare(values[i], values[j]);
      CHECK((order > 0) - (order < 0) == (i > j) - (i < j));
      CHECK(equal(values[i], values[j]) == (i == j));
      CHECK(identical(values[i], values[j]) == (i == j));
      CHECK((hash(values[i]) == hash(values[j])) == (i == j));
    }
  }
}

/// Equal, but printed differently, and `a` goes first where that must be decided.
template <class T>
void check_equal_not_identical(const T& a, const T& b) {
  CHECK(equal(a, b));
  CHECK(compare(a, b) == 0);
  CHECK(hash(a) == hash(b));
  CHECK_FALSE(identical(a, b));
  CHECK(compare_total(a, b) < 0);
  CHECK(compare_total(b, a) > 0);
}

}  // namespace

TEST_CASE("numbers order, NaN last") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  check_ascending<bool>({false, true});
  check_ascending<int16_t>({-32768, -1, 0, 1, 32767});
  check_ascending<int64_t>({INT64_MIN, -1, 0, 1, INT64_MAX});
  check_ascending<double>({-kInfinity, -1.5, 0, 1e-300, 1, kInfinity, kNan});
  check_ascending<float>(
      {-std::numeric_limits<float>::infinity(), -1.5f, 0, 1, std::numeric_limits<float>::quiet_NaN()});
  check_equal_not_identical(-0.0, 0.0);
  check_equal_not_identical(-0.0f, 0.0f);
  CHECK(identical(kNan, -kNan));
  CHECK(hash(kNan) == hash(-kNan));
}

TEST_CASE("text orders by bytes, inline or not") {
  const std::string owned[] = {
      "",    "a", "ab",      "abcdefghijkl", "abcdefghijklm", "abcdefghijklmn", "abcdefghijkm",
      "abd", "b", "\xc3\xa4"};
  std::vector<Text> texts(std::begin(owned), std::end(owned));
  check_ascending(texts);
  const std::string elsewhere(owned[5]);
  CHECK(hash(Text(elsewhere)) == hash(texts[5]));
  CHECK(identical(Text(elsewhere), texts[5]));
}

TEST_CASE("hashes of similar texts differ") {
  std::set<uint64_t> hashes;
  size_t count = 0;
  for (size_t size = 0; size < 200; ++size) {
    std::string text(size, 'x');
    hashes.insert(hash(Text(text)));
    ++count;
    for (size_t i = 0; i < size; ++i) {
      text[i] = 'y';
      hashes.insert(hash(Text(text)));
      ++count;
      text[i] = 'x';
    }
  }
  CHECK(hashes.size() == count);
}

TEST_CASE("hashes of consecutive integers spread over both ends of the word") {
  std::vector<int> low(256);
  std::vector<int> high(256);
  for (int64_t i = 0; i < 256 * 100; ++i) {
    const uint64_t h = hash(i);
    ++low[h & 255];
    ++high[h >> 56];
  }
  for (int i = 0; i < 256; ++i) {
    CHECK((low[i] > 40 && low[i] < 180));
    CHECK((high[i] > 40 && high[i] < 180));
  }
}

TEST_CASE("dates and times order") {
  check_ascending<Date>({Date::minus_infinity(), {-1}, {0}, {1}, Date::infinity()});
  check_ascending<Time>({{0}, {1}, {kMicrosPerDay}});
  check_ascending<Timestamp>({Timestamp::minus_infinity(), {-1}, {0}, Timestamp::infinity()});
  check_ascending<Timestamptz>({Timestamptz::minus_infinity(), {-1}, {0}, Timestamptz::infinity()});
}

TEST_CASE("an interval is compared by its length, and identical by its fields") {
  const auto interval = [](int32_t months, int32_t days, int64_t micros) {
    return Interval{micros, days, months};
  };
  check_ascending<Interval>({interval(INT32_MIN, 0, 0), interval(-1, 0, 0), interval(0, 0, -1),
                             interval(0, 0, 0), interval(0, 1, 0), interval(0, 29, 0), interval(1, 0, 0),
                             interval(INT32_MAX, INT32_MAX, INT64_MAX)});
  check_equal_not_identical(interval(0, 0, kMicrosPerDay), interval(0, 1, 0));
  check_equal_not_identical(interval(0, 30, 0), interval(1, 0, 0));
}

TEST_CASE("NULLs are not distinct from each other") {
  const Nullable<int32_t> null;
  const Nullable<int32_t> one(1);
  CHECK(not_distinct(null, null));
  CHECK_FALSE(not_distinct(null, one));
  CHECK(not_distinct(one, Nullable<int32_t>(1)));
  CHECK(not_distinct(one, 1));
  CHECK_FALSE(not_distinct(null, 0));
  CHECK(identical(null, null));
  CHECK_FALSE(identical(null, Nullable<int32_t>(0)));
  CHECK(hash(null) == hash(Nullable<Text>()));
  CHECK(hash(one) == hash(1));
  CHECK(compare_total(null, one) > 0);
  CHECK(compare_total(one, null) < 0);
  CHECK(compare_total(null, null) == 0);

  const Nullable<Text> no_text;
  CHECK(not_distinct(no_text, no_text));
  CHECK_FALSE(not_distinct(no_text, Text("")));
  const Nullable<Bytea> no_bytes;
  CHECK(not_distinct(no_bytes, no_bytes));
  CHECK(not_distinct(Nullable<Bytea>(Bytea{Text("a")}), Bytea{Text("a")}));
}
