// What records were before their first change in an epoch that some pin must not see: whole copies in an
// append-only log. A record has `touched_epoch`, the epoch that changed it last, and `newest_version`, a
// position in the log; so has a version, whose newest_version is the version before it.
//
// Positions only grow and a version knows its record, so that links to what is forgotten are known as such
// and never cleared. Memory is kept for the next reader, because fresh memory costs more than the copies.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/base/pages.h"
#include "runtime/state/pins.h"

namespace sqlmill::rt::state {

struct NothingBeside {};

/// `Beside` is what a version keeps besides the record, of values that lie outside of it.
template <class Record, class Beside = NothingBeside>
class Versions {
 public:
  struct Version {
    Record record;
    [[no_unique_address]] Beside beside;
    uint32_t number;       // Of the record.
    uint32_t replaced_in;  // The epoch whose change it was saved before.
  };

  explicit Versions(Pins& pins) : pins_(pins) {}
  Versions(const Versions&) = delete;
  Versions& operator=(const Versions&) = delete;
  ~Versions() { forget_all(); }

  /// Before the first change of a record in an epoch: whether it must be saved.
  bool wants(const Record& record) const { return record.touched_epoch <= pins_.newest(); }
  [[gnu::noinline]] void save(Record& record, uint32_t number, const Beside& beside = {}) {
    if (end_ - first_ == blocks_.size() * kBlock) add_block();
    Version* version = new (at(end_)) Version{record, beside, number, pins_.epoch()};
    if (!holds(version->record.newest_version)) version->record.newest_version = end_;
    record.newest_version = end_++;
    pins_.add_kept(kVersionBytes);
  }

  /// The record as of the end of the epoch, which is pinned and after which it was changed. Null: it was not
  /// there yet.
  const Version* find(const Record& record, uint32_t number, uint32_t epoch) const {
    uint32_t position = record.newest_version;
    while (holds(position)) {
      const Version& version = *at(position);
      if (version.number != number) return nullptr;
      if (version.record.touched_epoch <= epoch) return &version;
      if (version.record.newest_version == position) return nullptr;
      position = version.record.newest_version;
    }
    return nullptr;
  }

  /// At the end of an epoch, or when pins have gone: forgets what no pin sees.
  void forget() {
    // One a call: giving memory back takes long.
    if (spare_.size() > kSpareBlocks) spare_.pop_back();
    if (blocks_.empty()) [[likely]]
      return;
    if (!pins_.any()) {
      forget_all();
      return;
    }
    while (end_ - first_ >= kBlock && at(first_ + kBlock - 1)->replaced_in <= pins_.oldest())
      forget_block(kBlock);
  }

  size_t size() const { return end_ - first_; }
  size_t bytes() const { return (blocks_.size() + spare_.size()) * base::kHugePageBytes; }

 private:
  static constexpr uint32_t kBlock = base::kHugePageBytes / sizeof(Version);
  static constexpr ptrdiff_t kVersionBytes = sizeof(Version);
  static constexpr size_t kSpareBlocks = 32;
  static_assert(kBlock > 0);

  bool holds(uint32_t position) const { return position - first_ < end_ - first_; }
  Version* at(uint32_t position) const {
    const uint32_t i = position - first_;
    return std::launder(reinterpret_cast<Version*>(blocks_[i / kBlock].get()) + i % kBlock);
  }

  void add_block() {
    if (spare_.empty()) {
      blocks_.emplace_back(static_cast<char*>(base::allocate_pages(base::kHugePageBytes)));
    } else {
      blocks_.push_back(std::move(spare_.back()));
      spare_.pop_back();
    }
  }
  /// The first one, which holds so many versions.
  void forget_block(uint32_t versions) {
    if constexpr (!std::is_trivially_destructible_v<Version>) {
      for (uint32_t i = 0; i < versions; ++i) at(first_ + i)->~Version();
    }
    spare_.push_back(std::move(blocks_.front()));
    blocks_.pop_front();
    first_ += versions;
    pins_.add_kept(-(kVersionBytes * static_cast<ptrdiff_t>(versions)));
  }
  void forget_all() {
    while (!blocks_.empty()) forget_block(std::min(end_ - first_, kBlock));
  }

  Pins& pins_;
  std::deque<base::Pages<char[]>> blocks_;
  std::vector<base::Pages<char[]>> spare_;
  uint32_t first_ = 1;  // The log holds the positions [first_, end_).
  uint32_t end_ = 1;
};

/// Records that are gone from the last epoch on and stay as long as a pin may see them.
class Lingering {
 public:
  explicit Lingering(const Pins& pins) : pins_(pins) {}

  void add(uint32_t number) { gone_.push_back({pins_.epoch(), number}); }
  bool empty() const { return gone_.empty(); }
  size_t size() const { return gone_.size(); }

  /// `erase(number, epoch)` for each that no pin sees any more. If the record was touched in a later epoch
  /// than that, it is another matter.
  template <class Erase>
  void reap(Erase erase) {
    // Not all at once, but more than come.
    const size_t most = 1024 + gone_.size() / 16;
    for (size_t i = 0; i < most && !gone_.empty() && gone_.front().epoch <= pins_.oldest(); ++i) {
      const Gone gone = gone_.front();
      gone_.pop_front();
      erase(gone.number, gone.epoch);
    }
  }

 private:
  struct Gone {
    uint32_t epoch;
    uint32_t number;
  };
  const Pins& pins_;
  std::deque<Gone> gone_;
};

}  // namespace sqlmill::rt::state
