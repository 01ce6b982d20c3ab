// Records in blocks, addressed by number. A record never moves; numbers of erased records are used again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"

namespace sqlmill::rt::state {

template <class T>
class Slab {
 public:
  static constexpr uint32_t kBlockBits = 10;
  static constexpr uint32_t kBlockRecords = 1u << kBlockBits;

  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() {
    for_each([](uint32_t, T& record) { record.~T(); });
  }

  T& operator[](uint32_t number) { return *at(number); }
  const T& operator[](uint32_t number) const { return *const_cast<Slab*>(this)->at(number); }
  void prefetch(uint32_t number) const {
    base::prefetch(const_cast<Slab*>(this)->at(number), std::min<size_t>(sizeof(T), 256));
  }

  template <class... Args>
  uint32_t add(Args&&... args) {
    uint32_t number;
    if (!free_.empty()) {
      number = free_.back();
      free_.pop_back();
    } else {
      number = end_++;
      if ((number >> kBlockBits) == blocks_.size()) add_blocks();
    }
    new (at(number)) T{std::forward<Args>(args)...};
    used(number) = true;
    return number;
  }

  /// A record with a number that is given: greater than all others, and the numbers between are free.
  T& add_at(uint32_t number) {
    for (; end_ <= number; ++end_) {
      if ((end_ >> kBlockBits) == blocks_.size()) add_blocks();
      used(end_) = false;
      if (end_ < number) free_.push_back(end_);
    }
    used(number) = true;
    return *new (at(number)) T{};
  }

  void erase(uint32_t number) {
    at(number)->~T();
    used(number) = false;
    free_.push_back(number);
  }

  /// `visit(number, record)`, by number.
  template <class Visit>
  void for_each(Visit visit) {
    for (uint32_t i = 0; i < end_; ++i) {
      if (used(i)) visit(i, *at(i));
    }
  }

  bool has(uint32_t number) const { return number < end_ && const_cast<Slab*>(this)->used(number); }
  /// All numbers are below this one.
  uint32_t end() const { return end_; }
  size_t size() const { return end_ - free_.size(); }
  size_t bytes() const { return ((end_ + kBlockRecords - 1) >> kBlockBits) * sizeof(Block); }

 private:
  struct Block {
    alignas(64) char records[kBlockRecords * sizeof(T)];
    bool used[kBlockRecords];
  };

  /// One block, and of a large slab several that lie together, so that they fill huge pages.
  void add_blocks() {
    constexpr size_t kMost = std::max<size_t>(1, 4 * base::kHugePageBytes / sizeof(Block));
    const size_t count = std::clamp<size_t>(blocks_.size() / 4, 1, kMost);
    auto* first = static_cast<Block*>(base::allocate_pages(count * sizeof(Block)));
    memory_.emplace_back(reinterpret_cast<char*>(first));
    for (size_t i = 0; i < count; ++i) blocks_.push_back(first + i);
  }

  T* at(uint32_t number) {
    Block& block = *blocks_[number >> kBlockBits];
    return std::launder(reinterpret_cast<T*>(block.records) + (number & (kBlockRecords - 1)));
  }
  bool& used(uint32_t number) { return blocks_[number >> kBlockBits]->used[number & (kBlockRecords - 1)]; }

  std::vector<base::Pages<char[]>> memory_;
  std::vector<Block*> blocks_;
  std::vector<uint32_t> free_;
  uint32_t end_ = 0;
};

}  // namespace sqlmill::rt::state
