#include "runtime/main/output_stream.h"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "runtime/engine/fault.h"

namespace sqlmill::rt::main {

void OutputStream::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready = {descriptor_, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno == EPIPE) {
      throw OutputClosed("standard output is closed");
    } else if (errno != EINTR) {
      throw engine::Fault(
          fmt::format("cannot write to standard output: {}", std::generic_category().message(errno)));
    }
  }
  buffer_.clear();
}

}  // namespace sqlmill::rt::main
