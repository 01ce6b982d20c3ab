#include "runtime/engine/readers.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <system_error>
#include <utility>

#include "runtime/base/duty.h"
#include "runtime/engine/engine.h"

namespace sqlmill::rt::engine {

namespace {

using std::chrono::steady_clock;

const char* text_of(ReadEnd reason) {
  switch (reason) {
    case ReadEnd::kPinLost:
      return "the snapshot of this query was given up, because keeping what changed since takes too much "
             "memory";
    case ReadEnd::kCancelled:
      return "the query was cancelled";
    case ReadEnd::kDeadline:
      return "the query took longer than it may";
    case ReadEnd::kStopped:
      return "the pipeline is stopping";
    case ReadEnd::kNotWhole:
      return "what the query reads is being rebuilt";
  }
  __builtin_unreachable();
}

std::optional<ReadEnd> exceeded(const ReadLimits& limits) {
  if (limits.stop.stop_requested()) return ReadEnd::kCancelled;
  if (limits.deadline != steady_clock::time_point::max() && steady_clock::now() >= limits.deadline)
    return ReadEnd::kDeadline;
  return std::nullopt;
}

/// Waits until `is_ready` or the limits are exceeded, which it says.
template <class Ready>
std::optional<ReadEnd> wait(std::condition_variable_any& changed, std::unique_lock<std::mutex>& lock,
                            const ReadLimits& limits, Ready is_ready) {
  const bool ready = limits.deadline == steady_clock::time_point::max()
                         ? changed.wait(lock, limits.stop, is_ready)
                         : changed.wait_until(lock, limits.stop, limits.deadline, is_ready);
  if (ready) return std::nullopt;
  return limits.stop.stop_requested() ? ReadEnd::kCancelled : ReadEnd::kDeadline;
}

}  // namespace

ReadError::ReadError(ReadEnd reason) : std::runtime_error(text_of(reason)), reason_(reason) {}

void check_whole(const Rebuilding* rebuilding, size_t output, const OutputInfo& info) {
  if (rebuilding == nullptr || !rebuilding->has(output)) return;
  throw ReadError(ReadEnd::kNotWhole,
                  fmt::format("\"{}\" is being rebuilt: {}", info.name, rebuilding->progress()));
}

Pin::Pin(uint64_t pinned, uint32_t state_pinned, size_t workers, ReadLimits given)
    : epoch(pinned), state_epoch(state_pinned), limits(std::move(given)) {
  for (size_t i = 0; i < workers; ++i) memory.push_back(std::make_unique<Memory>());
}

// ---- Query threads ----

Scan::~Scan() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_given_up = true;
    state_->ready.clear();
  }
  readers_->signal();
}

bool Scan::next(sql::Chunk& rows) {
  if (const auto end = exceeded(state_->pin->limits)) throw ReadError(*end);
  std::unique_lock lock(state_->mutex);
  const auto is_ready = [&] { return !state_->ready.empty() || state_->parts_left == 0 || state_->failed; };
  if (const auto end = wait(state_->changed, lock, state_->pin->limits, is_ready)) throw ReadError(*end);
  if (state_->failed) throw ReadError(*state_->failed);
  if (state_->ready.empty()) return false;
  const bool was_full = state_->ready.size() >= ScanState::kChunks;
  rows = std::move(state_->ready.front());
  state_->ready.pop_front();
  lock.unlock();
  if (was_full) readers_->signal();
  return true;
}

Snapshot::~Snapshot() {
  const auto remove = [this] { readers_->remove_pin(*pin_); };
  if (readers_->run_here(std::ref(remove))) return;
  auto task = std::make_shared<ReadTask>();
  task->run = [readers = readers_.get(), pin = pin_] { readers->remove_pin(*pin); };
  readers_->post(std::move(task));
}

std::unique_ptr<Scan> Snapshot::scan(size_t output, std::vector<uint32_t> columns) {
  auto state = std::make_shared<ScanState>();
  state->pin = pin_;
  state->output = output;
  state->columns = std::move(columns);
  // By its thread, which has to be awake for what follows.
  readers_->hand_over(pin_->limits, [readers = readers_.get(), state] {
    if (state->pin->ended) throw ReadError(*state->pin->ended);
    const OutputInfo& info = readers->engine_.output(state->output);
    check_whole(state->pin->rebuilding.get(), state->output, info);
    // The errors are the engine's, whose thread is worker 0.
    const bool is_errors = state->output == readers->engine_.errors_output();
    state->parts = std::vector<ScanState::Part>(is_errors ? 1 : readers->engine_.workers());
    for (ScanState::Part& part : state->parts) part.rows = make_chunk(info, state->columns);
    state->parts_left = state->parts.size();
    readers->scans_.push_back(state);
  });
  return std::make_unique<Scan>(readers_, std::move(state));
}

sql::Chunk Snapshot::find(size_t output, std::span<const uint32_t> columns,
                          std::span<const sql::Datum> keys) {
  sql::Chunk rows;
  // All that is captured lives until the task has run or is abandoned. By reference, so that nothing is
  // allocated for the call.
  const auto find = [&] {
    if (pin_->ended) throw ReadError(*pin_->ended);
    check_whole(pin_->rebuilding.get(), output, readers_->engine_.output(output));
    readers_->engine_.find(output, columns, keys, *pin_, rows);
  };
  readers_->call(pin_->limits, std::ref(find));
  return rows;
}

std::optional<std::vector<sql::Datum>> Snapshot::keys(size_t index, std::span<const sql::Datum> values,
                                                      size_t most, base::Arena& memory) {
  std::vector<sql::Datum> keys;
  bool are_few = false;
  readers_->call(pin_->limits, [&] {
    if (pin_->ended) throw ReadError(*pin_->ended);
    const size_t output = readers_->engine_.indexed_output(index);
    check_whole(pin_->rebuilding.get(), output, readers_->engine_.output(output));
    are_few = readers_->engine_.find_keys(index, values, most, memory, keys);
  });
  return are_few ? std::optional(std::move(keys)) : std::nullopt;
}

std::unique_ptr<Snapshot> Readers::pin(ReadLimits limits, const std::function<void()>& also) {
  std::shared_ptr<Pin> pin;
  const auto begin = [&] {
    if (also) also();
    pin = std::make_shared<Pin>(engine_.epochs(), engine_.sealed_state_epoch(), engine_.workers(), limits);
    pin->rebuilding = engine_.rebuilding();
    pins_.push_back(pin);
    publish_pins();
  };
  call(limits, std::ref(begin));
  return std::make_unique<Snapshot>(shared_from_this(), std::move(pin));
}

std::vector<OperatorCounters> Readers::counters(const ReadLimits& limits) {
  std::vector<OperatorCounters> counters;
  call(limits, [&] { counters = engine_.counters(); });
  return counters;
}

EngineTotals Readers::totals(const ReadLimits& limits) {
  EngineTotals totals{};
  call(limits, [&] {
    const std::span<const uint64_t> records = engine_.records_by_input();
    totals = {engine_.epochs(), {records.begin(), records.end()}, engine_.errors().total()};
  });
  return totals;
}

Progress Readers::progress(const ReadLimits& limits) {
  Progress progress;
  // By its thread, which is the one that asks sources and sinks.
  hand_over(limits, [&] {
    if (engine_.on_progress_) progress = engine_.on_progress_();
  });
  return progress;
}

void Readers::call(const ReadLimits& limits, const std::function<void()>& run) {
  if (const auto end = exceeded(limits)) throw ReadError(*end);
  if (!run_here(run)) hand_over(limits, run);
}

bool Readers::run_here(const std::function<void()>& run) {
  if (!lends_.load(std::memory_order_acquire)) return false;
  const std::lock_guard lock(lent_mutex_);
  if (is_lent_) run();
  return is_lent_;
}

void Readers::hand_over(const ReadLimits& limits, const std::function<void()>& run) {
  if (const auto end = exceeded(limits)) throw ReadError(*end);
  base::give_duty_away();
  std::exception_ptr error;
  auto task = std::make_shared<ReadTask>();
  task->run = [&error, &run] {
    try {
      run();
    } catch (...) {
      error = std::current_exception();
    }
  };
  post(task);
  std::unique_lock lock(task->mutex);
  const auto end = wait(task->changed, lock, limits, [&] { return task->is_done || task->is_abandoned; });
  if (error) std::rethrow_exception(error);
  if (task->is_done) return;
  const bool is_stopped = task->is_abandoned;
  task->is_abandoned = true;
  throw ReadError(is_stopped ? ReadEnd::kStopped : *end);
}

void Readers::post(std::shared_ptr<ReadTask> task) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) {
      task->is_abandoned = true;
      return;
    }
    tasks_.push_back(std::move(task));
  }
  signal();
}

void Readers::signal() {
  // It only fails where the counter is at its end, and then it is readable. First, because what is readable
  // is read only where the flag is set.
  const uint64_t one = 1;
  while (::write(event_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  has_tasks_.store(true, std::memory_order_release);
}

// ---- The engine's thread ----

Readers::Readers(Engine& engine)
    : engine_(engine), event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), workers_(engine.workers()) {
  if (event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Readers::~Readers() {
  ::close(event_);
}

Readers::Rest::Rest(Readers& readers) : readers_(readers) {
  if (readers.engine_.epochs() == 0) return;  // There is nothing to read yet.
  const std::lock_guard lock(readers.lent_mutex_);
  readers.is_lent_ = true;
  readers.lends_.store(true, std::memory_order_release);
}

Readers::Rest::~Rest() {
  readers_.lends_.store(false, std::memory_order_release);
  const std::lock_guard lock(readers_.lent_mutex_);
  readers_.is_lent_ = false;
}

bool Readers::tend() {
  if (has_tasks_.exchange(false, std::memory_order_acquire)) {
    uint64_t count = 0;
    while (::read(event_, &count, sizeof count) < 0 && errno == EINTR) {
    }
    run_tasks();
  }
  if (!pins_.empty()) check_pins();
  remove_ended_scans();
  return std::any_of(scans_.begin(), scans_.end(), [&](const auto& scan) { return has_room(*scan); });
}

void Readers::run_tasks() {
  std::vector<std::shared_ptr<ReadTask>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) {
    const std::lock_guard lock(task->mutex);
    if (task->is_abandoned) continue;
    task->run();
    task->run = nullptr;
    task->is_done = true;
    task->changed.notify_all();
  }
}

void Readers::check_pins() {
  // Copies, because pins are removed on the way.
  for (const std::shared_ptr<Pin>& pin : std::vector(pins_)) {
    if (const auto end = exceeded(pin->limits)) end_pin(pin, *end);
  }
  while (!pins_.empty() && engine_.renumbers_state()) end_pin(pins_.front(), ReadEnd::kPinLost);
  if (!pins_.empty() && engine_.kept_bytes() > budget_bytes_) end_pin(pins_.front(), ReadEnd::kPinLost);
}

void Readers::end_pin(std::shared_ptr<Pin> pin, ReadEnd reason) {
  pin->ended = reason;
  remove_pin(*pin);
}

void Readers::remove_pin(const Pin& pin) {
  if (std::erase_if(pins_, [&](const auto& p) { return p.get() == &pin; }) == 0) return;
  for (const auto& scan : scans_) {
    if (scan->pin.get() == &pin) end_scan(*scan, pin.ended.value_or(ReadEnd::kCancelled));
  }
  remove_ended_scans();
  publish_pins();
}

void Readers::publish_pins() {
  if (pins_.empty()) {
    engine_.set_pins(UINT64_MAX, UINT32_MAX, 0);
  } else {
    engine_.set_pins(pins_.front()->epoch, pins_.front()->state_epoch, pins_.back()->state_epoch);
  }
}

void Readers::end_scan(ScanState& scan, ReadEnd reason) {
  const std::lock_guard lock(scan.mutex);
  if (!scan.failed) scan.failed = reason;
  scan.changed.notify_all();
}

void Readers::remove_ended_scans() {
  std::erase_if(scans_, [](const auto& scan) {
    const std::lock_guard lock(scan->mutex);
    return scan->parts_left == 0 || scan->is_given_up || scan->failed;
  });
}

bool Readers::has_room(ScanState& scan) {
  const std::lock_guard lock(scan.mutex);
  return scan.ready.size() < ScanState::kChunks && !scan.is_given_up;
}

void Readers::stop() {
  std::vector<std::shared_ptr<ReadTask>> tasks;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) {
    const std::lock_guard lock(task->mutex);
    task->is_abandoned = true;
    task->changed.notify_all();
  }
  for (const auto& scan : scans_) end_scan(*scan, ReadEnd::kStopped);
  scans_.clear();
  pins_.clear();
  publish_pins();
}

// ---- Workers ----

uint32_t Readers::run_slice(size_t worker) {
  size_t& next = workers_[worker].next_scan;
  for (size_t tried = 0; tried < scans_.size(); ++tried) {
    ScanState& scan = *scans_[next++ % scans_.size()];
    if (worker >= scan.parts.size()) continue;
    ScanState::Part& part = scan.parts[worker];
    if (part.is_done || !has_room(scan)) continue;
    const Reading reading = {scan.pin->state_epoch, scan.columns, scan.pin->memory[worker]->context};
    uint32_t looked = 0;
    const auto hand_over = [&](bool is_last) {
      const std::lock_guard lock(scan.mutex);
      if (part.rows.rows > 0) scan.ready.push_back(std::move(part.rows));
      if (is_last) --scan.parts_left;
      scan.changed.notify_all();
    };
    while (looked < kSliceRecords && !part.cursor.at_end) {
      looked += engine_.read(worker, scan.output, reading, scan.pin->epoch, part.cursor,
                             kSliceRecords - looked, part.rows);
      if (part.rows.rows + ops::kKeptRows <= sql::kVectorRows) continue;
      hand_over(false);
      part.rows = make_chunk(engine_.output(scan.output), scan.columns);
      if (!has_room(scan)) break;
    }
    if (part.cursor.at_end) {
      part.is_done = true;
      hand_over(true);
    }
    return std::max<uint32_t>(looked, 1);
  }
  return 0;
}

}  // namespace sqlmill::rt::engine
