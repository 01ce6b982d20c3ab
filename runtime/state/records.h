// Records of groups in blocks, addressed by number. A record never moves, and the order of numbers is the
// order of scans. A record carries its own mark of use, `touched_epoch`: 0 where there is none, so that
// finding a record unused touches no other memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"

namespace sqlmill::rt::state {

template <class Record>
class Records {
 public:
  Records() = default;
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;
  ~Records() {
    for_each([](uint32_t, Record& record) { record.~Record(); });
  }

  Record& operator[](uint32_t number) { return *at(number); }
  const Record& operator[](uint32_t number) const { return *at(number); }
  /// Of a number that has a place.
  void prefetch(uint32_t number) const {
    const char* p = reinterpret_cast<const char*>(at(number));
    for (size_t offset = 0; offset < sizeof(Record) && offset < 256; offset += 64)
      base::prefetch_for_write(p + offset);
  }

  /// A record at a number that is in no use. Its touched_epoch is 0 until the caller sets it.
  uint32_t add() {
    uint32_t number;
    if (!free_.empty()) {
      number = free_.back();
      free_.pop_back();
    } else {
      number = end_;
      make_place(number);
    }
    add_at(number);
    return number;
  }

  /// Numbers below places() can be read; of those, records are where touched_epoch is not 0. For those who
  /// give out numbers themselves: make_place(), then add_at() where there is no record.
  uint32_t places() const { return end_; }
  void make_place(uint32_t number) {
    if (number < end_) return;
    end_ = number + 1;
    while ((number >> kBlockBits) >= blocks_.size()) add_blocks();
  }
  Record& add_at(uint32_t number) {
    ++size_;
    return *new (at(number)) Record;
  }

  /// The number is not given out again by add() before recycle() has it.
  void erase(uint32_t number) {
    at(number)->~Record();
    at(number)->touched_epoch = 0;
    --size_;
  }
  void recycle(uint32_t number) { free_.push_back(number); }

  /// `visit(number, record)`, by number.
  template <class Visit>
  void for_each(Visit visit) {
    for (uint32_t i = 0; i < end_; ++i) {
      if (at(i)->touched_epoch != 0) visit(i, *at(i));
    }
  }

  size_t size() const { return size_; }
  size_t bytes() const { return ((size_t{end_} + kBlockRecords - 1) >> kBlockBits) * kBlockBytes; }

 private:
  static constexpr uint32_t kBlockBits = 10;
  static constexpr uint32_t kBlockRecords = 1u << kBlockBits;
  static constexpr size_t kBlockBytes = kBlockRecords * sizeof(Record);

  /// One block, and of many several that lie together, so that they fill huge pages.
  void add_blocks() {
    constexpr size_t kMost = std::max<size_t>(1, 4 * base::kHugePageBytes / kBlockBytes);
    const size_t count = std::clamp<size_t>(blocks_.size() / 4, 1, kMost);
    auto* first = static_cast<char*>(base::allocate_pages(count * kBlockBytes));
    std::memset(first, 0, count * kBlockBytes);  // touched_epoch of all.
    memory_.emplace_back(first);
    for (size_t i = 0; i < count; ++i) blocks_.push_back(first + i * kBlockBytes);
  }

  Record* at(uint32_t number) const {
    char* block = blocks_[number >> kBlockBits];
    return std::launder(reinterpret_cast<Record*>(block)) + (number & (kBlockRecords - 1));
  }

  std::vector<base::Pages<char[]>> memory_;
  std::vector<char*> blocks_;
  std::vector<uint32_t> free_;
  uint32_t end_ = 0;
  size_t size_ = 0;
};

}  // namespace sqlmill::rt::state
