// Memory for out-of-line bytes in state: blocks in size classes, reusable one by one. What is freed is reused
// only after collect(), at the end of an epoch, because the epoch's changes still refer to it. Not
// thread-safe: one a worker and operator.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

  /// Makes what was freed since the last call available again.
  void collect() {
    for (const auto& [data, c] : pending_) {
      used_bytes_ -= class_bytes(c);
      auto* block = reinterpret_cast<Free*>(data);
      block->next = free_[c];
      free_[c] = block;
    }
    pending_.clear();
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

  std::array<Free*, kClasses> free_{};
  std::vector<std::pair<char*, size_t>> pending_;  // Freed in this epoch: the block and its size class.
  Arena arena_{4 * 1024};
  size_t used_bytes_ = 0;
};

}  // namespace sqlmill::rt::base
