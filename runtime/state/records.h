// Records of groups: one in each place of Blocks, at an offset. A record carries its own mark of use,
// `touched_epoch`: 0 where there is none, so that finding a record unused touches no other memory.
#pragma once

#include <cstdint>
#include <new>
#include <vector>

#include "runtime/state/blocks.h"

namespace sqlmill::rt::state {

template <class Record>
class Records {
 public:
  explicit Records(Blocks& blocks)
      : blocks_(blocks), offset_(blocks.attach(sizeof(Record), alignof(Record))) {}
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;
  ~Records() {
    for_each([](uint32_t, Record& record) { record.~Record(); });
  }

  Record& operator[](uint32_t number) { return *at(number); }
  const Record& operator[](uint32_t number) const { return *at(number); }
  /// Of a number that has a place.
  void prefetch(uint32_t number) const { base::prefetch(at(number), std::min<size_t>(sizeof(Record), 256)); }

  /// A record at a number that is in no use. Its touched_epoch is 0 until the caller sets it.
  uint32_t add() {
    uint32_t number = blocks_.places();
    if (!free_.empty()) {
      number = free_.back();
      free_.pop_back();
    }
    blocks_.make_place(number);
    add_at(number);
    return number;
  }
  /// For those who give out numbers themselves: where there is a place and no record.
  Record& add_at(uint32_t number) {
    ++size_;
    return *new (at(number)) Record;
  }
  bool has(uint32_t number) const { return number < blocks_.places() && at(number)->touched_epoch != 0; }

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
    for (uint32_t i = 0; i < blocks_.places(); ++i) {
      if (at(i)->touched_epoch != 0) visit(i, *at(i));
    }
  }

  size_t size() const { return size_; }
  /// All numbers are below this one.
  uint32_t end() const { return blocks_.places(); }

 private:
  Record* at(uint32_t number) const {
    return std::launder(reinterpret_cast<Record*>(blocks_.at(number) + offset_));
  }

  Blocks& blocks_;
  const uint32_t offset_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
};

}  // namespace sqlmill::rt::state
