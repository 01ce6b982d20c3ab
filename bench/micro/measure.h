// Clocks and percentiles for the small measurements of this folder.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <vector>

namespace sqlmill::bench::micro {

inline int64_t read_ns(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}
inline int64_t wall_ns() {
  return read_ns(CLOCK_MONOTONIC);
}
/// Of the calling thread: what others do on the machine is not in it, except through the caches.
inline int64_t cpu_ns() {
  return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

/// The value that `part` of the values do not exceed; 0 if there are none.
template <class T>
T percentile(std::vector<T> values, double part) {
  if (values.empty()) return {};
  const auto rank = static_cast<size_t>(part * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(rank), values.end());
  return values[rank];
}
template <class T>
T median(const std::vector<T>& values) {
  return percentile(values, 0.5);
}

}  // namespace sqlmill::bench::micro
