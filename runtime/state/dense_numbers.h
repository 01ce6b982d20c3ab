// A number for each group of another operator, by the group's own number: a look-up without a hash. Groups'
// numbers are dense, and so are by themselves those with the uppermost bit (ops/groups.h).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/base/prefetch.h"
#include "runtime/state/hash_index.h"

namespace sqlmill::rt::state {

class DenseNumbers {
 public:
  /// HashIndex::kNone where none is known.
  uint32_t find(uint32_t group) const {
    const std::vector<uint32_t>& numbers = numbers_[group >> 31];
    const size_t at = group & kBelowBit;
    return at < numbers.size() ? numbers[at] : HashIndex::kNone;
  }
  void prefetch(uint32_t group) const {
    const std::vector<uint32_t>& numbers = numbers_[group >> 31];
    base::prefetch(numbers.data() + (group & kBelowBit));
  }
  void set(uint32_t group, uint32_t number) {
    std::vector<uint32_t>& numbers = numbers_[group >> 31];
    const size_t at = group & kBelowBit;
    if (at >= numbers.size()) numbers.resize(at + 1, HashIndex::kNone);
    numbers[at] = number;
  }
  size_t bytes() const { return (numbers_[0].capacity() + numbers_[1].capacity()) * sizeof(uint32_t); }

 private:
  static constexpr uint32_t kBelowBit = (uint32_t{1} << 31) - 1;

  std::array<std::vector<uint32_t>, 2> numbers_;
};

}  // namespace sqlmill::rt::state
