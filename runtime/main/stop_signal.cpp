#include "runtime/main/stop_signal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "runtime/engine/fault.h"

namespace sqlmill::rt::main {

namespace {

constexpr int kGraceMs = 10'000;
constexpr char kSignalled = 's';
constexpr char kDone = 'd';

volatile int wake_descriptor = -1;  // All that a signal handler can reach.

void wake(int descriptor, char why) {
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &why, 1);
  errno = error;
}

void on_signal(int) {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  wake(wake_descriptor, kSignalled);
}

void handle(int signal) {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
  if (::pipe2(wake_, O_CLOEXEC) != 0) {
    throw engine::Fault("cannot make a pipe: " + std::generic_category().message(errno));
  }
  wake_descriptor = wake_[1];
  thread_ = std::thread([this] { wait_for_signal(); });
  std::signal(SIGPIPE, SIG_IGN);
  handle(SIGINT);
  handle(SIGTERM);
}

StopSignal::~StopSignal() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  wake(wake_[1], kDone);
  thread_.join();
  ::close(wake_[0]);
  ::close(wake_[1]);
}

void StopSignal::wait_for_signal() {
  char why = kDone;
  if (::read(wake_[0], &why, 1) != 1 || why == kDone) return;
  stop_.request_stop();
  pollfd done = {wake_[0], POLLIN, 0};
  if (::poll(&done, 1, kGraceMs) == 0) give_up_.request_stop();
}

}  // namespace sqlmill::rt::main
