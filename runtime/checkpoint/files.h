// Files of a state directory, written so that they outlast a power cut; failures are StateError.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::rt::checkpoint {

/// The directory cannot be used: what is wrong, for the user.
class StateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// What was written may be on the disk or not.
class DiskFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// Another process has it.
class InUse : public StateError {
 public:
  using StateError::StateError;
};

[[noreturn]] void fail_on_system(std::string_view what, const std::string& path);
/// A new name or file is durable once its folder is.
void sync_path(const std::string& path);
/// All of it, or what was there before.
void write_file(const std::string& path, std::string_view text);
/// Of a short one; empty: it is not there.
std::string read_file(const std::string& path);

/// Numbers of the older checkpoints that a state directory keeps, ascending.
std::vector<uint64_t> kept_checkpoints(const std::string& directory);

/// What STATE says.
struct StateMarks {
  bool is_former_format = false;
  bool had_checkpoint = false;
  bool went_back = false;

  std::string text() const;
  /// Throws StateError if it is none, or of an unknown format.
  static StateMarks parse(const std::string& text, const std::string& directory);
};
/// Of a directory whose checkpoint was copied from another.
void write_state_of_copy(const std::string& directory);

/// What a directory knows of copies in object storage.
struct CopyMark {
  std::string owner;  // What it is called there, for ever.
  std::string from;   // The copy that it was made from; empty: it was not.
};
/// Makes one if there is none.
CopyMark copy_mark(const std::string& directory);
/// Of a directory that was made from this copy.
void write_copy_mark(const std::string& directory, const std::string& from);

}  // namespace sqlmill::rt::checkpoint
