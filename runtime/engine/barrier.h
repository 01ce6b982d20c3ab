// Where workers meet between the stages of an epoch. A worker spins first and then sleeps on a futex, from
// which it takes tens of microseconds to come back. What was written before the barrier is visible to
// everyone after it.
#pragma once

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>

namespace sqlmill::rt::engine {

class Barrier {
 public:
  /// How long is worth spinning at one place of the program, which is learned there: longer where a sleep
  /// turned out to be short, less where it was long, because little comes in or other programs have the
  /// cores.
  class Patience {
   public:
    int spins() const { return spins_.load(std::memory_order_relaxed); }
    void slept(std::chrono::nanoseconds time, int most) {
      const int now = spins();
      spins_.store(time < kShortSleep ? std::min(2 * now, most) : std::max(now / 2, kLeastSpins),
                   std::memory_order_relaxed);
    }

   private:
    static constexpr auto kShortSleep = std::chrono::microseconds(100);
    std::atomic<int> spins_ = kLeastSpins;
  };

  explicit Barrier(size_t parties)
      : parties_(static_cast<int>(parties)), most_spins_(parties <= cores() ? kMostSpins : kLeastSpins) {}

  void arrive_and_wait(Patience& patience) {
    if (parties_ == 1) return;
    // Read before arriving: the phase cannot end without this thread.
    const int phase = phase_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == parties_) {
      arrived_.store(0, std::memory_order_relaxed);
      phase_.store(phase + 1, std::memory_order_release);
      phase_.notify_all();
      return;
    }
    for (int i = patience.spins(); i > 0; --i) {
      if (phase_.load(std::memory_order_acquire) != phase) return;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
    const auto begun = std::chrono::steady_clock::now();
    while (phase_.load(std::memory_order_acquire) == phase) phase_.wait(phase, std::memory_order_acquire);
    patience.slept(std::chrono::steady_clock::now() - begun, most_spins_);
  }

 private:
  // A pause takes 20 to 45 ns: about 5 and 100 µs.
  static constexpr int kLeastSpins = 200;
  static constexpr int kMostSpins = 4'000;

  /// Who spins where there are fewer of them than threads holds up those that are waited for.
  static size_t cores() {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<size_t>(CPU_COUNT(&set)) : 1;
  }

  const int parties_;
  const int most_spins_;
  alignas(64) std::atomic<int> arrived_ = 0;
  alignas(64) std::atomic<int> phase_ = 0;  // An int, so that the standard library waits on it directly.
};

}  // namespace sqlmill::rt::engine
