#include "runtime/engine/wake.h"

#include <poll.h>

#include <algorithm>
#include <ctime>
#include <vector>

namespace sqlmill::rt::engine {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

void wait_for_first(std::span<const Wake> wakes, std::chrono::milliseconds at_most) {
  const auto now = steady_clock::now();
  auto until = now + at_most;
  std::vector<pollfd> descriptors;
  for (const Wake& wake : wakes) {
    until = std::min(until, wake.time);
    if (wake.descriptor >= 0) descriptors.push_back({wake.descriptor, POLLIN, 0});
  }
  // ppoll, because a millisecond is a long time for made-up rows that come at a rate.
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  const int64_t left = std::max<int64_t>(0, nanoseconds(until - now).count());
  const timespec timeout = {left / kNanosPerSecond, left % kNanosPerSecond};
  ::ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr);
}

}  // namespace sqlmill::rt::engine
