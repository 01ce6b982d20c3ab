#include "compiler/driver/build_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "compiler/driver/stages.h"
#include "compiler/driver/toolchain.h"

namespace sqlmill::driver {

namespace {

namespace fs = std::filesystem;
using Time = fs::file_time_type;

constexpr uint64_t kDefaultLimit = uint64_t{2} << 30;
/// A build that has just ended may still copy or start its binary.
constexpr std::chrono::minutes kStillUsed{1};
/// The folders of builds that were killed. A build that works for longer than this holds the lock.
constexpr std::chrono::hours kAbandoned{1};

fs::path cache_folder() {
  if (const char* folder = std::getenv("SQLMILL_CACHE")) return folder;
  if (const char* folder = std::getenv("XDG_CACHE_HOME")) return fs::path(folder) / "sqlmill";
  if (const char* home = std::getenv("HOME")) return fs::path(home) / ".cache" / "sqlmill";
  return fs::temp_directory_path() / "sqlmill-cache";
}

/// `500M`, `4G`.
uint64_t cache_limit() {
  const char* given = std::getenv("SQLMILL_CACHE_SIZE");
  if (!given || !*given) return kDefaultLimit;
  const std::string_view text = given;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  constexpr std::string_view kUnits[] = {"", "K", "M", "G"};
  const auto* const found = std::find(std::begin(kUnits), std::end(kUnits), unit);
  const auto shift = static_cast<uint64_t>(10 * (found - std::begin(kUnits)));
  if (error != std::errc() || found == std::end(kUnits) || number > UINT64_MAX >> shift) {
    throw FileError{fmt::format(
        "SQLMILL_CACHE_SIZE is \"{}\": write a number of bytes, or one with K, M or G (4G); 0 is no limit",
        text)};
  }
  return number << shift;
}

struct Entry {
  fs::path path;
  uint64_t bytes;
  Time used;
};

/// Of a file, or of all files in a folder.
uint64_t bytes_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const uint64_t bytes = fs::file_size(path, error);
    return error ? 0 : bytes;
  }
  uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(path, error)) bytes += bytes_of(entry.path());
  return bytes;
}

std::vector<Entry> entries_of(const fs::path& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const Time used = fs::last_write_time(entry.path(), error);
    if (!error) entries.push_back({entry.path(), bytes_of(entry.path()), used});
  }
  return entries;
}

}  // namespace

BuildCache::BuildCache() : folder_(cache_folder()), limit_(cache_limit()) {
  std::error_code error;
  for (const char* kind : {"objects", "binaries", "headers", "work"}) {
    fs::create_directories(folder_ / kind, error);
    if (error)
      throw BuildError{
          fmt::format("cannot create the cache folder {}: {}", (folder_ / kind).string(), error.message())};
  }
  // Where files cannot be locked, nothing is removed either.
  lock_ = open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ >= 0) flock(lock_, LOCK_SH);
}

BuildCache::~BuildCache() {
  if (lock_ >= 0) close(lock_);
}

bool BuildCache::use(const fs::path& place) {
  std::error_code error;
  if (!fs::exists(place, error)) return false;
  fs::last_write_time(place, Time::clock::now(),
                      error);  // Of another user's cache it may not be ours to set.
  return true;
}

void BuildCache::trim() {
  if (limit_ == 0 || lock_ < 0 || flock(lock_, LOCK_EX | LOCK_NB) != 0) return;
  const Time now = Time::clock::now();
  std::error_code ignored;
  for (const Entry& work : entries_of(folder_ / "work")) {
    if (now - work.used > kAbandoned) fs::remove_all(work.path, ignored);
  }
  std::vector<Entry> entries;
  uint64_t bytes = 0;
  for (const char* kind : {"objects", "binaries", "headers"}) {
    for (Entry& entry : entries_of(folder_ / kind)) {
      bytes += entry.bytes;
      entries.push_back(std::move(entry));
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (bytes <= limit_ || now - entry.used < kStillUsed) break;
    // First away from its place, as a whole: half of a header's folder must not be found.
    const fs::path aside = folder_ / "work" / ("removed-" + entry.path.filename().string());
    fs::rename(entry.path, aside, ignored);
    fs::remove_all(aside, ignored);
    bytes -= entry.bytes;
  }
}

}  // namespace sqlmill::driver
