// A hash table over numbered rows of which many may have one key: what a join looks its other side up in. A
// bucket has the number of its first row, each row that of the next. Knows nothing of keys: who follows a
// chain compares them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/prefetch.h"

namespace sqlmill::rt::ops {

class HashChains {
 public:
  static constexpr uint32_t kEnd = 0xffffffff;

  /// Of rows 0 to hashes.size() - 1. Built at once, so that it has the right size.
  void build(std::span<const uint64_t> hashes) {
    const size_t buckets = std::bit_ceil(std::max<size_t>(hashes.size(), 16));
    shift_ = 64 - std::countr_zero(buckets);
    first_.assign(buckets, kEnd);
    rows_.resize(hashes.size());
    // From the last one, so that chains go up.
    for (size_t i = hashes.size(); i-- > 0;) {
      uint32_t& first = first_[hashes[i] >> shift_];
      rows_[i] = {static_cast<uint32_t>(hashes[i]), first};
      first = static_cast<uint32_t>(i);
    }
  }

  void prefetch(uint64_t hash) const { base::prefetch(&first_[hash >> shift_]); }
  /// The first row whose hash seems to agree, or kEnd.
  uint32_t first(uint64_t hash) const { return skip(first_[hash >> shift_], static_cast<uint32_t>(hash)); }
  uint32_t next(uint64_t hash, uint32_t row) const {
    return skip(rows_[row].next, static_cast<uint32_t>(hash));
  }

  size_t bytes() const { return first_.size() * sizeof(uint32_t) + rows_.size() * sizeof(Row); }

 private:
  struct Row {
    uint32_t tag;  // The hash's lower half; buckets are chosen by the upper one.
    uint32_t next;
  };
  uint32_t skip(uint32_t row, uint32_t tag) const {
    while (row != kEnd && rows_[row].tag != tag) row = rows_[row].next;
    return row;
  }

  int shift_ = 60;
  std::vector<uint32_t> first_ = std::vector<uint32_t>(16, kEnd);
  std::vector<Row> rows_;
};

}  // namespace sqlmill::rt::ops
