#include "runtime/checkpoint/backup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "runtime/checkpoint/files.h"
#include "runtime/checkpoint/state_directory.h"

namespace sqlmill::rt::checkpoint {

namespace fs = std::filesystem;

namespace {

/// A second name for the files of a checkpoint that another process keeps, and may let go of meanwhile.
class Links {
 public:
  Links(const std::string& directory, uint64_t number)
      : path_(fs::path(directory) / fmt::format("backup-{}", ::getpid())) {
    fs::create_directory(path_);
    for (const fs::directory_entry& entry :
         fs::directory_iterator(fs::path(directory) / "kept" / fmt::to_string(number)))
      fs::create_hard_link(entry.path(), path_ / entry.path().filename());
  }
  ~Links() {
    std::error_code none;
    fs::remove_all(path_, none);
  }
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;
  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

void copy_database(const fs::path& from, const std::string& to) {
  std::error_code error;
  fs::create_directories(to, error);
  if (error) throw StateError(fmt::format("cannot create {}: {}", to, error.message()));
  if (!fs::is_empty(to)) throw StateError(fmt::format("{} is not empty", to));
  const fs::path made = fs::path(to) / "db";
  fs::create_directory(made);
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    if (!entry.is_regular_file() || entry.path().filename() == "LOCK") continue;
    fs::copy_file(entry.path(), made / entry.path().filename());
    sync_path(made / entry.path().filename());
  }
  sync_path(made);
  write_state_of_copy(to);
}

}  // namespace

Copied copy_directory(const std::string& from, const std::string& to) {
  try {
    Copied copied{0, true};
    try {
      const StateDirectory source(from, Access::kLook);
      if (!source.found()) throw StateError(fmt::format("there is no checkpoint in {} yet", from));
      copy_database(fs::path(from) / "db", to);
    } catch (const InUse& in_use) {
      const std::vector<uint64_t> kept = kept_checkpoints(from);
      if (kept.empty()) throw StateError(fmt::format("{}, and has kept no checkpoint yet", in_use.what()));
      const Links links(from, kept.back());
      copy_database(links.path(), to);
      copied.is_newest = false;
    }
    const StateDirectory copy(to, Access::kLook);
    const std::string damage = copy.verify();
    if (!damage.empty() || !copy.found())
      throw StateError(fmt::format("the copy in {} cannot be read: {}", to, damage));
    copied.checkpoint = copy.found()->number;
    return copied;
  } catch (const fs::filesystem_error& error) {
    throw StateError(fmt::format("cannot copy {} to {}: {}", from, to, error.what()));
  }
}

}  // namespace sqlmill::rt::checkpoint
