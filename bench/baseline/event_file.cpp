#include "bench/baseline/event_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace sqlmill::bench::baseline {

EventFile::EventFile(const char* path) {
  const auto fail = [&] {
    std::perror(path);
    std::exit(3);
  };
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (file < 0 || ::fstat(file, &status) != 0) fail();
  const auto file_size = static_cast<size_t>(status.st_size);
  mapping_ = Mapping(file_size + kPadding);
  while (size_ < file_size) {
    const ssize_t got = ::read(file, mapping_.data() + size_, file_size - size_);
    if (got < 0) fail();
    if (got == 0) break;
    size_ += static_cast<size_t>(got);
  }
  ::close(file);
}

}  // namespace sqlmill::bench::baseline
