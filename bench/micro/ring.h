// A queue between two threads, one at each end. Items are written and read in place.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace sqlmill::bench::micro {

template <class T, size_t kCapacity>
class Ring {
 public:
  /// Where to write the next item, or null if the queue is full.
  T* back() {
    const size_t end = end_.load(std::memory_order_relaxed);
    return end - begin_.load(std::memory_order_acquire) == kCapacity ? nullptr : &items_[end % kCapacity];
  }
  void push() { end_.store(end_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  /// The oldest item, or null.
  T* front() {
    const size_t begin = begin_.load(std::memory_order_relaxed);
    return begin == end_.load(std::memory_order_acquire) ? nullptr : &items_[begin % kCapacity];
  }
  void pop() { begin_.store(begin_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

 private:
  std::array<T, kCapacity> items_{};
  alignas(64) std::atomic<size_t> begin_ = 0;
  alignas(64) std::atomic<size_t> end_ = 0;
};

}  // namespace sqlmill::bench::micro
