#include "runtime/checkpoint/backup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "runtime/checkpoint/copy_place.h"
#include "runtime/checkpoint/files.h"
#include "runtime/checkpoint/state_directory.h"

namespace sqlmill::rt::checkpoint {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kBeat(5'000);

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

namespace {

/// What went wrong with the storage, as an error of whoever uses it.
template <class Work>
Copied with_store(const std::string& place, Work work) {
  try {
    object_store::ObjectStore store(object_store::parse_place(place),
                                    object_store::access_from(object_store::process_environment), {});
    CopyPlace copies(store);
    return work(copies);
  } catch (const object_store::PlaceError& error) {
    throw StateError(error.what());
  } catch (const object_store::ObjectError& error) {
    throw StateError(error.what());
  } catch (const fs::filesystem_error& error) {
    throw StateError(error.what());
  }
}

}  // namespace

Copied copy_to_store(const std::string& from, const std::string& to) {
  return with_store(to, [&](CopyPlace& copies) {
    // Its lock is held: nobody writes there meanwhile.
    const StateDirectory source(from, Access::kLook);
    if (!source.found()) throw StateError(fmt::format("there is no checkpoint in {} yet", from));
    const Metadata& found = *source.found();
    copies.claim({found.pipeline, found.identity, copy_mark(from), found.number, kBeat}, {});
    copies.copy(from + "/db", found.number);
    copies.release(found.number);
    return Copied{found.number, true};
  });
}

Copied copy_from_store(const std::string& pipeline, const std::string& from, const std::string& to) {
  return with_store(from, [&](CopyPlace& copies) {
    StateDirectory made(to, Access::kRun);
    if (made.found()) throw StateError(fmt::format("{} has a checkpoint; it is left as it is", to));
    made.start_from([&](const std::string& folder) -> std::optional<StateDirectory::Made> {
      const std::optional<FetchedCopy> copy = copies.fetch(pipeline, folder);
      if (!copy) throw StateError(fmt::format("there is no copy in {}", from));
      return StateDirectory::Made{copy->name, false};
    });
    if (const std::string damage = made.verify(); !damage.empty())
      throw StateError(fmt::format("the copy in {} cannot be read: {}", to, damage));
    return Copied{made.found()->number, true};
  });
}

}  // namespace sqlmill::rt::checkpoint
