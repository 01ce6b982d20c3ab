// A bump allocator. Memory lives until reset(); nothing is freed before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "runtime/base/pages.h"

namespace sqlmill::rt::base {

class Arena {
 public:
  explicit Arena(size_t first_block_bytes = 64 * 1024) : next_block_bytes_(first_block_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  /// `size` bytes aligned to `alignment` (a power of two, at most 16). Never null.
  void* allocate(size_t size, size_t alignment = 8) {
    uintptr_t at = (reinterpret_cast<uintptr_t>(cursor_) + alignment - 1) & ~(alignment - 1);
    if (at + size > reinterpret_cast<uintptr_t>(end_)) [[unlikely]] {
      return allocate_slow(size, alignment);
    }
    cursor_ = reinterpret_cast<char*>(at + size);
    return reinterpret_cast<void*>(at);
  }

  char* allocate_chars(size_t size) { return static_cast<char*>(allocate(size, 1)); }

  /// A copy of `bytes` that lives as long as the arena's content.
  std::string_view copy(std::string_view bytes) {
    char* target = allocate_chars(bytes.size());
    if (!bytes.empty()) std::memcpy(target, bytes.data(), bytes.size());
    return {target, bytes.size()};
  }

  /// Gives all memory back to the arena; the largest block is kept for reuse.
  void reset();

  /// Bytes reserved from the system.
  size_t capacity_bytes() const { return capacity_bytes_; }

 private:
  void* allocate_slow(size_t size, size_t alignment);

  struct Block {
    Pages<char[]> data;
    size_t size;
  };
  std::vector<Block> blocks_;
  char* cursor_ = nullptr;
  char* end_ = nullptr;
  size_t next_block_bytes_;
  size_t capacity_bytes_ = 0;
};

}  // namespace sqlmill::rt::base
