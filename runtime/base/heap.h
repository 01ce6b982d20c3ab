// Memory for out-of-line bytes in state: blocks in size classes, reusable one by one. What is freed is reused
// only after collect(), at the end of an epoch, because the epoch's changes still refer to it, and only when
// no reader is left who sees an epoch before that. Not thread-safe: one a worker and operator.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "runtime/base/arena.h"

namespace sqlmill::rt::base {

class Heap {
 public:
  /// `size` bytes aligned to 8. Give the same size to free().
  char* allocate(size_t size) {
    const size_t c = size_class(size);
    used_bytes_ += class_bytes(c);
    if (Free* block = free_[c]) {
      free_[c] = block->next;
      return reinterpret_cast<char*>(block);
    }
    return static_cast<char*>(arena_.allocate(class_bytes(c), 8));
  }

  void free(const char* data, size_t size) {
    pending_.push_back({const_cast<char*>(data), size_class(size)});
  }

  /// At the end of an epoch: what was freed in it is available again as soon as `oldest`, the oldest epoch
  /// that is read, is not before it. The change in the bytes that are kept for readers.
  ptrdiff_t collect(uint32_t epoch = 0, uint32_t oldest = UINT32_MAX) {
    if (kept_.empty() && epoch <= oldest) [[likely]] {
      for (const Freed& freed : pending_) reuse(freed);
      pending_.clear();
      return 0;
    }
    ptrdiff_t change = 0;
    if (!pending_.empty()) {
      for (const Freed& freed : pending_) change += static_cast<ptrdiff_t>(class_bytes(freed.size_class));
      kept_.push_back({epoch, change, std::exchange(pending_, {})});
    }
    for (; unneeded_ < kept_.size() && kept_[unneeded_].epoch <= oldest; ++unneeded_)
      change -= kept_[unneeded_].bytes;
    // Not all at once: that could take long.
    for (size_t i = 0; i < kReusedAtOnce && unneeded_ > 0; ++i, --unneeded_) {
      for (const Freed& freed : kept_.front().blocks) reuse(freed);
      kept_.pop_front();
    }
    return change;
  }

  size_t used_bytes() const { return used_bytes_; }
  size_t reserved_bytes() const { return arena_.capacity_bytes(); }

 private:
  struct Free {
    Free* next;
  };
  // Four classes a power of two, from 16 bytes on: at most a quarter is wasted.
  static constexpr size_t kClasses = 128;

  static size_t size_class(size_t size) {
    if (size <= 16) return 0;
    const size_t power = std::bit_width(size - 1);  // 2^(power-1) < size <= 2^power
    const size_t base = size_t{1} << (power - 1);
    const size_t quarter = (size - base + base / 4 - 1) / (base / 4);  // 1 … 4
    return (power - 5) * 4 + quarter;
  }
  static size_t class_bytes(size_t c) {
    if (c == 0) return 16;
    const size_t base = size_t{16} << ((c - 1) / 4);
    return (base + (base / 4) * ((c - 1) % 4 + 1) + 7) & ~size_t{7};
  }

  struct Freed {
    char* data;
    size_t size_class;
  };
  /// Epochs whose frees are made available in one call.
  static constexpr size_t kReusedAtOnce = 8;
  struct Kept {
    uint32_t epoch;  // In which they were freed.
    ptrdiff_t bytes;
    std::vector<Freed> blocks;
  };
  void reuse(const Freed& freed) {
    used_bytes_ -= class_bytes(freed.size_class);
    auto* block = reinterpret_cast<Free*>(freed.data);
    block->next = free_[freed.size_class];
    free_[freed.size_class] = block;
  }

  std::array<Free*, kClasses> free_{};
  std::vector<Freed> pending_;  // In this epoch.
  std::deque<Kept> kept_;       // In earlier ones, for readers.
  size_t unneeded_ = 0;         // The first of them, which no reader needs any more.
  Arena arena_{4 * 1024};
  size_t used_bytes_ = 0;
};

}  // namespace sqlmill::rt::base
