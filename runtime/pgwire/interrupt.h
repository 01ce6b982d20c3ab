// Stops the statement of a session that runs, from any thread: a cancel request, a timeout, a client that
// has gone, the end of the server.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

namespace sqlmill::rt::pgwire {

enum class InterruptReason : uint8_t { kCancel, kTimeout, kGone, kShutdown };

class Interrupt {
 public:
  /// From here on `statement` is what an interrupt stops. Returns a number for it. Nothing interrupts two
  /// statements: a cancel that comes between them is lost, as in PostgreSQL.
  uint64_t begin(std::stop_source statement) {
    const std::lock_guard lock(mutex_);
    running_.emplace(std::move(statement));
    reason_.reset();
    if (is_closed_) stop(InterruptReason::kShutdown);
    return ++number_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    running_.reset();
  }
  /// Why the last statement was stopped.
  std::optional<InterruptReason> reason() const {
    const std::lock_guard lock(mutex_);
    return reason_;
  }

  void interrupt(InterruptReason reason) {
    const std::lock_guard lock(mutex_);
    if (reason == InterruptReason::kShutdown) is_closed_ = true;
    stop(reason);
  }
  /// Only if that statement still runs.
  void interrupt(InterruptReason reason, uint64_t number) {
    const std::lock_guard lock(mutex_);
    if (number == number_) stop(reason);
  }
  bool is_running() const {
    const std::lock_guard lock(mutex_);
    return running_.has_value();
  }
  bool is_closed() const {
    const std::lock_guard lock(mutex_);
    return is_closed_;
  }

 private:
  void stop(InterruptReason reason) {
    if (!running_ || reason_) return;
    reason_ = reason;
    running_->request_stop();
  }

  mutable std::mutex mutex_;
  std::optional<std::stop_source> running_;
  std::optional<InterruptReason> reason_;
  uint64_t number_ = 0;
  bool is_closed_ = false;
};

}  // namespace sqlmill::rt::pgwire
