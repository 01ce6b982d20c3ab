// What the copies of a state directory in object storage say of themselves. Texts, a fact a line, so that
// people can read them:
//
//   HEAD                    whose copies they are, which of them are whole, who writes them; replaced, as a
//   whole OWNER/NUMBER/FILES      of one copy: its files and the objects that hold them OWNER/NUMBER/<file>
//   a file that only this copy has OWNER/tables/<identity> a table of RocksDB's, which never changes, and
//   which many copies share
//
// OWNER is the directory that is copied: no other ever writes or replaces what is below.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::rt::checkpoint {

/// A copy that is whole.
struct CopyEntry {
  std::string name;  // `OWNER/NUMBER`
  uint64_t checkpoint = 0;
  /// Nothing has been done since it was made: whoever wrote it had ended.
  bool is_last = false;
  std::string sha256;  // Of its FILES.
};

struct CopyHead {
  std::string pipeline;
  std::string identity;  // Metadata::identity.
  std::string owner;
  std::string process;                // That writes it; empty: it has ended.
  std::string writer;                 // The same for people.
  uint64_t beat = 0;                  // Counts up while that process lives,
  uint64_t beat_ms = 0;               // so often.
  uint64_t next = 1;                  // The number of the owner's next copy.
  std::string uploading;              // The name of a copy that may be there in part.
  std::vector<CopyEntry> copies;      // The newest first.
  std::vector<std::string> removing;  // Copies that are no longer wanted, and may be there in part.

  std::string encode() const;
  /// Throws StateError.
  static CopyHead decode(const std::string& text);
};

struct CopiedObject {
  std::string object;
  uint64_t size = 0;
  std::string sha256;
};
struct CopyFiles {
  std::map<std::string, CopiedObject> files;  // By their names in the database's folder.
  std::vector<std::string> others;            // Objects that earlier attempts at it may have left.

  std::string encode() const;
  /// Throws StateError.
  static CopyFiles decode(const std::string& text);
};

}  // namespace sqlmill::rt::checkpoint
