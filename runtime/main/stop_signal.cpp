#include "runtime/main/stop_signal.h"

#include <csignal>

namespace sqlmill::rt::main {

namespace {

std::atomic<bool> stop_requested = false;  // A signal handler has no other way to say anything.
static_assert(std::atomic<bool>::is_always_lock_free);

void request_stop(int) {
  stop_requested.store(true);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

const std::atomic<bool>& watch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = request_stop;  // Without SA_RESTART: a read of standard input ends, too.
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return stop_requested;
}

}  // namespace sqlmill::rt::main
