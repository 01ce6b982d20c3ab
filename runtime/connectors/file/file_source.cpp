// Reads big blocks and hands out views into them. A line that crosses the end of a block is copied to the
// start of the next, so every record is one piece. Blocks are reused once the records in them are released.
// Not mmap: a file that shrinks under a mapping kills the process.
#include "runtime/connectors/file/file_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"

namespace sqlmill::rt::connectors {

namespace {

constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kAskedAhead = 4096;  // Bytes.
constexpr std::chrono::milliseconds kRetryPause{1'000};

class FileSource : public engine::Source {
 public:
  FileSource(int fd, std::string name, int64_t first_line, size_t block_bytes)
      : fd_(fd), name_(std::move(name)), first_line_(first_line) {
    block_ = new_block(block_bytes);
  }
  ~FileSource() override {
    if (fd_ > STDIN_FILENO) ::close(fd_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  size_t poll(std::vector<delta::RawRecord>& records, const engine::Bounds& bounds) override {
    const size_t limit = records.size() + bounds.records;
    size_t bytes = take_lines(records, limit, bounds.bytes);
    while (records.size() < limit && bytes < bounds.bytes && !ended_ && is_readable()) {
      if (!read_more()) break;
      bytes += take_lines(records, limit, bounds.bytes - bytes);
    }
    return bytes;
  }

  engine::Wake wake() const override {
    if (ended_) return {};
    if (failing_) return {-1, retry_at_};
    return {fd_, engine::Wake{}.time};
  }

  void preload() {
    while (!ended_) {
      if (read_more()) continue;
      const engine::Wake next = wake();
      engine::wait_for_first({&next, 1}, kRetryPause);
    }
  }

  void release() override {
    free_.insert(free_.end(), std::make_move_iterator(used_.begin()), std::make_move_iterator(used_.end()));
    used_.clear();
  }

  engine::Offsets next_offsets() const override { return {{0, std::max(line_ + 1, first_line_)}}; }
  bool reached_end() const override { return ended_ && next_ == filled_; }

 private:
  struct Block {
    base::Pages<char[]> data;
    size_t size = 0;
  };

  Block new_block(size_t size) {
    if (size <= kBlockBytes && !free_.empty()) {
      Block block = std::move(free_.back());
      free_.pop_back();
      return block;
    }
    size = std::max(size, kBlockBytes);
    return {base::Pages<char[]>(static_cast<char*>(base::allocate_pages(size))), size};
  }

  bool is_readable() const {
    if (failing_ && std::chrono::steady_clock::now() < retry_at_) return false;
    pollfd wanted{fd_, POLLIN, 0};
    return ::poll(&wanted, 1, 0) != 0;
  }

  /// Appends a read to the block. False: nothing came, try later.
  bool read_more() {
    if (filled_ == block_.size) {
      const size_t rest = filled_ - next_;
      Block next = new_block(2 * rest);
      std::memcpy(next.data.get(), block_.data.get() + next_, rest);
      used_.push_back(std::exchange(block_, std::move(next)));
      if (line_ < first_line_) release();  // Nothing was lent so far.
      next_ = 0;
      filled_ = rest;
      searched_ = rest;
    }
    const ssize_t bytes = ::read(fd_, block_.data.get() + filled_, block_.size - filled_);
    if (bytes < 0) {
      if (errno == EINTR || errno == EAGAIN) return false;
      if (!std::exchange(failing_, true))
        spdlog::error("{}: reading fails: {}; trying again", name_, std::strerror(errno));
      retry_at_ = std::chrono::steady_clock::now() + kRetryPause;
      return false;
    }
    if (std::exchange(failing_, false)) spdlog::info("{}: reading works again", name_);
    filled_ += static_cast<size_t>(bytes);
    ended_ = bytes == 0;
    return true;
  }

  /// Returns the bytes of the lines that were appended.
  size_t take_lines(std::vector<delta::RawRecord>& records, size_t limit, size_t max_bytes) {
    const char* data = block_.data.get();
    size_t bytes = 0;
    size_t asked = 0;
    while (records.size() < limit && bytes < max_bytes && next_ < filled_) {
      // What the processor asks for by itself ends with each page of 4 KiB.
      asked = std::max(asked, searched_);
      if (const size_t ahead = std::min(searched_ + kAskedAhead, filled_); asked < ahead) {
        base::prefetch(data + asked, ahead - asked);
        asked = ahead;
      }
      const void* found = std::memchr(data + searched_, '\n', filled_ - searched_);
      if (found == nullptr && !ended_) {
        searched_ = filled_;
        return bytes;
      }
      const size_t end =
          found == nullptr ? filled_ : static_cast<size_t>(static_cast<const char*>(found) - data);
      bytes += take_line({data + next_, end - next_}, records);
      next_ = found == nullptr ? filled_ : end + 1;
      searched_ = next_;
    }
    return bytes;
  }

  static bool is_blank(std::string_view line) {
    return (line.empty() || line.front() <= ' ') && line.find_first_not_of(" \t\r") == line.npos;
  }

  size_t take_line(std::string_view line, std::vector<delta::RawRecord>& records) {
    ++line_;
    if (line_ == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line_ < first_line_ || is_blank(line)) return 0;
    delta::RawRecord& record = records.emplace_back();
    record.payload = line;
    record.offset = line_;
    return line.size();
  }

  int fd_;
  std::string name_;
  int64_t first_line_;  // Earlier lines were taken before a restart.
  int64_t line_ = 0;
  Block block_;
  size_t next_ = 0;      // In the block: start of the line that comes next,
  size_t searched_ = 0;  // up to where it has no newline,
  size_t filled_ = 0;    // and the end of what was read.
  bool ended_ = false;
  bool failing_ = false;
  std::chrono::steady_clock::time_point retry_at_;  // While it is failing.
  std::vector<Block> used_;                         // Lent to records.
  std::vector<Block> free_;
};

}  // namespace

std::unique_ptr<engine::Source> open_file_source(const ResolvedInput& input) {
  const std::string path(input.options.text("path"));
  const auto resumed = input.start_offsets.find(0);
  const int64_t first_line = resumed == input.start_offsets.end() ? 1 : resumed->second;
  const bool is_standard_input = path == "-";
  const int fd = is_standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    throw OptionError(
        fmt::format("{}: cannot open {}: {}", input.options.relation, path, std::strerror(errno)));
  }
  struct stat status;
  const bool has_status = ::fstat(fd, &status) == 0;
  if (has_status && S_ISDIR(status.st_mode)) {
    if (!is_standard_input) ::close(fd);
    throw OptionError(fmt::format("{}: cannot read {}: it is a directory", input.options.relation, path));
  }
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  const bool whole = input.preload && has_status && S_ISREG(status.st_mode);
  auto source = std::make_unique<FileSource>(fd, is_standard_input ? "standard input" : path, first_line,
                                             whole ? static_cast<size_t>(status.st_size) + 1 : kBlockBytes);
  if (input.preload) source->preload();
  return source;
}

}  // namespace sqlmill::rt::connectors
