#include "runtime/connectors/kafka/signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "runtime/engine/fault.h"

namespace sqlmill::rt::connectors {

Signal::Signal() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0)
    throw engine::Fault("cannot make an eventfd: " + std::generic_category().message(errno));
}

Signal::~Signal() {
  ::close(descriptor_);
}

void Signal::raise() {
  if (raised_.exchange(true)) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(descriptor_, &one, sizeof one);
}

void Signal::clear() {
  if (!raised_.load()) return;
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(descriptor_, &count, sizeof count);
  // Last: a raise() before this is lost, but what it is about is there already.
  raised_.store(false);
}

}  // namespace sqlmill::rt::connectors
