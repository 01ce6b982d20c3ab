// Gathers the batches of an epoch from several sources, so that none of them starves another: each first gets
// an equal share of the epoch's rows, what is left goes to those that have more; only when all are idle is
// one of them waited for. A handful of records waits a millisecond for company.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/engine/source.h"

namespace sqlmill::rt::engine {

class SourcePoller {
 public:
  /// `stop_at_end`: nothing more is asked of a source that has reached its end.
  explicit SourcePoller(bool stop_at_end) : stop_at_end_(stop_at_end) {}

  void add(size_t input, std::unique_ptr<Source> source);

  /// At most `max_records` over all sources, one batch a source, valid until release(). Empty when nothing
  /// came within `idle_wait`.
  std::span<const InputBatch> poll(size_t max_records, std::chrono::milliseconds idle_wait);
  void release();

  /// All sources have reached their end.
  bool reached_end() const;

 private:
  struct Slot {
    size_t input;
    std::unique_ptr<Source> source;
    std::vector<RawRecord> records;
  };

  size_t poll_slot(Slot& slot, size_t max_records, std::chrono::milliseconds timeout);
  size_t poll_all(size_t max_records);
  size_t wait_for_any(size_t max_records, std::chrono::milliseconds idle_wait);

  const bool stop_at_end_;
  std::vector<Slot> slots_;
  std::vector<InputBatch> batches_;
  size_t first_ = 0;  // Who is asked first; moves on each time.
};

}  // namespace sqlmill::rt::engine
