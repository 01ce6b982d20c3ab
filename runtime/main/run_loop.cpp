#include "runtime/main/run_loop.h"

#include <algorithm>

namespace sqlmill::rt::main {

namespace {

constexpr engine::Bounds kEpochBounds = {4'096, 16 << 20};

}  // namespace

std::span<const engine::InputBatch> RunLoop::poll(bool is_full, std::chrono::milliseconds idle_wait) {
  engine::Readers& readers = session_.engine().readers();
  const engine::Readers::Rest rest(readers);
  if (!is_full) return poller_.poll(kEpochBounds, idle_wait);
  const engine::Wake wake = readers.wake();
  engine::wait_for_first({&wake, 1}, idle_wait);
  return {};
}

void RunLoop::turn(std::chrono::milliseconds idle_wait) {
  engine::Engine& engine = session_.engine();
  // Queries are answered meanwhile, but nothing changes.
  const bool is_full =
      std::any_of(sinks_.begin(), sinks_.end(), [](const auto& sink) { return !sink->sink().has_room(); }) ||
      (durable_ != nullptr && durable_->is_behind());
  engine.writers().pause(is_full);
  if (beside_ != nullptr && !is_full) {
    poller_.also_wake_for(beside_->waits_for());
    if (beside_->is_busy()) idle_wait = std::chrono::milliseconds(0);
  }
  const std::span<const engine::InputBatch> batches =
      poll(is_full, is_reading_ ? std::chrono::milliseconds(0) : idle_wait);
  is_reading_ = false;
  if (!batches.empty()) {
    if (durable_ != nullptr) durable_->note_begins(batches);
    session_.run_epoch(batches);
    poller_.release();
    // Scans that were asked for meanwhile have used up what would wake this thread for them.
    is_reading_ = engine.readers().has_scans();
  } else if (engine.has_reported_errors()) {
    session_.run_epoch({});  // What a sink reports is told also when nothing else happens.
    is_reading_ = engine.readers().has_scans();
  } else {
    // Before the first epoch there is nothing to read.
    if (engine.epochs() == 0 && engine.readers().wants_tending()) session_.run_epoch({});
    is_reading_ = engine.serve();
  }
  // Ahead of what the sources hold.
  if (engine.writers().has_waiting()) is_reading_ |= engine.serve();
  if (beside_ != nullptr && !is_full) {
    beside_->turn();
    // The scans that its epochs ran slices of may have more.
    is_reading_ |= engine.readers().has_scans();
    poller_.also_wake_for(nullptr);
    if (beside_->is_done()) beside_ = nullptr;
  }
  for (const auto& sink : sinks_) sink->tend();
  if (durable_ != nullptr) durable_->tend();
}

}  // namespace sqlmill::rt::main
