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

CheckpointWriter::CheckpointWriter(StateDirectory& directory, std::function<void()> done)
    : directory_(directory),
      done_(std::move(done)),
      // The first one soon: until then there is nothing to go back to.
      next_copy_(steady_clock::now()),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

CheckpointWriter::~CheckpointWriter() {
  thread_.request_stop();
  thread_.join();
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
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, most, [this] { return !is_busy_; });
}

Written CheckpointWriter::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

void CheckpointWriter::run(std::stop_token stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return is_busy_; })) return;
    }
    if (!write_until_durable(stop)) return;
    keep_now_and_then();
    {
      const std::lock_guard lock(mutex_);
      capture_ = {};
      is_busy_ = false;
      changed_.notify_all();
    }
    done_();
  }
}

bool CheckpointWriter::write_until_durable(const std::stop_token& stop) {
  const auto begin = steady_clock::now();
  size_t bytes = 0;
  for (bool is_told = false;; is_told = true) {
    try {
      bytes = directory_.write(capture_.metadata, capture_.changed, capture_.dropped);
      if (is_told) spdlog::info("checkpoints are written again");
      break;
    } catch (const DiskFailure& failure) {
      // Statements that wait must not be told that they failed: the next program may find what they did.
      fmt::print(stderr, "fault: {}\n", failure.what());
      std::_Exit(3);
    } catch (const StateError& error) {
      if (!is_told) spdlog::error("{}; trying again", error.what());
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, stop, kRetryPause, [] { return false; }) || stop.stop_requested())
      return false;
  }
  for (const engine::WriteEnd& end : std::exchange(capture_.held, {})) end(nullptr);
  base::pass(base::KillPoint::acknowledged);
  const std::lock_guard lock(mutex_);
  ++written_.checkpoints;
  for (const state::ChangedEntries& share : capture_.changed) written_.entries += share.entries();
  written_.bytes += bytes;
  written_.longest = std::max<std::chrono::nanoseconds>(written_.longest, steady_clock::now() - begin);
  return true;
}

void CheckpointWriter::keep_now_and_then() {
  const auto now = steady_clock::now();
  if (now < next_copy_) return;
  next_copy_ = now + kCopyInterval;
  try {
    directory_.keep();
  } catch (const std::exception& error) {
    spdlog::error("no older checkpoint is kept: {}", error.what());
  }
}

}  // namespace sqlmill::rt::checkpoint
