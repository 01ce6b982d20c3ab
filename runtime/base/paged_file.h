// Memory that need not lie in memory: pieces of a file that is mapped, of which the system keeps in memory
// what is used. A limit on what the whole process has in memory is held by the clock algorithm, in a thread
// of its own and whenever a piece is added. A page that is mapped when the hand passes is unmapped, which
// costs little should it be used after all: it is mapped again without reading. One that the hand finds
// unmapped the next time is written to the file and leaves the page cache, too.
//
// The file has no name, holds nothing that outlives the process, and is never synced: what must last is in
// checkpoints. Pieces have their room in the file before they are used, so that a full disk is an error of
// allocate(), not a signal at some later store.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace sqlmill::rt::base {

class PagedFile {
 public:
  static constexpr size_t kPageBytes = 4096;

  /// The file lies in this directory, whose file system must not be memory itself. `limit_bytes`: of the
  /// resident memory of the process. Throws std::system_error.
  PagedFile(const std::string& directory, size_t limit_bytes);
  PagedFile(const PagedFile&) = delete;
  PagedFile& operator=(const PagedFile&) = delete;
  ~PagedFile();

  /// Zeroed, aligned to pages. Throws std::system_error when the disk is full. For any thread, like free().
  char* allocate(size_t bytes);
  void free(char* piece);
  bool owns(const void* address) const { return address >= memory_ && address < memory_ + reserved_bytes_; }
  /// Gives the room of whole pages of a piece back; they read as zeros from then on.
  void give_back(char* begin, size_t bytes);

 private:
  void watch(const std::stop_token& stop);
  /// Bytes of the process in memory, and those of them that belong to files, of which ours is most.
  struct Resident {
    size_t all = 0;
    size_t of_files = 0;
  };
  Resident resident() const;
  /// So that something can be done about it; says once if not.
  bool is_above_limit();
  /// Once around at most: what is used as fast as it is swept must not hold up who adds a piece.
  void hold_limit();
  void sweep(size_t begin, size_t end);
  size_t end_of_pieces();

  int file_ = -1;
  int page_map_ = -1;
  int counts_ = -1;
  char* memory_ = nullptr;
  size_t reserved_bytes_ = 0;
  const size_t limit_bytes_;

  std::mutex pieces_mutex_;
  std::map<size_t, size_t> pieces_;  // Bytes by begin.
  std::map<size_t, size_t> free_;    // Between pieces, the same; none touches another.
  size_t end_ = 0;                   // Of the last piece.

  std::mutex sweep_mutex_;
  size_t hand_ = 0;
  std::vector<uint64_t> page_entries_;  // Of the page map, for sweep().
  std::atomic<bool> was_told_ = false;  // That the limit cannot be held.

  std::condition_variable_any stopping_;
  std::jthread watcher_;
};

}  // namespace sqlmill::rt::base
