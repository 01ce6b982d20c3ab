// ExtremeEntries against std::map as the model.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <limits>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "runtime/state/extreme_entries.h"

using namespace sqlmill::rt;
using sql::Interval;

namespace {

template <class T>
int total_order(const T& a, const T& b) {
  return sql::compare_total(a, b);
}
template <class T>
struct Less {
  bool operator()(const T& a, const T& b) const { return sql::compare_total(a, b) < 0; }
};

template <class T>
struct Pair {
  using Entries = state::ExtremeEntries<T, total_order<T>, true, true>;
  Entries entries;
  std::map<uint32_t, std::map<T, int64_t, Less<T>>> model;

  void add(uint32_t group, const T& value, int64_t weight) {
    entries.add(group, value, weight, Entries::hash_of(group, value));
    auto& values = model[group];
    if ((values[value] += weight) == 0) values.erase(value);
    if (values.empty()) model.erase(group);
  }

  void check(uint32_t group) {
    const T* least = nullptr;
    const T* greatest = nullptr;
    if (const auto found = model.find(group); found != model.end()) {
      for (const auto& [value, count] : found->second) {
        if (count <= 0) continue;
        if (!least) least = &value;
        greatest = &value;
      }
    }
    for (const auto& [expected, found] :
         {std::pair(least, entries.least(group)), std::pair(greatest, entries.greatest(group))}) {
      REQUIRE((expected == nullptr) == (found == nullptr));
      if (found) REQUIRE(sql::identical(*expected, *found));
    }
  }

  void check_size() const {
    size_t size = 0;
    for (const auto& [group, values] : model) size += values.size();
    REQUIRE(entries.size() == size);
  }
};

/// Grows and shrinks by turns. `looks`: how often the extremes are looked at, one in so many steps:
/// candidates that have gone are found out then.
template <class T, class MakeValue>
void check_at_random(MakeValue make_value, uint32_t groups, size_t steps, size_t wave, size_t looks,
                     uint32_t first_group = 0) {
  Pair<T> pair;
  std::mt19937 random(static_cast<uint32_t>(groups * 31 + wave + looks));
  std::vector<std::pair<uint32_t, T>> present;
  for (size_t step = 0; step < steps; ++step) {
    const bool grows = step / wave % 2 == 0 ? random() % 4 != 0 : random() % 4 == 0;
    if (grows || present.empty()) {
      present.emplace_back(first_group + random() % groups, make_value(random));
      pair.add(present.back().first, present.back().second, 1);
    } else {
      std::swap(present[random() % present.size()], present.back());
      pair.add(present.back().first, present.back().second, -1);
      present.pop_back();
    }
    if (step % looks == 0) pair.check(first_group + static_cast<uint32_t>(random() % groups));
    if (step % wave == 0) pair.check_size();
  }
  while (!present.empty()) {
    pair.add(present.back().first, present.back().second, -1);
    present.pop_back();
    if (present.size() % 16 == 0) pair.check(first_group + static_cast<uint32_t>(random() % groups));
  }
  CHECK(pair.entries.size() == 0);
  for (uint32_t group = 0; group < groups; ++group) pair.check(first_group + group);
}

int64_t any_integer(std::mt19937& random) {
  return static_cast<int64_t>(random() % 5000) - 2500;
}

}  // namespace

TEST_CASE("extreme entries: at random against std::map", "[state]") {
  for (const size_t looks : {size_t{1}, size_t{64}, size_t{1000}}) {
    check_at_random<int64_t>(any_integer, 1, 30'000, 3'000, looks);
    check_at_random<int64_t>(any_integer, 7, 60'000, 12'000, looks);
    check_at_random<int64_t>(any_integer, 3'000, 60'000, 20'000, looks);
  }
  check_at_random<int64_t>(any_integer, 5, 20'000, 3'000, 8, uint32_t{1} << 31);
}

TEST_CASE("extreme entries: few values, which come and go", "[state]") {
  check_at_random<int64_t>([](std::mt19937& random) { return static_cast<int64_t>(random() % 40); }, 1,
                           40'000, 100, 1);
  check_at_random<bool>([](std::mt19937& random) { return random() % 2 == 0; }, 2, 2'000, 50, 1);
}

TEST_CASE("extreme entries: the extremes go first", "[state]") {
  Pair<int64_t> pair;
  for (int64_t value = 0; value < 5'000; ++value) pair.add(3, value * 7919 % 5'000, 1);
  for (int64_t i = 0; i < 2'500; ++i) {
    pair.check(3);
    pair.add(3, i, -1);
    pair.check(3);
    pair.add(3, 4'999 - i, -1);
  }
  pair.check(3);
  CHECK(pair.entries.size() == 0);
}

TEST_CASE("extreme entries: intervals that are equal but not identical", "[state]") {
  const auto interval = [](std::mt19937& random) {
    const auto days = static_cast<int32_t>(random() % 4);
    return Interval{static_cast<int64_t>(random() % 4) * sql::kMicrosPerDay - days * sql::kMicrosPerDay, days,
                    static_cast<int32_t>(random() % 2)};
  };
  check_at_random<Interval>(interval, 3, 20'000, 3'000, 1);
  // Beyond 64 bits of microseconds prefixes are equal, and values decide.
  const auto huge = [](std::mt19937& random) {
    return Interval{static_cast<int64_t>(random() % 1000), 0,
                    static_cast<int32_t>(2'000'000'000 + random() % 100)};
  };
  check_at_random<Interval>(huge, 2, 20'000, 3'000, 16);
}

TEST_CASE("extreme entries: floats, also those that are not numbers", "[state]") {
  const auto number = [](std::mt19937& random) {
    constexpr double kSpecial[] = {0.0, -0.0, std::numeric_limits<double>::quiet_NaN(),
                                   std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity()};
    return random() % 4 == 0 ? kSpecial[random() % 5] : static_cast<double>(random() % 900) - 450.5;
  };
  check_at_random<double>(number, 2, 20'000, 3'000, 4);
}

TEST_CASE("extreme entries: a removal before its insertion", "[state]") {
  Pair<int64_t> pair;
  for (int64_t value = 0; value < 300; ++value) pair.add(5, value, -1);
  pair.check(5);
  pair.add(5, 150, 2);
  pair.add(4, 7, 1);
  pair.check(5);
  CHECK(*pair.entries.least(5) == 150);
  for (int64_t value = 0; value < 300; ++value) pair.add(5, value, 1);
  pair.check(5);
  pair.add(5, 150, -2);
  CHECK(pair.entries.least(5) == nullptr);
  CHECK(pair.entries.size() == 1);
}
