// Copies of a state directory, which are state directories themselves. Whoever goes on from one is told that
// there may have been newer checkpoints: see StateDirectory::went_back().
#pragma once

#include <cstdint>
#include <string>

namespace sqlmill::rt::checkpoint {

struct Copied {
  uint64_t checkpoint;
  bool is_newest;  // If not: a process uses the directory, and this is the newest one that it keeps.
};

/// `to` is empty, or not there. All is read again before this returns. Throws StateError.
Copied copy_directory(const std::string& from, const std::string& to);

/// The newest checkpoint of a directory that no process uses, to `s3://…`. Throws StateError.
Copied copy_to_store(const std::string& from, const std::string& to);
/// A new directory from the newest copy there. Throws StateError.
Copied copy_from_store(const std::string& pipeline, const std::string& from, const std::string& to);

}  // namespace sqlmill::rt::checkpoint
