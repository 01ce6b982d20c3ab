// Rows on their way from the worker that made them to the worker that owns their key. Every pair of workers
// has a box of its own, written in one stage and read in the next, with the engine's barrier between.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/delta/batch.h"

namespace sqlmill::rt::ops {

/// Keys belong to one of 256 shards for ever; workers own shards.
inline constexpr uint32_t kShards = 256;

inline size_t worker_of(uint64_t hash, size_t workers) {
  return workers == 1 ? 0 : static_cast<size_t>(hash >> 56) * workers / kShards;
}

template <class Row, bool kAppendOnly>
class Exchange {
 public:
  using Box = delta::Batch<Row, kAppendOnly>;

  explicit Exchange(size_t workers) : workers_(workers), boxes_(workers * workers) {}

  size_t workers() const { return workers_; }
  Box& box(size_t from, size_t to) { return boxes_[from * workers_ + to].batch; }

 private:
  struct alignas(64) Aligned {
    Box batch;
  };
  size_t workers_;
  std::vector<Aligned> boxes_;
};

}  // namespace sqlmill::rt::ops
