// The folder in which builds keep what may serve again: $SQLMILL_CACHE, $XDG_CACHE_HOME/sqlmill or
// ~/.cache/sqlmill. It is bounded: after a build that added something, what was not used for the longest time
// goes, until the rest has at most $SQLMILL_CACHE_SIZE.
//
// Builds may run at the same time. Each holds a shared lock while it lives, and only who gets the lock alone
// removes anything, so that nothing is removed under a build that has found it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace sqlmill::driver {

class BuildCache {
 public:
  /// Makes the folders, and waits while another process removes. Throws BuildError, and FileError if the
  /// environment variable for the size is wrong.
  BuildCache();
  ~BuildCache();
  BuildCache(const BuildCache&) = delete;
  BuildCache& operator=(const BuildCache&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  /// `name` in `objects`, `binaries` or `headers`, whether or not it is there.
  std::filesystem::path place(const std::string& kind, const std::string& name) const {
    return folder_ / kind / name;
  }
  /// Whether it is there; if so, it counts as used now.
  bool use(const std::filesystem::path& place);
  /// Removes what is too much, unless another build is running: that one will do it.
  void trim();

 private:
  std::filesystem::path folder_;
  uint64_t limit_;  // In bytes; 0: none.
  int lock_;
};

}  // namespace sqlmill::driver
