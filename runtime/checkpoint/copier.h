// Copies the checkpoints of a state directory to a place in object storage, on a thread of its own: neither
// an epoch nor a checkpoint waits for it. What fails is tried again, ever more seldom; how far behind the
// copy is, progress() and the log say. Once another process has taken the place over nothing is copied any
// more.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "runtime/checkpoint/copy_place.h"
#include "runtime/checkpoint/state_directory.h"
#include "runtime/engine/progress.h"

namespace sqlmill::rt::checkpoint {

class Copier {
 public:
  /// All of these outlive it. The store is the copier's, from start() on.
  Copier(object_store::ObjectStore& store, StateDirectory& directory, std::chrono::milliseconds interval);
  ~Copier();
  Copier(const Copier&) = delete;
  Copier& operator=(const Copier&) = delete;

  /// If the directory never had a checkpoint: it begins with the newest copy, if there is one. Throws
  /// StateError; waits for storage that is away.
  void fetch_into_empty(const std::string& pipeline, const std::stop_token& stop);
  /// Begins to copy. Throws StateError if this directory must not be copied there. Storage that is away is
  /// tried again.
  void start(const std::string& pipeline, const std::string& identity, const std::stop_token& stop);
  /// After the last checkpoint: copies it, as long as `most`. False: it is not there.
  bool finish(std::chrono::milliseconds most);

  engine::CopyProgress progress() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run(const std::stop_token& stop);
  /// What is due now.
  void work(bool is_finishing, const std::stop_token& stop);
  void claim_late(const std::stop_token& stop);
  bool is_behind();
  void copy_newest();
  void note_failure(const std::string& what);
  void tell_lag();

  StateDirectory& directory_;
  const std::chrono::milliseconds interval_;
  const std::chrono::milliseconds beat_;
  object_store::ObjectStore& store_;
  CopyPlace place_;
  Claimant claimant_;

  // The thread's.
  bool is_claimed_ = false;
  Clock::time_point next_copy_;
  Clock::time_point next_beat_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_finishing_ = false;
  bool is_done_ = false;  // Nothing more is copied.
  uint64_t copied_ = 0;   // The newest checkpoint that is there.
  uint64_t copies_ = 0;
  uint64_t bytes_ = 0;
  std::optional<Clock::time_point> behind_since_;  // There is a checkpoint that is not there.
  std::string failure_;                            // Since the last success.
  Clock::time_point next_word_;

  std::jthread thread_;  // Last: ends before the rest goes.
};

}  // namespace sqlmill::rt::checkpoint
