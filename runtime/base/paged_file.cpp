#include "runtime/base/paged_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <system_error>

namespace sqlmill::rt::base {

namespace {

constexpr size_t kSweptBytes = size_t{2} << 20;  // At a time.
constexpr std::chrono::milliseconds kPause(5);
constexpr uint64_t kPresent = uint64_t{1} << 63;  // Of an entry of /proc/self/pagemap.

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

int open_without_name(const std::string& directory) {
  std::string path = directory + "/paged-XXXXXX";
  const int file = ::mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) fail(errno, "cannot make a file in " + directory);
  ::unlink(path.c_str());
  return file;
}

int open_to_read(const char* path) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(errno, path);
  return file;
}

size_t whole_pages(size_t bytes) {
  return (bytes + PagedFile::kPageBytes - 1) / PagedFile::kPageBytes * PagedFile::kPageBytes;
}

}  // namespace

PagedFile::PagedFile(const std::string& directory, size_t limit_bytes)
    : file_(open_without_name(directory)),
      page_map_(open_to_read("/proc/self/pagemap")),
      counts_(open_to_read("/proc/self/statm")),
      limit_bytes_(limit_bytes),
      page_entries_(kSweptBytes / kPageBytes) {
  struct statfs system{};
  if (::fstatfs(file_, &system) != 0) fail(errno, directory);
  if (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC) {
    fail(ENOTSUP, directory + " itself lies in memory");
  }
  // A sparse file: what is beyond its pieces takes no room.
  reserved_bytes_ = static_cast<size_t>(system.f_blocks) * static_cast<size_t>(system.f_bsize);
  reserved_bytes_ = reserved_bytes_ / kSweptBytes * kSweptBytes;
  if (::ftruncate(file_, static_cast<off_t>(reserved_bytes_)) != 0) fail(errno, directory);
  void* mapped =
      ::mmap(nullptr, reserved_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_, 0);
  if (mapped == MAP_FAILED) fail(errno, directory);
  memory_ = static_cast<char*>(mapped);
  // What lies beside a record is not what is used next.
  ::madvise(memory_, reserved_bytes_, MADV_RANDOM);
  watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

PagedFile::~PagedFile() {
  watcher_ = std::jthread();
  ::munmap(memory_, reserved_bytes_);
  ::close(counts_);
  ::close(page_map_);
  ::close(file_);
}

char* PagedFile::allocate(size_t bytes) {
  hold_limit();
  bytes = whole_pages(bytes);
  const std::lock_guard lock(pieces_mutex_);
  const auto place =
      std::find_if(free_.begin(), free_.end(), [&](const auto& free) { return free.second >= bytes; });
  const size_t begin = place != free_.end() ? place->first : end_;
  const int error = begin + bytes > reserved_bytes_
                        ? ENOSPC
                        : ::posix_fallocate(file_, static_cast<off_t>(begin), static_cast<off_t>(bytes));
  if (error != 0) fail(error, "no room in the state directory for state that does not fit into memory");
  if (place != free_.end()) {
    const size_t left = place->second - bytes;
    free_.erase(place);
    if (left > 0) free_.emplace(begin + bytes, left);
  } else {
    end_ += bytes;
  }
  pieces_.emplace(begin, bytes);
  return memory_ + begin;
}

void PagedFile::free(char* piece) {
  const std::lock_guard lock(pieces_mutex_);
  const auto found = pieces_.find(static_cast<size_t>(piece - memory_));
  size_t begin = found->first;
  size_t bytes = found->second;
  pieces_.erase(found);
  give_back(piece, bytes);
  const auto next = free_.lower_bound(begin);
  if (next != free_.end() && begin + bytes == next->first) bytes += next->second;
  if (next != free_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == begin) {
      begin = before->first;
      bytes += before->second;
    }
  }
  free_.erase(free_.lower_bound(begin), free_.lower_bound(begin + bytes));
  if (begin + bytes == end_) {
    end_ = begin;
  } else {
    free_.emplace(begin, bytes);
  }
}

void PagedFile::give_back(char* begin, size_t bytes) {
  // Where the file system cannot do that, pages must be zero all the same.
  if (::madvise(begin, bytes, MADV_REMOVE) != 0) std::fill_n(begin, bytes, '\0');
}

PagedFile::Resident PagedFile::resident() const {
  char text[128];
  const ssize_t length = ::pread(counts_, text, sizeof text - 1, 0);
  if (length <= 0) return {};
  text[length] = '\0';
  char* rest = nullptr;
  std::strtoull(text, &rest, 10);  // The size of the address space.
  const size_t pages = std::strtoull(rest, &rest, 10);
  return {pages * kPageBytes, std::strtoull(rest, nullptr, 10) * kPageBytes};
}

size_t PagedFile::end_of_pieces() {
  const std::lock_guard lock(pieces_mutex_);
  return end_;
}

void PagedFile::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    hold_limit();
    stopping_.wait_for(lock, stop, kPause, [] { return false; });
  }
}

bool PagedFile::is_above_limit() {
  const Resident now = resident();
  // An eighth is room for what is mapped until the next look. A quarter is left to state, whatever else there
  // is: with less, all that is unmapped is used at once.
  if (now.all <= limit_bytes_ - limit_bytes_ / 8) return false;
  if (now.of_files > limit_bytes_ / 4) return true;
  if (now.all > limit_bytes_ && !was_told_.exchange(true)) {
    spdlog::warn("--memory-limit of {} MiB cannot be held: {} MiB are in use besides state",
                 limit_bytes_ >> 20, (now.all - now.of_files) >> 20);
  }
  return false;
}

void PagedFile::hold_limit() {
  if (!is_above_limit()) return;
  const std::lock_guard lock(sweep_mutex_);
  const size_t end = end_of_pieces();
  for (size_t swept = 0; swept < end && is_above_limit(); swept += kSweptBytes) {
    if (hand_ >= end) hand_ = 0;
    sweep(hand_, std::min(hand_ + kSweptBytes, end));
    hand_ += kSweptBytes;
  }
}

void PagedFile::sweep(size_t begin, size_t end) {
  const size_t pages = (end - begin) / kPageBytes;
  const uintptr_t first = reinterpret_cast<uintptr_t>(memory_ + begin) / kPageBytes;
  const ssize_t bytes = ::pread(page_map_, page_entries_.data(), pages * sizeof(uint64_t),
                                static_cast<off_t>(first * sizeof(uint64_t)));
  if (bytes < 0) return;
  const size_t known = static_cast<size_t>(bytes) / sizeof(uint64_t);
  const auto is_mapped = [&](size_t i) { return (page_entries_[i] & kPresent) != 0; };
  for (size_t i = 0; i < known;) {
    const size_t from = i;
    while (i < known && is_mapped(i) == is_mapped(from)) ++i;
    const size_t at = begin + from * kPageBytes;
    const size_t length = (i - from) * kPageBytes;
    if (is_mapped(from)) {
      ::madvise(memory_ + at, length, MADV_DONTNEED);
    } else {
      // What has been written since the last time leaves; the rest is written until the next time.
      ::posix_fadvise(file_, static_cast<off_t>(at), static_cast<off_t>(length), POSIX_FADV_DONTNEED);
      ::sync_file_range(file_, static_cast<off_t>(at), static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE);
    }
  }
}

}  // namespace sqlmill::rt::base
