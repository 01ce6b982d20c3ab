#include "runtime/main/record_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "runtime/engine/fault.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {
constexpr size_t kBlockBytes = 1 << 20;
}

RecordFile::RecordFile(const std::string& path)
    : path_(path == "-" ? "standard input" : path),
      descriptor_(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat status = {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
    throw UserError(fmt::format("--input: cannot open {}: {}", path_, std::generic_category().message(errno)));
  }
  if (S_ISDIR(status.st_mode)) {
    ::close(descriptor_);
    throw UserError(fmt::format("--input: {} is a directory", path_));
  }
}

RecordFile::~RecordFile() { ::close(descriptor_); }

bool RecordFile::read_more() {
  if (blocks_.empty() || capacity_ - end_ < kBlockBytes / 16) {
    // A line that is cut by the block's end moves to the next block; it has at least as much room there.
    const size_t rest = end_ - begin_;
    const size_t capacity = std::max(kBlockBytes, 2 * rest);
    auto block = std::make_unique_for_overwrite<char[]>(capacity + delta::RawRecord::kPadding);
    if (rest > 0) std::memcpy(block.get(), blocks_.back().get() + begin_, rest);
    blocks_.push_back(std::move(block));
    capacity_ = capacity;
    begin_ = 0;
    end_ = rest;
  }
  const ssize_t bytes = ::read(descriptor_, blocks_.back().get() + end_, capacity_ - end_);
  if (bytes > 0) {
    end_ += static_cast<size_t>(bytes);
  } else if (bytes == 0) {
    at_end_ = true;
  } else if (errno == EINTR || errno == EAGAIN) {
    return false;
  } else {
    throw engine::Fault(fmt::format("cannot read {}: {}", path_, std::generic_category().message(errno)));
  }
  return true;
}

bool RecordFile::next_line(std::string_view& line) {
  const std::string_view rest = blocks_.empty() ? std::string_view() : std::string_view(blocks_.back().get() + begin_, end_ - begin_);
  const size_t line_break = rest.find('\n');
  if (line_break != std::string_view::npos) {
    line = rest.substr(0, line_break);
    begin_ += line_break + 1;
    return true;
  }
  if (!at_end_ || rest.empty()) return false;
  line = rest;
  begin_ = end_;
  return true;
}

void RecordFile::poll(std::vector<delta::RawRecord>& records, size_t max_records, std::chrono::milliseconds timeout) {
  const size_t full = records.size() + max_records;
  const size_t before = records.size();
  while (records.size() < full) {
    std::string_view line;
    if (next_line(line)) {
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      delta::RawRecord& record = records.emplace_back();
      record.payload = line;
      record.offset = next_offset_++;
      continue;
    }
    if (at_end_) return;
    pollfd ready = {descriptor_, POLLIN, 0};
    const int wait_ms = records.size() > before ? 0 : static_cast<int>(timeout.count());
    if (::poll(&ready, 1, wait_ms) <= 0 || !read_more()) return;
  }
}

void RecordFile::release() {
  while (blocks_.size() > 1) blocks_.pop_front();
}

}  // namespace sqlmill::rt::main
