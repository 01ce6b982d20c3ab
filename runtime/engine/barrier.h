// Where workers meet between the stages of an epoch. A worker spins for a few microseconds, which is what a
// balanced stage needs, and then sleeps on a futex. What was written before the barrier is visible to
// everyone after it.
#pragma once

#include <atomic>
#include <cstddef>

namespace sqlmill::rt::engine {

class Barrier {
 public:
  explicit Barrier(size_t parties) : parties_(static_cast<int>(parties)) {}

  void arrive_and_wait() {
    if (parties_ == 1) return;
    // Read before arriving: the phase cannot end without this thread.
    const int phase = phase_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == parties_) {
      arrived_.store(0, std::memory_order_relaxed);
      phase_.store(phase + 1, std::memory_order_release);
      phase_.notify_all();
      return;
    }
    for (int i = 0; i < kSpins; ++i) {
      if (phase_.load(std::memory_order_acquire) != phase) return;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
    while (phase_.load(std::memory_order_acquire) == phase) phase_.wait(phase, std::memory_order_acquire);
  }

 private:
  static constexpr int kSpins = 200;  // About 5 µs: a pause takes 20 to 45 ns.

  const int parties_;
  alignas(64) std::atomic<int> arrived_ = 0;
  alignas(64) std::atomic<int> phase_ = 0;  // An int, so that the standard library waits on it directly.
};

}  // namespace sqlmill::rt::engine
