// Ways to keep the users of pages so that a checkpoint knows what has changed since the last one. Each has
//
// - add: a chunk of pairs, known or new;
// - checkpoint: how many bytes one would write, which begins the next interval;
// - pairs, bytes: how many pairs there are, and the memory that they take.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"
#include "runtime/sql/hash.h"
#include "runtime/state/slab.h"
#include "runtime/state/word_set.h"

namespace sqlmill::bench::micro {

using rt::state::Slab;
using rt::state::WordSet;

inline constexpr size_t kChunk = 64;
inline constexpr uint32_t kPages = 1000;

struct Pair {
  uint32_t page;
  uint32_t user;
};
inline uint64_t word_of(Pair pair) {
  return uint64_t{pair.page} << 32 | pair.user;
}

/// One table of words for all pages; what was inserted is logged.
class LoggedWords {
 public:
  static constexpr std::string_view kName = "log of inserted words";
  void add(const Pair* pairs, size_t count) {
    for (size_t i = 0; i < count; ++i) words_.prefetch(word_of(pairs[i]));
    for (size_t i = 0; i < count; ++i) {
      if (words_.insert(word_of(pairs[i]))) log_.push_back(word_of(pairs[i]));
    }
  }
  size_t checkpoint() {
    const size_t bytes = log_.size() * sizeof(uint64_t);
    log_.clear();
    return bytes;
  }
  size_t pairs() const { return words_.size(); }
  size_t bytes() const { return words_.bytes() + log_.capacity() * sizeof(uint64_t); }

 private:
  WordSet words_;
  std::vector<uint64_t> log_;
};

/// One table of words for all pages, with a bit for every 4 KiB of it that changed.
class DirtyBlocks {
 public:
  static constexpr std::string_view kName = "dirty blocks of 4 KiB";
  DirtyBlocks() { allocate(64); }
  void add(const Pair* pairs, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      rt::base::prefetch(&slots_[rt::sql::hash_word(word_of(pairs[i])) >> shift_]);
    }
    for (size_t i = 0; i < count; ++i) {
      if (place(word_of(pairs[i])) && ++count_ * 4 > (mask_ + 1) * 3) grow();
    }
  }
  size_t checkpoint() {
    size_t blocks = 0;
    for (uint64_t& bits : dirty_) blocks += static_cast<size_t>(std::popcount(std::exchange(bits, 0)));
    return blocks * kBlockSlots * sizeof(uint64_t);
  }
  size_t pairs() const { return count_; }
  size_t bytes() const { return (mask_ + 1) * sizeof(uint64_t) + dirty_.size() * sizeof(uint64_t); }

 private:
  static constexpr size_t kBlockSlots = 512;
  bool place(uint64_t word) {
    size_t at = rt::sql::hash_word(word) >> shift_;
    for (; slots_[at] != WordSet::kNone; at = (at + 1) & mask_) {
      if (slots_[at] == word) return false;
    }
    slots_[at] = word;
    dirty_[at / kBlockSlots / 64] |= uint64_t{1} << (at / kBlockSlots % 64);
    return true;
  }
  void allocate(size_t slots) {
    slots_.reset(static_cast<uint64_t*>(rt::base::allocate_pages(slots * sizeof(uint64_t))));
    std::fill_n(slots_.get(), slots, WordSet::kNone);
    mask_ = slots - 1;
    shift_ = 64 - __builtin_ctzll(slots);
    dirty_.assign(slots / kBlockSlots / 64 + 1, 0);
  }
  void grow() {
    const auto old = std::move(slots_);
    const size_t old_slots = mask_ + 1;
    allocate(old_slots * 2);
    for (size_t i = 0; i < old_slots; ++i) {
      if (old[i] != WordSet::kNone) place(old[i]);
    }
  }
  rt::base::Pages<uint64_t[]> slots_;
  std::vector<uint64_t> dirty_;
  size_t mask_ = 0;
  int shift_ = 0;
  size_t count_ = 0;
};

/// A table of users for each page, which belongs to the page's record and is written with it.
class SetsInRecords {
 public:
  static constexpr std::string_view kName = "set inside the page's record";
  void add(const Pair* pairs, size_t count) {
    for (size_t i = 0; i < count; ++i) pages_[pairs[i].page].users.prefetch(pairs[i].user);
    for (size_t i = 0; i < count; ++i) {
      Page& page = pages_[pairs[i].page];
      if (page.users.insert(pairs[i].user)) page.is_dirty = true;
    }
  }
  /// The users themselves, 4 bytes each, without the table's empty slots.
  size_t checkpoint() {
    size_t bytes = 0;
    for (Page& page : pages_) {
      if (std::exchange(page.is_dirty, false)) bytes += page.users.size() * sizeof(uint32_t);
    }
    return bytes;
  }
  size_t pairs() const {
    size_t pairs = 0;
    for (const Page& page : pages_) pairs += page.users.size();
    return pairs;
  }
  size_t bytes() const {
    size_t bytes = 0;
    for (const Page& page : pages_) bytes += page.users.bytes();
    return bytes;
  }

 private:
  struct Page {
    WordSet users;
    bool is_dirty = false;
  };
  std::vector<Page> pages_{kPages};
};

/// The pages of each user, of two bytes each, in the user's record; what does not fit goes to a table.
class ListsByUser {
 public:
  static constexpr std::string_view kName = "list of pages in the user's record";
  void add(const Pair* pairs, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (pairs[i].user < users_.size()) users_.prefetch(pairs[i].user);
    }
    for (size_t i = 0; i < count; ++i) add(pairs[i]);
  }
  size_t checkpoint() {
    const size_t bytes = dirty_.size() * sizeof(User) + spilled_log_.size() * sizeof(uint64_t);
    dirty_.clear();
    spilled_log_.clear();
    ++epoch_;
    return bytes;
  }
  size_t pairs() const { return pairs_; }
  size_t bytes() const {
    return users_.bytes() + spilled_.bytes() + dirty_.capacity() * sizeof(uint32_t) +
           spilled_log_.capacity() * sizeof(uint64_t);
  }

 private:
  static constexpr uint16_t kInline = 28;
  struct User {
    uint32_t touched = 0;
    uint16_t count = 0;
    uint16_t pages[kInline] = {};
  };
  static_assert(sizeof(User) == 64);

  void add(Pair pair) {
    while (pair.user >= users_.size()) users_.add();
    User& user = users_[pair.user];
    for (uint16_t i = 0; i < user.count; ++i) {
      if (user.pages[i] == pair.page) return;
    }
    if (user.count < kInline) {
      user.pages[user.count++] = static_cast<uint16_t>(pair.page);
      if (std::exchange(user.touched, epoch_) != epoch_) dirty_.push_back(pair.user);
    } else if (spilled_.insert(word_of(pair))) {
      spilled_log_.push_back(word_of(pair));
    } else {
      return;
    }
    ++pairs_;
  }

  Slab<User> users_;
  WordSet spilled_;
  std::vector<uint32_t> dirty_;
  std::vector<uint64_t> spilled_log_;
  size_t pairs_ = 0;
  uint32_t epoch_ = 1;
};

}  // namespace sqlmill::bench::micro
