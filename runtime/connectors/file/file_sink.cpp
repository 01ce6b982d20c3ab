#include "runtime/connectors/file/file_sink.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "runtime/connectors/file/line_sink.h"

namespace sqlmill::rt::connectors {

std::unique_ptr<engine::Sink> open_file_sink(const ResolvedSink& sink) {
  const std::string path(sink.options.text("path"));
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (sink.resumes ? O_APPEND : O_TRUNC);
  const int fd = ::open(path.c_str(), flags, 0666);
  if (fd < 0) {
    throw OptionError(
        fmt::format("{}: cannot open {}: {}", sink.options.relation, path, std::strerror(errno)));
  }
  return make_line_sink(sink, fd, path, true);
}

}  // namespace sqlmill::rt::connectors
