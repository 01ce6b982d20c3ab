#include "runtime/engine/source_poller.h"

#include <algorithm>
#include <thread>

namespace sqlmill::rt::engine {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
constexpr milliseconds kTurn(5);
// Fewer records than this are given a moment to become more: an epoch has a price of its own, which many
// small ones pay again and again.
constexpr size_t kWorthAnEpoch = 256;
constexpr milliseconds kLinger(1);
}  // namespace

void SourcePoller::add(size_t input, std::unique_ptr<Source> source) {
  slots_.push_back({input, std::move(source), {}});
}

size_t SourcePoller::poll_slot(Slot& slot, size_t max_records, milliseconds timeout) {
  if (max_records == 0 || (stop_at_end_ && slot.source->reached_end())) return 0;
  const size_t before = slot.records.size();
  slot.source->poll(slot.records, max_records, timeout);
  return slot.records.size() - before;
}

size_t SourcePoller::poll_all(size_t max_records) {
  const size_t share = std::max<size_t>(1, max_records / slots_.size());
  size_t total = 0;
  for (size_t i = 0; i < slots_.size() && total < max_records; ++i) {
    Slot& slot = slots_[(first_ + i) % slots_.size()];
    total += poll_slot(slot, std::min(share, max_records - total), milliseconds(0));
  }
  for (size_t i = 0; i < slots_.size() && total < max_records; ++i) {
    Slot& slot = slots_[(first_ + i) % slots_.size()];
    if (slot.records.size() >= share) total += poll_slot(slot, max_records - total, milliseconds(0));
  }
  return total;
}

size_t SourcePoller::wait_for_any(size_t max_records, milliseconds idle_wait) {
  // While one is waited for, the records of another wait: hence short turns.
  const milliseconds turn = slots_.size() == 1 ? idle_wait : std::min(idle_wait, kTurn);
  const auto until = steady_clock::now() + idle_wait;
  for (size_t i = first_; steady_clock::now() < until; ++i) {
    if (stop_at_end_ && reached_end()) return 0;
    Slot& slot = slots_[i % slots_.size()];
    if (stop_at_end_ && slot.source->reached_end()) continue;
    const auto turn_ends = steady_clock::now() + turn;
    const size_t count = poll_slot(slot, max_records, turn);
    if (count > 0) return count;
    std::this_thread::sleep_until(
        std::min(turn_ends, until));  // A file that has ended does not wait by itself.
  }
  return 0;
}

std::span<const InputBatch> SourcePoller::poll(size_t max_records, milliseconds idle_wait) {
  batches_.clear();
  if (slots_.empty()) {
    std::this_thread::sleep_for(idle_wait);
    return batches_;
  }
  size_t total = poll_all(max_records);
  if (total == 0) total = wait_for_any(max_records, idle_wait);
  if (total > 0 && total < std::min(kWorthAnEpoch, max_records) && !reached_end()) {
    std::this_thread::sleep_for(kLinger);
    poll_all(max_records - total);
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[(first_ + i) % slots_.size()];
    if (!slot.records.empty()) batches_.push_back({slot.input, slot.records});
  }
  first_ = (first_ + 1) % slots_.size();
  return batches_;
}

void SourcePoller::release() {
  for (Slot& slot : slots_) {
    if (slot.records.empty()) continue;
    slot.records.clear();
    slot.source->release();
  }
}

bool SourcePoller::reached_end() const {
  return std::all_of(slots_.begin(), slots_.end(),
                     [](const Slot& slot) { return slot.source->reached_end(); });
}

}  // namespace sqlmill::rt::engine
