// Places of one size in blocks, by number. What belongs together lies together: the records of an aggregate,
// what hangs below it (ops/hung.h) and its short lists share a place, and so the cache lines that a row of
// the group touches. A place never moves, and the order of numbers is the order of scans. Memory is zero at
// first.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <vector>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"

namespace sqlmill::rt::state {

class Blocks {
 public:
  static constexpr size_t kLineBytes = base::kCacheLineBytes;

  Blocks() = default;
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  /// A part of every place; its offset. Before the first place is made.
  uint32_t attach(size_t bytes, size_t alignment) {
    assert(blocks_.empty() && alignment <= kLineBytes);
    const size_t offset = (bytes_ + alignment - 1) & ~(alignment - 1);
    alignment_ = std::max(alignment_, alignment);
    bytes_ = offset + bytes;
    return static_cast<uint32_t>(offset);
  }
  struct Part {
    uint32_t offset;
    uint32_t bytes;
  };
  /// The same, of at least so many bytes and up to the end of a cache line.
  Part attach_to_line(size_t least_bytes, size_t alignment) {
    const uint32_t offset = attach(least_bytes, alignment);
    bytes_ = (bytes_ + kLineBytes - 1) / kLineBytes * kLineBytes;
    return {offset, static_cast<uint32_t>(bytes_ - offset)};
  }

  char* at(uint32_t number) const {
    return blocks_[number >> kBlockBits] + (number & (kBlockPlaces - 1)) * size_t{stride_};
  }

  /// Asks for all of a place; of a large one for its beginning.
  void prefetch(uint32_t number) const { base::prefetch(at(number), std::min<size_t>(stride_, kMostAsked)); }

  /// Numbers below places() have a place.
  uint32_t places() const { return places_; }
  void make_place(uint32_t number) {
    if (number < places_) [[likely]]
      return;
    places_ = number + 1;
    while ((number >> kBlockBits) >= blocks_.size()) add_blocks();
  }

  size_t bytes() const { return ((size_t{places_} + kBlockPlaces - 1) >> kBlockBits) * block_bytes(); }

 private:
  static constexpr uint32_t kBlockBits = 10;
  static constexpr uint32_t kBlockPlaces = 1u << kBlockBits;
  static constexpr size_t kMostAsked = 8 * kLineBytes;

  size_t block_bytes() const { return size_t{stride_} << kBlockBits; }

  /// One block, and of many several that lie together, so that they fill huge pages.
  void add_blocks() {
    if (blocks_.empty()) choose_stride();
    const size_t most = std::max<size_t>(1, 4 * base::kHugePageBytes / block_bytes());
    const size_t count = std::clamp<size_t>(blocks_.size() / 4, 1, most);
    const base::ZeroedPages& memory = memory_.emplace_back(count * block_bytes());
    for (size_t i = 0; i < count; ++i) blocks_.push_back(memory.data() + i * block_bytes());
  }

  /// Whole cache lines where that takes at most an eighth more memory.
  void choose_stride() {
    const size_t lines = (bytes_ + kLineBytes - 1) / kLineBytes * kLineBytes;
    const size_t least = std::max(alignment_, (bytes_ + alignment_ - 1) & ~(alignment_ - 1));
    stride_ = static_cast<uint32_t>(lines - least <= least / 8 ? lines : least);
  }

  std::vector<base::ZeroedPages> memory_;
  std::vector<char*> blocks_;
  size_t bytes_ = 0;      // Of what is attached.
  size_t alignment_ = 8;  // The greatest of what is attached.
  uint32_t stride_ = 0;   // Bytes from place to place.
  uint32_t places_ = 0;
};

}  // namespace sqlmill::rt::state
