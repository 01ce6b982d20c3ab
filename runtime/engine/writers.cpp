#include "runtime/engine/writers.h"

#include <utility>

#include "runtime/base/duty.h"

namespace sqlmill::rt::engine {

std::shared_ptr<Writers::Pending> Writers::submit(std::function<std::vector<TableWrite>()> compute,
                                                  bool reads, WriteUntil until) {
  auto pending = std::make_shared<Pending>();
  pending->compute = std::move(compute);
  pending->reads = reads;
  pending->until = until;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) throw ReadError(ReadEnd::kStopped);
    waiting_.push_back(pending);
    has_waiting_ = true;
  }
  readers_.signal();
  return pending;
}

uint64_t Writers::write(const ReadLimits& limits, std::function<std::vector<TableWrite>()> compute,
                        WriteUntil until) {
  base::give_duty_away();
  const std::shared_ptr<Pending> pending = submit(std::move(compute), true, until);
  using State = Pending::State;
  std::unique_lock lock(pending->mutex);
  const auto is_taken = [&] { return pending->state != State::kWaiting; };
  if (limits.deadline == std::chrono::steady_clock::time_point::max()) {
    pending->changed.wait(lock, limits.stop, is_taken);
  } else {
    pending->changed.wait_until(lock, limits.stop, limits.deadline, is_taken);
  }
  if (!is_taken()) {
    pending->state = State::kAbandoned;
    throw ReadError(limits.stop.stop_requested() ? ReadEnd::kCancelled : ReadEnd::kDeadline);
  }
  pending->changed.wait(lock, [&] { return pending->state != State::kRunning; });
  if (pending->error) std::rethrow_exception(pending->error);
  if (pending->state == State::kAbandoned) throw ReadError(ReadEnd::kStopped);
  return pending->epoch;
}

std::shared_ptr<Writers::Pending> Writers::take() {
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty()) {
    std::shared_ptr<Pending> pending = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    has_waiting_ = !waiting_.empty();
    const std::lock_guard pending_lock(pending->mutex);
    if (pending->state != Pending::State::kWaiting) continue;
    pending->state = Pending::State::kRunning;
    pending->changed.notify_all();
    return pending;
  }
  return nullptr;
}

void Writers::finish(Pending& pending, uint64_t epoch, std::exception_ptr error) {
  const std::lock_guard lock(pending.mutex);
  pending.epoch = epoch;
  pending.error = std::move(error);
  pending.state = Pending::State::kDone;
  pending.changed.notify_all();
}

void Writers::stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  for (const std::shared_ptr<Pending>& pending : waiting_) {
    const std::lock_guard pending_lock(pending->mutex);
    pending->state = Pending::State::kAbandoned;
    pending->changed.notify_all();
  }
  waiting_.clear();
}

}  // namespace sqlmill::rt::engine
