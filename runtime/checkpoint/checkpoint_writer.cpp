#include "runtime/checkpoint/checkpoint_writer.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "runtime/base/kill_point.h"

namespace sqlmill::rt::checkpoint {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kRetryPause(1);
/// How often an older checkpoint is kept.
constexpr std::chrono::seconds kCopyInterval(60);

}  // namespace

CheckpointWriter::CheckpointWriter(CheckpointStore& store, std::function<void()> done, Work work)
    : store_(store),
      done_(std::move(done)),
      // The first one soon: until then there is nothing to go back to.
      next_copy_(steady_clock::now()) {
  if (work == Work::kOwnThread) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

CheckpointWriter::~CheckpointWriter() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  fail(capture_.held);
}

void fail(std::vector<engine::WriteEnd>& held) {
  for (const engine::WriteEnd& end : std::exchange(held, {}))
    end(std::make_exception_ptr(engine::ReadError(engine::ReadEnd::kStopped)));
}

bool CheckpointWriter::is_busy() const {
  const std::lock_guard lock(mutex_);
  return is_busy_;
}

void CheckpointWriter::write(Capture capture) {
  const std::lock_guard lock(mutex_);
  capture_ = std::move(capture);
  is_busy_ = true;
  changed_.notify_all();
}

bool CheckpointWriter::wait(std::chrono::milliseconds most) {
  if (!thread_.joinable()) step();
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, thread_.joinable() ? most : most.zero(), [this] { return !is_busy_; });
}

Written CheckpointWriter::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

void CheckpointWriter::run(const std::stop_token& stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return is_busy_; })) return;
    }
    if (try_write()) {
      finish();
      continue;
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, stop, kRetryPause, [] { return false; }) || stop.stop_requested()) return;
  }
}

void CheckpointWriter::step() {
  if (is_busy() && try_write()) finish();
}

bool CheckpointWriter::try_write() {
  const bool is_told = begun_.has_value();
  if (!begun_) begun_ = steady_clock::now();
  size_t bytes = 0;
  try {
    bytes = store_.write(capture_.metadata, capture_.changed, capture_.dropped);
    if (is_told) spdlog::info("checkpoints are written again");
  } catch (const DiskFailure& failure) {
    // Statements that wait must not be told that they failed: the next program may find what they did.
    fmt::print(stderr, "fault: {}\n", failure.what());
    std::_Exit(3);
  } catch (const StateError& error) {
    if (!is_told) spdlog::error("{}; trying again", error.what());
    return false;
  }
  for (const engine::WriteEnd& end : std::exchange(capture_.held, {})) end(nullptr);
  base::pass(base::KillPoint::acknowledged);
  const std::lock_guard lock(mutex_);
  ++written_.checkpoints;
  for (const state::ChangedEntries& share : capture_.changed) written_.entries += share.entries();
  written_.bytes += bytes;
  written_.longest = std::max<std::chrono::nanoseconds>(written_.longest, steady_clock::now() - *begun_);
  begun_.reset();
  return true;
}

void CheckpointWriter::finish() {
  keep_now_and_then();
  {
    const std::lock_guard lock(mutex_);
    capture_ = {};
    is_busy_ = false;
    changed_.notify_all();
  }
  done_();
}

void CheckpointWriter::keep_now_and_then() {
  const auto now = steady_clock::now();
  if (now < next_copy_) return;
  next_copy_ = now + kCopyInterval;
  try {
    store_.keep();
  } catch (const std::exception& error) {
    spdlog::error("no older checkpoint is kept: {}", error.what());
  }
}

}  // namespace sqlmill::rt::checkpoint
