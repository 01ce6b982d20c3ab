// Gathers the batches of an epoch from several sources, so that none of them starves another: each first gets
// an equal share of the epoch's bounds, what is left goes to those that have more. It takes what is there and
// lingers for nothing: what comes while an epoch runs is the next one, so epochs grow with the load by
// themselves, and an event that comes when nothing else does is an epoch alone.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/engine/progress.h"
#include "runtime/engine/source.h"

namespace sqlmill::rt::engine {

class SourcePoller {
 public:
  /// `stop_at_end`: nothing more is asked of a source that has reached its end.
  explicit SourcePoller(bool stop_at_end) : stop_at_end_(stop_at_end) {}

  void add(size_t input, std::unique_ptr<Source> source);
  /// Ends a wait for sources, too.
  void also_wake(const Wake& wake) { other_wake_ = wake; }
  /// And what wakes the other's sources; null: nothing.
  void also_wake_for(const SourcePoller* other) { other_ = other; }

  /// What all sources together hold within `bounds`, one batch a source, valid until release(). When they
  /// hold nothing, the first that wakes is waited for; empty if none does within `idle_wait`, and now and
  /// then earlier.
  std::span<const InputBatch> poll(const Bounds& bounds, std::chrono::milliseconds idle_wait);
  void release();

  /// `visit(input, offsets)` for each source: where it goes on behind what was released.
  void visit_offsets(const std::function<void(size_t input, const Offsets&)>& visit) const;
  std::vector<SourceProgress> progress() const;
  /// All sources have reached their end.
  bool reached_end() const;

 private:
  struct Slot {
    size_t input;
    std::unique_ptr<Source> source;
    std::vector<RawRecord> records;
  };

  bool is_done(const Slot& slot) const { return stop_at_end_ && slot.source->reached_end(); }
  /// Takes what was got from `left`.
  void poll_slot(Slot& slot, const Bounds& bounds, Bounds& left);
  /// Whether there was anything.
  bool poll_all(const Bounds& bounds);
  void add_wakes(std::vector<Wake>& wakes) const;
  void wait_for_any(std::chrono::milliseconds idle_wait);

  const bool stop_at_end_;
  std::vector<Slot> slots_;
  std::vector<InputBatch> batches_;
  std::vector<Wake> wakes_;
  Wake other_wake_;
  const SourcePoller* other_ = nullptr;
  size_t first_ = 0;  // Who is asked first; moves on each time.
};

}  // namespace sqlmill::rt::engine
