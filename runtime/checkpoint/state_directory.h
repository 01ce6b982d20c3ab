// A state directory: the newest checkpoint of a pipeline, and some older ones.
//
//   LOCK           locked by the process that uses the directory
//   STATE          says that this is a state directory, of which format, that it once had a checkpoint: then
//                  it never counts as empty again; and that what is in db/ is older than what once was there
//   db/            a RocksDB database: the entries of the newest checkpoint. A checkpoint is one write batch,
//                  or tables that are taken at once; synced before it counts
//   kept/<number>/ the database as it was at an earlier checkpoint, its files linked, not copied
//   tables/        a large checkpoint while it is made: tables that db/ then takes, all at once
//   linked/        the same, for as long as it is copied elsewhere
//   COPY           what the directory is called where it is copied to
//   damaged-…/     what could not be read, for those who want to look at it
//
// One thread at a time, but for what says otherwise. RocksDB is known nowhere else
// (runtime/checkpoint/state_directory.cpp).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "runtime/checkpoint/checkpoint_store.h"
#include "runtime/checkpoint/files.h"
#include "runtime/checkpoint/metadata.h"
#include "runtime/state/entries.h"

namespace rocksdb {
class Status;
}

namespace sqlmill::rt::checkpoint {

enum class Access : uint8_t { kRun, kLook };

class StateDirectory final : public CheckpointStore {
 public:
  /// Locks the directory, which is made if it is not there, and opens its newest whole checkpoint; what is
  /// older is only taken, loudly, where the newer ones are damaged. To look never changes anything, and ends
  /// with the newest. Throws StateError.
  StateDirectory(std::string path, Access access);
  ~StateDirectory() override;
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  const std::string& path() const override { return path_; }
  const std::optional<Metadata>& found() const override { return found_; }
  bool went_back() const override { return marks_.went_back; }
  std::unique_ptr<state::StoredEntries> entries() const override;
  /// Numbers of the older checkpoints that are kept.
  std::vector<uint64_t> kept() const;
  /// Reads everything there is. What is wrong with it; empty: nothing.
  std::string verify() const;

  size_t write(const Metadata& metadata, std::span<const state::ChangedEntries> changed,
               std::span<const uint32_t> dropped) override;
  void keep() override;

  /// If there has never been a checkpoint: `make` puts a database into a new folder, and says whether nobody
  /// can have made a newer checkpoint of it; that is then the directory's. Throws StateError.
  struct Made {
    std::string from;  // For COPY.
    bool is_newest;
  };
  void start_from(const std::function<std::optional<Made>(const std::string& folder)>& make);

  // For any thread, while others go on.

  uint64_t newest() const override { return newest_; }
  /// Makes path()/linked: the database as of that checkpoint, whose number is returned. Its files are links.
  uint64_t link();
  std::string linked() const { return path_ + "/linked"; }

 private:
  struct Database;

  void lock();
  void open_newest();
  void open(Access access);
  void require_room(size_t bytes) const;
  /// Of one batch, synced.
  rocksdb::Status write_batch(const Metadata& metadata, std::span<const state::ChangedEntries> changed,
                              std::span<const uint32_t> dropped);
  /// Of tables that are made beside the database: what changed need not be in memory again.
  rocksdb::Status write_tables(const Metadata& metadata, std::span<const state::ChangedEntries> changed);
  /// Puts into STATE what is known.
  void say();
  void put_back(uint64_t number);

  const std::string path_;
  int lock_ = -1;
  StateMarks marks_;
  std::string said_;                  // What is in STATE.
  std::atomic<uint64_t> newest_ = 0;  // The number of the checkpoint that was written last.
  std::mutex writing_;                // A checkpoint, or the links to its files.
  std::unique_ptr<Database> database_;
  std::optional<Metadata> found_;
};

/// Of a table file of RocksDB's: no two that differ have the same. Throws StateError.
std::string table_identity(const std::string& path);

}  // namespace sqlmill::rt::checkpoint
