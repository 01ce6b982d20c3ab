// Which epochs of a worker's state are read while later ones change it. Operators ask at the first touch of a
// record in an epoch, and at its end; pins come and go between epochs only.
//
// A pin is never newer than the last sealed epoch. So a record is saved before its first change in an epoch
// if the newest pin sees it as it is (touched_epoch <= newest()): if that one does not, no pin does.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sqlmill::rt::state {

class Pins {
 public:
  /// To be read as of this epoch is to be read as it is.
  static constexpr uint32_t kLatest = UINT32_MAX - 1;

  /// The one that runs, or runs next: all before it are sealed. The first is 1.
  uint32_t epoch() const { return epoch_; }
  /// 0: none is pinned.
  uint32_t newest() const { return newest_; }
  /// UINT32_MAX: none is pinned.
  uint32_t oldest() const { return oldest_; }
  bool any() const { return newest_ != 0; }
  /// Somebody wants to know of the first change in an epoch of a record whose last one was not after this: a
  /// pin, or checkpoints, who want to know of all. One comparison for both.
  uint32_t interest() const { return interest_; }
  /// Checkpoints are made from now on.
  void note_touched() {
    notes_touched_ = true;
    interest_ = UINT32_MAX;
  }

  /// Of what is pinned; 0 and UINT32_MAX: nothing.
  void set(uint32_t oldest, uint32_t newest) {
    oldest_ = oldest;
    newest_ = newest;
    if (!notes_touched_) interest_ = newest;
  }
  void advance() {
    if (++epoch_ == UINT32_MAX) epoch_ = 2;
  }
  /// Instead of the first epoch: the state of earlier ones has been read, and is that of epoch 1.
  void resume() { epoch_ = 2; }
  /// At the end of this epoch numbers begin anew: records are to say 1, and no pin lives on.
  bool renumbers() const { return epoch_ == UINT32_MAX - 1; }

  /// Memory that is kept for pins only.
  size_t kept_bytes() const { return kept_bytes_; }
  void add_kept(ptrdiff_t bytes) { kept_bytes_ += static_cast<size_t>(bytes); }

 private:
  uint32_t epoch_ = 1;
  uint32_t newest_ = 0;
  uint32_t oldest_ = UINT32_MAX;
  uint32_t interest_ = 0;
  bool notes_touched_ = false;
  size_t kept_bytes_ = 0;
};

}  // namespace sqlmill::rt::state
