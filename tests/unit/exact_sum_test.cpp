#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "runtime/sql/aggregates/exact_sum.h"

using namespace sqlmill::rt::sql;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kMost = std::numeric_limits<double>::max();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();

double sum_of(const std::vector<double>& values) {
  ExactFloatSum sum;
  for (const double value : values) sum.add(value, 1);
  return sum.value();
}

std::string encoded(const ExactFloatSum& sum) {
  std::string bytes;
  sum.encode(bytes);
  return bytes;
}

}  // namespace

TEST_CASE("a sum is rounded once") {
  CHECK(sum_of({}) == 0);
  CHECK(sum_of({0.1, 0.2, 0.3}) == 0.6);  // 0.6000000000000001 when rounded after each addition
  CHECK(sum_of({1e16, 1, -1e16}) == 1);
  CHECK(sum_of({1e308, 1e308, -1e308, -1e308, kLeast}) == kLeast);
  CHECK(sum_of({1, std::ldexp(1, -53)}) == 1);                               // Half of the last bit: to even.
  CHECK(sum_of({1, std::ldexp(1, -53), kLeast}) == 1 + std::ldexp(1, -52));  // More than half.
  CHECK(sum_of({-1, std::ldexp(-1, -53), -kLeast}) == -1 - std::ldexp(1, -52));
  CHECK(sum_of({kMost, kMost}) == kInfinity);
  CHECK(sum_of({kMost, kMost, -kMost}) == kMost);
  CHECK(sum_of({-kLeast, -kLeast}) == -2 * kLeast);
}

TEST_CASE("weights multiply exactly") {
  ExactFloatSum sum;
  sum.add(0.1, INT64_MAX);
  sum.add(0.1, -(INT64_MAX - 1));
  CHECK(sum.value() == 0.1);
  sum.add(kMost, INT64_MIN);
  CHECK(sum.value() == -kInfinity);
  CHECK_FALSE(sum.has_special());
  sum.add(kMost, INT64_MAX);
  sum.add(kMost, 1);
  CHECK(sum.value() == 0.1);
}

TEST_CASE("infinities and NaN come and go") {
  ExactFloatSum sum;
  sum.add(2.5, 1);
  sum.add(kInfinity, 1);
  CHECK(sum.value() == kInfinity);
  sum.add(-kInfinity, 1);
  CHECK(std::isnan(sum.value()));
  sum.add(kInfinity, -1);
  CHECK(sum.value() == -kInfinity);
  sum.add(kNan, 1);
  sum.add(-kInfinity, -1);
  CHECK(std::isnan(sum.value()));
  CHECK_FALSE(sum.is_empty());
  sum.add(kNan, -1);
  CHECK(sum.value() == 2.5);
  sum.add(2.5, -1);
  CHECK(sum.is_empty());
}

TEST_CASE("neither order nor detours show") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values;
    const int spread = 1 << (round % 11);
    for (int i = 0; i < 40; ++i) {
      const double fraction = std::ldexp(static_cast<double>(random() >> 11) - std::ldexp(1, 52), -52);
      values.push_back(std::ldexp(fraction, static_cast<int>(random() % spread) - spread / 2));
    }
    ExactFloatSum forwards;
    for (const double value : values) forwards.add(value, 1);
    ExactFloatSum detour;
    for (const double value : values) {
      detour.add(value, 1);
      detour.add(value * 1e10, 1);
    }
    std::shuffle(values.begin(), values.end(), random);
    for (const double value : values) detour.add(value * 1e10, -1);
    CHECK(detour.value() == forwards.value());
    CHECK(encoded(detour) == encoded(forwards));

    ExactFloatSum halves[2];
    for (size_t i = 0; i < values.size(); ++i) halves[i % 2].add(values[i], 1);
    halves[0].add(halves[1]);
    CHECK(encoded(halves[0]) == encoded(forwards));

    ExactFloatSum read;
    REQUIRE(read.decode(encoded(forwards)));
    CHECK(read.value() == forwards.value());
    for (const double value : values) read.add(value, -1);
    CHECK(read.is_empty());
    CHECK(encoded(read) == encoded(ExactFloatSum()));
  }
}

TEST_CASE("a copy is independent, and bytes that are no sum are refused") {
  ExactFloatSum sum;
  sum.add(1e300, 1);
  sum.add(1e-300, 1);
  ExactFloatSum copy = sum;
  sum.add(1e300, -1);
  CHECK(copy.value() == 1e300);
  CHECK(sum.value() == 1e-300);
  copy.add(copy);
  CHECK(copy.value() == 2e300);
  CHECK_FALSE(copy.decode("ab"));
  CHECK_FALSE(copy.decode(std::string(3, '\x7f')));
}

namespace {

double deviation_of(const std::vector<std::pair<double, double>>& pairs) {
  ExactFloatSum x;
  ExactFloatSum y;
  ExactProductSum xy;
  for (const auto& [a, b] : pairs) {
    x.add(a, 1);
    y.add(b, 1);
    xy.add_product(a, b, 1);
  }
  return centered(static_cast<int64_t>(pairs.size()), x, y, xy);
}

}  // namespace

TEST_CASE("products are summed exactly") {
  ExactProductSum sum;
  sum.add_product(0.1, 3, 1);
  CHECK(sum.value() == 0.30000000000000004);  // 0.1 is a little more than a tenth.
  sum.add_product(1e200, 1e200, 1);
  sum.add_product(kLeast, kLeast, 1);
  CHECK(sum.value() == kInfinity);
  sum.add_product(1e200, -1e200, 1);
  sum.add_product(0.1, -3, 1);
  CHECK_FALSE(sum.is_empty());  // The least of all products is there.
  sum.add_product(kLeast, kLeast, -1);
  CHECK(sum.is_empty());
  sum.add_product(kMost, kMost, INT64_MIN);
  sum.add_product(-kMost, -kMost, INT64_MAX);
  sum.add_product(kMost, kMost, 1);
  CHECK(sum.is_empty());
}

TEST_CASE("sums of deviations are rounded once") {
  CHECK(deviation_of({{1, 1}, {2, 2}, {3, 3}}) == 2);
  CHECK(deviation_of({{0.1, 0.1}, {0.1, 0.1}, {0.1, 0.1}}) == 0);
  CHECK(deviation_of({{1e200, 1e200}, {1e200, 1e200}}) == 0);
  CHECK(deviation_of({{1e200, 1e200}, {-1e200, -1e200}}) == kInfinity);
  CHECK(deviation_of({{1e16 + 2, 1e16 + 2}, {1e16 + 4, 1e16 + 4}}) == 2);
  CHECK(deviation_of({{1, 6}, {2, 4}, {3, 2}}) == -4);
  CHECK(deviation_of({{0, 0}, {0, 0}, {1, 1}}) == 2.0 / 3);
}

TEST_CASE("sums of products do not depend on the order, nor on what came and went") {
  std::mt19937_64 random(5);
  const auto any_finite = [&] {
    for (;;) {
      const auto value = std::bit_cast<double>(random());
      if (std::isfinite(value)) return random() % 2 == 0 ? value : std::ldexp(value, -std::ilogb(value));
    }
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::pair<double, double>> pairs(1 + random() % 20);
    for (auto& pair : pairs) pair = {any_finite(), any_finite()};
    ExactProductSum forwards;
    for (const auto& [x, y] : pairs) forwards.add_product(x, y, 1);
    ExactProductSum detour;
    detour.add_product(1e200, 1e180, 7);
    std::shuffle(pairs.begin(), pairs.end(), random);
    for (const auto& [x, y] : pairs) detour.add_product(y, x, -2);
    for (const auto& [x, y] : pairs) detour.add_product(x, y, 3);
    detour.add_product(-1e180, 1e200, 7);
    std::string a;
    std::string b;
    forwards.encode(a);
    detour.encode(b);
    CHECK(a == b);
    const double value = forwards.value();
    CHECK((value == detour.value() || std::isnan(value)));
  }
}
