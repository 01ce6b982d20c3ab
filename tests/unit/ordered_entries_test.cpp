// OrderedEntries against std::map as the model.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <limits>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/state/ordered_entries.h"

using namespace sqlmill::rt;
using sql::Interval;
using sql::Text;

namespace {

template <class T>
int total_order(const T& a, const T& b) {
  return sql::compare_total(a, b);
}

template <class T>
struct Less {
  bool operator()(const T& a, const T& b) const { return sql::compare_total(a, b) < 0; }
};

/// A tree and what it should hold; texts that the test makes live as long as it.
template <class T, size_t kFanOut = 64>
struct Pair {
  base::Heap heap;
  state::OrderedEntries<T, total_order<T>, kFanOut> tree;
  std::map<uint32_t, std::map<T, int64_t, Less<T>>> model;

  void add(uint32_t group, const T& value, int64_t weight) {
    tree.add(heap, group, value, weight);
    auto& values = model[group];
    if ((values[value] += weight) == 0) values.erase(value);
    if (values.empty()) model.erase(group);
  }

  void check_extremes(uint32_t group) {
    const T* least = nullptr;
    const T* greatest = nullptr;
    for (const auto& [value, count] : model[group]) {
      if (count <= 0) continue;
      if (!least) least = &value;
      greatest = &value;
    }
    if (model[group].empty()) model.erase(group);
    for (const auto& [expected, found] :
         {std::pair(least, tree.least(group)), std::pair(greatest, tree.greatest(group))}) {
      REQUIRE((expected == nullptr) == (found == nullptr));
      if (found) REQUIRE(sql::identical(*expected, *found));
    }
  }

  void check_all() {
    size_t entries = 0;
    for (const auto& [group, values] : model) entries += values.size();
    REQUIRE(tree.size() == entries);
    auto group = model.begin();
    typename std::map<T, int64_t, Less<T>>::iterator value;
    if (group != model.end()) value = group->second.begin();
    tree.for_each([&](uint32_t found_group, const T& found, int64_t count) {
      REQUIRE(group != model.end());
      REQUIRE(found_group == group->first);
      REQUIRE(sql::identical(found, value->first));
      REQUIRE(count == value->second);
      if (++value == group->second.end() && ++group != model.end()) value = group->second.begin();
    });
    REQUIRE(group == model.end());
    for (uint32_t number = 0; number < 12; ++number) check_extremes(number);
  }
};

/// Grows and shrinks by turns, so that nodes split and merge at all levels.
template <class T, size_t kFanOut = 32, class MakeValue>
void check_at_random(MakeValue make_value, uint32_t groups, size_t steps, size_t wave) {
  Pair<T, kFanOut> pair;
  std::mt19937 random(groups * 31 + wave);
  std::vector<std::pair<uint32_t, T>> present;
  for (size_t step = 0; step < steps; ++step) {
    const bool grows = step / wave % 2 == 0 ? random() % 4 != 0 : random() % 4 == 0;
    if (grows || present.empty()) {
      present.emplace_back(random() % groups, make_value(random));
      pair.add(present.back().first, present.back().second, 1);
    } else {
      std::swap(present[random() % present.size()], present.back());
      pair.add(present.back().first, present.back().second, -1);
      present.pop_back();
    }
    if (step % 64 == 0) pair.check_extremes(static_cast<uint32_t>(random() % groups));
    if (step % (wave / 2) == 0) pair.check_all();
    if (step % 1000 == 0) pair.heap.collect();
  }
  while (!present.empty()) {
    pair.add(present.back().first, present.back().second, -1);
    present.pop_back();
  }
  pair.check_all();
  CHECK(pair.tree.size() == 0);
  pair.heap.collect();
  CHECK(pair.heap.used_bytes() == 0);
}

int64_t any_integer(std::mt19937& random) {
  return static_cast<int64_t>(random() % 5000) - 2500;
}

/// Of the sizes 1 to 200, each in this order of insertion and erasure, every state between.
void check_all_sizes(size_t insert_stride, size_t erase_stride) {
  for (size_t size = 1; size <= 200; ++size) {
    Pair<int64_t> pair;
    const auto value = [&](size_t i, size_t stride) { return static_cast<int64_t>(i * stride % 211); };
    for (size_t i = 0; i < 211; ++i) {
      if (value(i, insert_stride) < static_cast<int64_t>(size)) pair.add(1, value(i, insert_stride), 1);
    }
    pair.check_all();
    for (size_t i = 0; i < 211; ++i) {
      if (value(i, erase_stride) >= static_cast<int64_t>(size)) continue;
      pair.add(1, value(i, erase_stride), -1);
      pair.check_extremes(1);
    }
    pair.check_all();
    CHECK(pair.tree.size() == 0);
  }
}

}  // namespace

TEST_CASE("ordered entries: every size, forwards, backwards and mixed", "[state]") {
  for (const size_t insert_stride : {size_t{1}, size_t{210}, size_t{97}}) {
    for (const size_t erase_stride : {size_t{1}, size_t{210}, size_t{64}})
      check_all_sizes(insert_stride, erase_stride);
  }
}

TEST_CASE("ordered entries: at random against std::map", "[state]") {
  check_at_random<int64_t>(any_integer, 1, 20'000, 3'000);
  check_at_random<int64_t>(any_integer, 7, 60'000, 12'000);
  check_at_random<int64_t>(any_integer, 3'000, 60'000, 20'000);
}

TEST_CASE("ordered entries: many levels of small nodes", "[state]") {
  check_at_random<int64_t, 8>(any_integer, 1, 20'000, 3'000);
  check_at_random<int64_t, 8>(any_integer, 3'000, 60'000, 20'000);
  check_at_random<int64_t, 9>(any_integer, 7, 60'000, 12'000);
}

TEST_CASE("ordered entries: intervals that are equal but not identical", "[state]") {
  const auto interval = [](std::mt19937& random) {
    const auto days = static_cast<int32_t>(random() % 4);
    return Interval{static_cast<int64_t>(random() % 4) * sql::kMicrosPerDay - days * sql::kMicrosPerDay, days,
                    static_cast<int32_t>(random() % 2)};
  };
  check_at_random<Interval>(interval, 3, 20'000, 3'000);
  // Beyond 64 bits of microseconds prefixes are equal, and values decide.
  const auto huge = [](std::mt19937& random) {
    return Interval{static_cast<int64_t>(random() % 100), 0,
                    static_cast<int32_t>(2'000'000'000 + random() % 100)};
  };
  check_at_random<Interval>(huge, 2, 20'000, 3'000);
}

TEST_CASE("ordered entries: texts, short and long, with common beginnings", "[state]") {
  const auto text = [](std::mt19937& random) {
    static std::map<std::string, int> texts;
    const std::string number = std::to_string(random() % 700);
    const auto made = random() % 2 ? number : "https://example.com/" + number;
    return Text(texts.try_emplace(made).first->first);
  };
  check_at_random<Text>(text, 1, 20'000, 3'000);
  check_at_random<Text, 8>(text, 40, 40'000, 8'000);
}

TEST_CASE("ordered entries: numerics have no prefix", "[state]") {
  const auto numeric = [](std::mt19937& random) {
    return sql::Numeric(static_cast<int64_t>(random() % 900) - 450, static_cast<int>(random() % 3));
  };
  check_at_random<sql::Numeric>(numeric, 2, 20'000, 3'000);
}

TEST_CASE("ordered entries: a removal before its insertion", "[state]") {
  Pair<int64_t> pair;
  for (int64_t value = 0; value < 300; ++value) pair.add(5, value, -1);
  CHECK(pair.tree.least(5) == nullptr);
  CHECK(pair.tree.greatest(5) == nullptr);
  pair.add(5, 150, 2);
  pair.add(4, 7, 1);
  pair.add(6, 8, 1);
  pair.check_all();
  CHECK(*pair.tree.least(5) == 150);
  CHECK(*pair.tree.greatest(5) == 150);
  for (int64_t value = 0; value < 300; ++value) pair.add(5, value, 1);
  pair.check_all();
  CHECK(pair.tree.size() == 3);
}

TEST_CASE("order_prefix agrees with the total order", "[state]") {
  const auto check = [](const auto& ascending) {
    for (size_t i = 1; i < ascending.size(); ++i) {
      CHECK(sql::compare_total(ascending[i - 1], ascending[i]) < 0);
      CHECK(state::order_prefix(ascending[i - 1]) <= state::order_prefix(ascending[i]));
    }
  };
  check(std::vector<int64_t>{INT64_MIN, -1, 0, 1, INT64_MAX});
  check(std::vector<int16_t>{INT16_MIN, -1, 0, 1, INT16_MAX});
  const double infinity = std::numeric_limits<double>::infinity();
  check(std::vector<double>{-infinity, -1.5, -1e-300, -0.0, 0.0, 1e-300, 1.5, infinity,
                            std::numeric_limits<double>::quiet_NaN()});
  check(std::vector<float>{-2.5f, -0.0f, 0.0f, 2.5f});
  check(std::vector<Text>{Text(""), Text("a"), Text("aa"), Text("ab"), Text("abcdefgh"), Text("abcdefghi"),
                          Text("b"), Text("\xc3\xa9")});
  check(std::vector<sql::Date>{sql::Date::minus_infinity(), {-1}, {0}, sql::Date::infinity()});
  check(std::vector<sql::Timestamptz>{{INT64_MIN}, {-1}, {0}, {INT64_MAX}});
  check(std::vector<Interval>{
      {0, 0, INT32_MIN}, {0, 0, -1}, {-1, 0, 0}, {0, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, INT32_MAX}});
}
