// How much a sink may have waiting for the outside world, what becomes of what comes when that is full, and a
// line of the log now and then while the sink lags behind. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

class OutboxRoom {
 public:
  explicit OutboxRoom(const Options& options);

  using Clock = std::chrono::steady_clock;

  /// It is full, and the pipeline is to wait.
  bool blocks() const { return !drops_ && bytes_ >= max_bytes_; }
  /// Notes that these wait. False: they are dropped instead.
  bool take(std::span<const engine::SinkMessage> messages);
  /// It waits no more.
  void give_back(const engine::SinkMessage& message);
  /// Between epochs: says how far behind it is, if it has been for a while.
  void tell(Clock::time_point now = Clock::now());
  engine::Backlog backlog(Clock::time_point now = Clock::now()) const;

 private:
  const std::string relation_;
  const uint64_t max_bytes_;
  const bool drops_;
  uint64_t bytes_ = 0;
  uint64_t messages_ = 0;
  uint64_t taken_ = 0;
  uint64_t dropped_ = 0;
  uint64_t told_dropped_ = 0;
  bool told_full_ = false;
  /// The one that was the newest when it was last looked whether there is lag.
  uint64_t marked_ = 0;
  Clock::time_point marked_at_;
  Clock::time_point next_;
};

}  // namespace sqlmill::rt::connectors
