// The summary's times of epochs.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <cstdint>

#include "runtime/main/epoch_times.h"

using sqlmill::rt::main::EpochTimes;
using sqlmill::rt::main::TimeHistogram;

TEST_CASE("a histogram of times", "[epoch_times]") {
  TimeHistogram times;
  CHECK(times.quantile(0.5) == 0);

  SECTION("small values are exact") {
    for (uint64_t value = 0; value < 64; ++value) times.add(value);
    CHECK(times.quantile(0) == 0);
    CHECK(times.quantile(0.5) == 32);
    CHECK(times.quantile(1) == 63);
  }
  SECTION("all others to one part in 32") {
    for (unsigned bit = 0; bit < 64; ++bit) {
      for (const uint64_t value : {uint64_t{1} << bit, (uint64_t{2} << bit) - 1}) {
        TimeHistogram one;
        one.add(value);
        one.add(UINT64_MAX);  // So that the value is not the greatest.
        const uint64_t told = one.quantile(0);
        CHECK((told > value ? told - value : value - told) <= value / 32);
      }
    }
  }
  SECTION("the longest is exact, and no quantile is greater") {
    for (int i = 0; i < 999; ++i) times.add(1'000);
    times.add(1'234'567);
    CHECK(times.count() == 1'000);
    CHECK(times.max() == 1'234'567);
    CHECK(times.quantile(0.99) <= 1'031);
    CHECK(times.quantile(0.9999) <= 1'234'567);
  }
}

TEST_CASE("times of epochs are told for the clocks that were read", "[epoch_times]") {
  EpochTimes times;
  CHECK(times.text().empty());
  times.begin(1);
  times.end();
  CHECK(times.text().starts_with("epochs, by the clock: p50 "));
  CHECK(times.text().find("CPU time") == std::string::npos);
  times.begin(EpochTimes::kProcessorRecords);
  times.end();
  CHECK(times.text().find("epochs, CPU time: p50 ") != std::string::npos);
}
