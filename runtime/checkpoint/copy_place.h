// A place in object storage that holds copies of one state directory's checkpoints. A copy is there from the
// moment at which HEAD names it (copy_lists.h); before that nobody reads what was sent for it, and a later
// copy removes it. The last two are kept.
//
// One process writes at a time. HEAD says which, and is replaced only if it is what this process knows: where
// the storage keeps to if-match, by that; where it does not, by looking just before. Who finds that another
// has replaced it writes nothing any more. A process with another directory takes the place over if HEAD has
// stood still for as long as a living one would never leave it.
//
// One thread at a time. All functions throw object_store::ObjectError, and StateError for what cannot be
// mended by trying again.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/checkpoint/copy_lists.h"
#include "runtime/checkpoint/files.h"
#include "runtime/object_store/object_store.h"

namespace sqlmill::rt::checkpoint {

/// Another process has the place. Nothing is to be written there any more.
class TakenOver : public StateError {
 public:
  using StateError::StateError;
};

/// Who would write.
struct Claimant {
  std::string pipeline;
  std::string identity;
  CopyMark mark;
  uint64_t checkpoint = 0;  // The directory's newest.
  std::chrono::milliseconds beat{0};
};

/// A copy that was brought here.
struct FetchedCopy {
  std::string name;  // Of the newest one there was, readable or not.
  uint64_t checkpoint;
  bool is_last;
};

class CopyPlace {
 public:
  explicit CopyPlace(object_store::ObjectStore& store);

  std::string text() const { return store_.place().text(); }

  /// The newest whole copy, into a new folder; nothing: there is none. Throws StateError if it is another
  /// pipeline's.
  std::optional<FetchedCopy> fetch(const std::string& pipeline, const std::string& folder);

  /// From now on this process writes. Throws StateError if that must not be.
  void claim(const Claimant& claimant, const std::stop_token& stop);
  /// Says that this process lives.
  void beat() { write_head(); }
  /// Copies the files of a folder, those that are not there. The bytes that were sent.
  uint64_t copy(const std::string& folder, uint64_t checkpoint);
  /// This process ends, and with all in the newest copy if that is `checkpoint`.
  void release(uint64_t checkpoint);

  /// Of the newest copy; 0: there is none.
  uint64_t newest() const { return head_.copies.empty() ? 0 : head_.copies.front().checkpoint; }

 private:
  std::optional<CopyHead> look();
  void require(const CopyHead& found, const Claimant& claimant) const;
  void watch(const CopyHead& found, const std::stop_token& stop);
  bool put_first_head(const CopyHead& found);
  void find_out_whether_conditions_hold();
  std::optional<CopyFiles> files_of(const CopyEntry& copy);
  bool fetch_files(const CopyFiles& files, const std::string& folder);
  void write_head();
  [[noreturn]] void give_way(const CopyHead& found);
  CopiedObject object_of(const std::string& path, const std::string& file, const std::string& copy);
  void collect();

  object_store::ObjectStore& store_;
  const std::string process_;  // What this process is called in HEAD.
  uint64_t beat_ms_ = 0;
  CopyHead head_;
  std::string head_tag_;
  bool conditions_hold_ = false;
  std::chrono::steady_clock::time_point head_written_;
  std::vector<CopyFiles> kept_;                    // By head_.copies.
  std::map<std::string, CopiedObject> tables_;     // Of this owner's, in the storage as a whole, by object.
  std::map<std::string, std::string> identities_;  // Of tables, by file.
  std::set<std::string> attempted_;                // Objects sent for a copy that is not there yet.
};

}  // namespace sqlmill::rt::checkpoint
