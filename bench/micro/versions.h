// What records were before their first change in an epoch that a pinned reader must not see: whole copies in
// an append-only log, each with a link to the one before it. Where the link to a record's newest version is
// kept is what is compared: in the record, in arrays by record number that are there once somebody has read,
// or in a hash index.
//
// Positions in the log only grow, so that a link to what is forgotten is known as such and need not be
// cleared.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"
#include "runtime/sql/hash.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/slab.h"

namespace sqlmill::bench::micro {

using rt::state::HashIndex;
using rt::state::Slab;

enum class Links : uint8_t { kInRecord, kByNumber, kHashed };

/// `Record` has the members `touched`, the epoch that changed it last, and `newest_version`.
template <class Record>
class VersionLog {
 public:
  struct Version {
    Record record;  // As it was; its newest_version is the one before this one.
    uint32_t number;
    uint32_t replaced_in;  // The epoch whose change it was saved before.
  };

  uint32_t add(const Record& record, uint32_t number, uint32_t epoch) {
    if (end_ - first_ == blocks_.size() * kBlock) add_block();
    new (at(end_)) Version{record, number, epoch};
    return end_++;
  }
  bool holds(uint32_t position) const { return position - first_ < end_ - first_; }
  const Version& operator[](uint32_t position) const { return *at(position); }

  /// Forgets what only readers of epochs before `oldest` could see.
  void trim(uint32_t oldest) {
    while (blocks_.size() > 1 && end_ - first_ >= kBlock && at(first_ + kBlock - 1)->replaced_in <= oldest) {
      if (spare_.size() < kSpareBlocks) spare_.push_back(std::move(blocks_.front()));
      blocks_.pop_front();
      first_ += kBlock;
    }
  }
  void clear() {
    for (auto& block : blocks_) {
      if (spare_.size() < kSpareBlocks) spare_.push_back(std::move(block));
    }
    blocks_.clear();
    first_ = end_;
  }

  size_t size() const { return end_ - first_; }
  size_t bytes() const { return blocks_.size() * kBlock * sizeof(Version); }

 private:
  static constexpr uint32_t kBlock = rt::base::kHugePageBytes / sizeof(Version);
  static constexpr size_t kSpareBlocks = 64;  // Kept, because fresh memory costs more than saving a record.

  void add_block() {
    if (spare_.empty()) {
      blocks_.emplace_back(static_cast<char*>(rt::base::allocate_pages(rt::base::kHugePageBytes)));
    } else {
      blocks_.push_back(std::move(spare_.back()));
      spare_.pop_back();
    }
  }
  Version* at(uint32_t position) const {
    const uint32_t i = position - first_;
    return reinterpret_cast<Version*>(blocks_[i / kBlock].get()) + i % kBlock;
  }

  std::deque<rt::base::Pages<char[]>> blocks_;
  std::vector<rt::base::Pages<char[]>> spare_;
  uint32_t first_ = 1;  // The positions that the log holds are [first_, end_).
  uint32_t end_ = 1;
};

template <class Record, Links kLinks>
class Versions {
 public:
  void prefetch(uint32_t number) const {
    if constexpr (kLinks == Links::kHashed) index_->prefetch(rt::sql::hash_word(number));
    if constexpr (kLinks == Links::kByNumber) {
      const uint32_t block = number / kBlock;
      if (block < blocks_.size() && blocks_[block]) {
        rt::base::prefetch(&(*blocks_[block])[number % kBlock]);
      }
    }
  }

  void save(Record& record, uint32_t number, uint32_t epoch, uint32_t touched) {
    Record copy = record;
    copy.touched = touched;
    copy.newest_version = newest(record, number);
    link(record, number, copy.newest_version, log_.add(copy, number, epoch));
  }

  /// The record as of the end of the pinned epoch, after which it was changed; null if it was not there yet.
  const Record* find(const Record& record, uint32_t number, uint32_t pin) const {
    for (uint32_t at = newest(record, number); log_.holds(at); at = log_[at].record.newest_version) {
      if (log_[at].number != number) return nullptr;
      if (log_[at].record.touched <= pin) return &log_[at].record;
    }
    return nullptr;
  }

  void trim(uint32_t oldest) { log_.trim(oldest); }
  void clear() {
    log_.clear();
    if (index_->size() != 0) index_.emplace();
  }
  size_t size() const { return log_.size(); }
  size_t bytes() const {
    return log_.bytes() + link_blocks_ * sizeof(Block) + (kLinks == Links::kHashed ? index_->bytes() : 0);
  }

 private:
  static constexpr uint32_t kBlock = 1024;
  using Block = std::array<uint32_t, kBlock>;

  uint32_t newest(const Record& record, uint32_t number) const {
    if constexpr (kLinks == Links::kInRecord) {
      return record.newest_version;
    } else if constexpr (kLinks == Links::kByNumber) {
      const uint32_t block = number / kBlock;
      return block < blocks_.size() && blocks_[block] ? (*blocks_[block])[number % kBlock] : 0;
    } else {
      const uint32_t at = index_->find(rt::sql::hash_word(number), [&](uint32_t position) {
        return log_.holds(position) && log_[position].number == number;
      });
      return at == HashIndex::kNone ? 0 : at;
    }
  }

  void link(Record& record, uint32_t number, uint32_t before, uint32_t position) {
    if constexpr (kLinks == Links::kInRecord) {
      record.newest_version = position;
    } else if constexpr (kLinks == Links::kByNumber) {
      const uint32_t block = number / kBlock;
      if (block >= blocks_.size()) blocks_.resize(block + 1);
      if (!blocks_[block]) {
        blocks_[block] = std::make_unique<Block>();
        ++link_blocks_;
      }
      (*blocks_[block])[number % kBlock] = position;
    } else {
      if (log_.holds(before)) index_->erase(rt::sql::hash_word(number), before);
      index_->insert(rt::sql::hash_word(number), position);
    }
  }

  VersionLog<Record> log_;
  std::vector<std::unique_ptr<Block>> blocks_;
  size_t link_blocks_ = 0;
  std::optional<HashIndex> index_{std::in_place};
};

}  // namespace sqlmill::bench::micro
