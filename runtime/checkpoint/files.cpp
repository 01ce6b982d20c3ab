#include "runtime/checkpoint/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <random>

namespace sqlmill::rt::checkpoint {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kFormat = "SQLMill state, format 3\n";
/// Read as well; with the first checkpoint they become the other.
constexpr std::string_view kFormerFormats[] = {"SQLMill state, format 1\n", "SQLMill state, format 2\n"};
constexpr std::string_view kHadCheckpoint = "has had a checkpoint\n";
constexpr std::string_view kWentBack = "went back to an older checkpoint\n";

}  // namespace

void fail_on_system(std::string_view what, const std::string& path) {
  throw StateError(fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

void sync_path(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_on_system("sync", path);
  const bool is_synced = ::fsync(fd) == 0;
  ::close(fd);
  if (!is_synced) fail_on_system("sync", path);
}

void write_file(const std::string& path, std::string_view text) {
  const std::string partial = path + ".new";
  const int fd = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail_on_system("create", partial);
  const bool is_written =
      ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!is_written || ::rename(partial.c_str(), path.c_str()) != 0) fail_on_system("write", path);
}

std::string read_file(const std::string& path) {
  std::string text(256, '\0');
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  const ssize_t size = ::read(fd, text.data(), text.size());
  ::close(fd);
  text.resize(static_cast<size_t>(std::max<ssize_t>(size, 0)));
  return text;
}

std::vector<uint64_t> kept_checkpoints(const std::string& directory) {
  std::vector<uint64_t> numbers;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(directory) / "kept", none)) {
    const std::string name = entry.path().filename();
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string StateMarks::text() const {
  return fmt::format("{}{}{}", kFormat, had_checkpoint ? kHadCheckpoint : "", went_back ? kWentBack : "");
}

StateMarks StateMarks::parse(const std::string& text, const std::string& directory) {
  StateMarks marks;
  marks.is_former_format = std::any_of(std::begin(kFormerFormats), std::end(kFormerFormats),
                                       [&](std::string_view former) { return text.starts_with(former); });
  if (!marks.is_former_format && !text.starts_with(kFormat)) {
    throw StateError(fmt::format("{} was written by another version of SQLMill: {}", directory,
                                 text.substr(0, text.find('\n'))));
  }
  marks.had_checkpoint = text.find(kHadCheckpoint) != std::string::npos;
  marks.went_back = text.find(kWentBack) != std::string::npos;
  return marks;
}

namespace {

std::string copy_path(const std::string& directory) {
  return directory + "/COPY";
}

}  // namespace

void write_copy_mark(const std::string& directory, const std::string& from) {
  const std::string owner = fmt::format("{:08x}{:08x}", std::random_device()(), std::random_device()());
  write_file(copy_path(directory), fmt::format("{}\n{}\n", owner, from));
  sync_path(directory);
}

CopyMark copy_mark(const std::string& directory) {
  std::string text = read_file(copy_path(directory));
  if (text.empty()) {
    write_copy_mark(directory, "");
    text = read_file(copy_path(directory));
  }
  const size_t line = text.find('\n');
  const size_t end = line == std::string::npos ? line : text.find('\n', line + 1);
  if (end == std::string::npos) throw StateError(fmt::format("{} cannot be read", copy_path(directory)));
  return {text.substr(0, line), text.substr(line + 1, end - line - 1)};
}

void write_state_of_copy(const std::string& directory) {
  StateMarks marks;
  marks.had_checkpoint = true;
  marks.went_back = true;
  write_file(directory + "/STATE", marks.text());
  sync_path(directory);
}

}  // namespace sqlmill::rt::checkpoint
