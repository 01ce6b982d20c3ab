#include "runtime/engine/source_poller.h"

#include <algorithm>

namespace sqlmill::rt::engine {

using std::chrono::milliseconds;

void SourcePoller::add(size_t input, std::unique_ptr<Source> source) {
  slots_.push_back({input, std::move(source), {}});
}

void SourcePoller::poll_slot(Slot& slot, const Bounds& bounds, Bounds& left) {
  if (bounds.records == 0 || bounds.bytes == 0 || is_done(slot)) return;
  const size_t before = slot.records.size();
  const size_t bytes = slot.source->poll(slot.records, bounds);
  left.records -= slot.records.size() - before;
  left.bytes -= std::min(left.bytes, bytes);
}

bool SourcePoller::poll_all(const Bounds& bounds) {
  const Bounds share = {std::max<size_t>(1, bounds.records / slots_.size()),
                        std::max<size_t>(1, bounds.bytes / slots_.size())};
  Bounds left = bounds;
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[(first_ + i) % slots_.size()];
    poll_slot(slot, {std::min(share.records, left.records), std::min(share.bytes, left.bytes)}, left);
  }
  for (size_t i = 0; i < slots_.size() && slots_.size() > 1; ++i) {
    Slot& slot = slots_[(first_ + i) % slots_.size()];
    if (!slot.records.empty()) poll_slot(slot, left, left);
  }
  return left.records < bounds.records;
}

void SourcePoller::add_wakes(std::vector<Wake>& wakes) const {
  for (const Slot& slot : slots_) {
    if (!is_done(slot)) wakes.push_back(slot.source->wake());
  }
}

void SourcePoller::wait_for_any(milliseconds idle_wait) {
  wakes_.assign(1, other_wake_);
  add_wakes(wakes_);
  if (other_ != nullptr) other_->add_wakes(wakes_);
  wait_for_first(wakes_, idle_wait);
}

std::span<const InputBatch> SourcePoller::poll(const Bounds& bounds, milliseconds idle_wait) {
  batches_.clear();
  if (slots_.empty()) {
    wait_for_any(idle_wait);
    return batches_;
  }
  if (!poll_all(bounds)) {
    if (stop_at_end_ && reached_end()) return batches_;
    wait_for_any(idle_wait);
    poll_all(bounds);
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

void SourcePoller::visit_offsets(const std::function<void(size_t, const Offsets&)>& visit) const {
  for (const Slot& slot : slots_) visit(slot.input, slot.source->next_offsets());
}

std::vector<SourceProgress> SourcePoller::progress() const {
  std::vector<SourceProgress> all;
  for (const Slot& slot : slots_) {
    const Offsets ends = slot.source->known_ends();
    for (const auto& [partition, next] : slot.source->next_offsets()) {
      SourceProgress& one = all.emplace_back(SourceProgress{slot.input, partition, next, {}});
      // What is known of the end may be older than what was read.
      if (const auto end = ends.find(partition); end != ends.end()) one.end = std::max(end->second, next);
    }
  }
  return all;
}

bool SourcePoller::reached_end() const {
  return std::all_of(slots_.begin(), slots_.end(),
                     [](const Slot& slot) { return slot.source->reached_end(); });
}

}  // namespace sqlmill::rt::engine
