// SIGINT and SIGTERM ask for a clean stop; a second one gets what the system does by default, which is to end
// at once.
#pragma once

#include <stop_token>
#include <thread>

namespace sqlmill::rt::main {

/// One object a process. While it lives, SIGPIPE is ignored as well, so that a closed pipe is an error of
/// write().
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Requested by the first signal: take no more input, finish what was begun.
  std::stop_token stop() const { return stop_.get_token(); }
  /// Requested ten seconds later: what waits for an outside world that is away gives up.
  std::stop_token give_up() const { return give_up_.get_token(); }

 private:
  void wait_for_signal();

  std::stop_source stop_;
  std::stop_source give_up_;
  int wake_[2];  // A pipe: a handler may do no more than write to it.
  std::thread thread_;
};

}  // namespace sqlmill::rt::main
