#include "runtime/main/epoch_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <ctime>

namespace sqlmill::rt::main {

namespace {

uint64_t read(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

/// Three digits that mean something.
std::string duration_text(uint64_t nanoseconds) {
  if (nanoseconds < 1'000) return fmt::format("{} ns", nanoseconds);
  if (nanoseconds < 1'000'000) return fmt::format("{:.3g} µs", static_cast<double>(nanoseconds) * 1e-3);
  if (nanoseconds < 1'000'000'000) return fmt::format("{:.3g} ms", static_cast<double>(nanoseconds) * 1e-6);
  return fmt::format("{:.3g} s", static_cast<double>(nanoseconds) * 1e-9);
}

std::string line(const char* clock, const TimeHistogram& times) {
  if (times.count() == 0) return "";
  return fmt::format("epochs, {}: p50 {}, p99 {}, p99.9 {}, longest {}\n", clock,
                     duration_text(times.quantile(0.5)), duration_text(times.quantile(0.99)),
                     duration_text(times.quantile(0.999)), duration_text(times.max()));
}

}  // namespace

size_t TimeHistogram::bucket_of(uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= kBits + 1) return value;
  const unsigned shift = width - kBits - 1;
  return (static_cast<size_t>(shift) << kBits) + (value >> shift);
}

uint64_t TimeHistogram::middle_of(size_t bucket) {
  if (bucket < size_t{2} << kBits) return bucket;
  const unsigned shift = static_cast<unsigned>(bucket >> kBits) - 1;
  const uint64_t begin = static_cast<uint64_t>(bucket - (static_cast<size_t>(shift) << kBits)) << shift;
  return begin + (uint64_t{1} << shift) / 2;
}

void TimeHistogram::add(uint64_t nanoseconds) {
  ++counts_[bucket_of(nanoseconds)];
  ++count_;
  max_ = std::max(max_, nanoseconds);
}

uint64_t TimeHistogram::quantile(double share) const {
  const auto wanted = static_cast<uint64_t>(share * static_cast<double>(count_));
  uint64_t below = 0;
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    below += counts_[bucket];
    if (below > wanted) return std::min(middle_of(bucket), max_);
  }
  return max_;
}

void EpochTimes::begin(size_t records) {
  reads_processor_ = records >= kProcessorRecords;
  if (reads_processor_) processor_began_ = read(CLOCK_THREAD_CPUTIME_ID);
  clock_began_ = read(CLOCK_MONOTONIC);
}

void EpochTimes::end() {
  clock_.add(read(CLOCK_MONOTONIC) - clock_began_);
  if (reads_processor_) processor_.add(read(CLOCK_THREAD_CPUTIME_ID) - processor_began_);
}

std::string EpochTimes::text() const {
  return line("by the clock", clock_) + line("CPU time", processor_);
}

}  // namespace sqlmill::rt::main
