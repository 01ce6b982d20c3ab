#include "runtime/base/arena.h"

#include <algorithm>

namespace sqlmill::rt::base {

namespace {
constexpr size_t kMaxBlockBytes = 8 * 1024 * 1024;
}

void* Arena::allocate_slow(size_t size, size_t alignment) {
  const size_t bytes = std::max(next_block_bytes_, size + alignment);
  next_block_bytes_ = std::min(next_block_bytes_ * 2, kMaxBlockBytes);
  blocks_.push_back({Pages<char[]>(static_cast<char*>(allocate_pages(bytes))), bytes});
  capacity_bytes_ += bytes;
  cursor_ = blocks_.back().data.get();
  end_ = cursor_ + bytes;
  return allocate(size, alignment);
}

void Arena::reset() {
  if (blocks_.empty()) return;
  const auto largest = std::max_element(blocks_.begin(), blocks_.end(),
                                        [](const Block& a, const Block& b) { return a.size < b.size; });
  Block kept = std::move(*largest);
  blocks_.clear();
  blocks_.push_back(std::move(kept));
  capacity_bytes_ = blocks_.back().size;
  cursor_ = blocks_.back().data.get();
  end_ = cursor_ + blocks_.back().size;
}

}  // namespace sqlmill::rt::base
