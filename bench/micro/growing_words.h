// Open-addressing tables of 64-bit words that grow in steps: while words move to a table of twice the size,
// every insertion moves a few slots. A look-up still probes one table only: words whose home lies before the
// point up to which slots have moved are in the new table, all others in the old one.
//
// For that the point stands behind an empty slot always, so that no run of words lies across it. Slots keep
// the complement of their word, so that fresh pages of the system are empty slots. The first touch of a huge
// page costs a fraction of a millisecond, and several where a virtual machine must get it from its host
// first; so another thread may touch the pages of the next table ahead of its use.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

#include "runtime/base/pages.h"
#include "runtime/base/prefetch.h"

namespace sqlmill::bench::micro {

/// Zeroed memory of the system, on huge pages where it grants them, which it provides as it is touched.
class FreshSlots {
 public:
  FreshSlots() = default;
  explicit FreshSlots(size_t slots) {
    const size_t bytes = slots * sizeof(uint64_t);
    const size_t alignment = bytes >= rt::base::kHugePageBytes ? rt::base::kHugePageBytes : 0;
    mapped_bytes_ = bytes + alignment;
    mapped_ = ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped_ == MAP_FAILED) {
      std::perror("mmap");
      std::exit(3);
    }
    void* data = mapped_;
    if (alignment != 0) {
      std::align(alignment, bytes, data, mapped_bytes_);
      mapped_bytes_ = bytes + alignment;
      ::madvise(data, bytes, MADV_HUGEPAGE);
    }
    data_ = static_cast<uint64_t*>(data);
  }
  FreshSlots(FreshSlots&& other) noexcept { swap(other); }
  FreshSlots& operator=(FreshSlots&& other) noexcept {
    swap(other);
    return *this;
  }
  ~FreshSlots() {
    if (data_) ::munmap(mapped_, mapped_bytes_);
  }
  uint64_t& operator[](size_t i) const { return data_[i]; }
  explicit operator bool() const { return data_ != nullptr; }
  /// Gives the memory of the slots [begin, end) back; what is read there then is empty.
  void give_back(size_t begin, size_t end) {
    ::madvise(data_ + begin, (end - begin) * sizeof(uint64_t), MADV_DONTNEED);
  }

 private:
  void swap(FreshSlots& other) {
    std::swap(data_, other.data_);
    std::swap(mapped_, other.mapped_);
    std::swap(mapped_bytes_, other.mapped_bytes_);
  }
  uint64_t* data_ = nullptr;
  void* mapped_ = nullptr;
  size_t mapped_bytes_ = 0;
};

/// `Mix::mix(word)` has in its upper bits where the word belongs.
template <class Mix>
class GrowingWords {
 public:
  explicit GrowingWords(size_t slots_a_step, bool fills_ahead = false)
      : slots_a_step_(slots_a_step), fills_ahead_(fills_ahead), now_(kInitialSlots) {}
  GrowingWords(const GrowingWords&) = delete;
  GrowingWords& operator=(const GrowingWords&) = delete;
  ~GrowingWords() {
    if (filler_.joinable()) filler_.join();
  }

  void prefetch(uint64_t word) const {
    const uint64_t mixed = Mix::mix(word);
    const bool is_old = old_.slots && old_.home(mixed) >= moved_;
    const Table& table = is_old ? old_ : now_;
    rt::base::prefetch_for_write(&table.slots[table.home(mixed)]);
  }

  /// The first word of this home and after for which `matches(word)` holds, or kNone.
  template <class Matches>
  uint64_t find(uint64_t word, Matches matches) const {
    const uint64_t mixed = Mix::mix(word);
    const bool is_old = old_.slots && old_.home(mixed) >= moved_;
    const Table& table = is_old ? old_ : now_;
    for (size_t at = table.home(mixed); table.slots[at] != 0; at = (at + 1) & table.mask) {
      if (matches(~table.slots[at])) return ~table.slots[at];
    }
    return kNone;
  }

  /// The word must not be there yet.
  void insert(uint64_t word) {
    if (old_.slots) {
      step();
    } else if ((count_ + 1) * 4 > (now_.mask + 1) * 3) {
      begin_growing();
    } else if (fills_ahead_ && !next_.slots && (count_ + 1) * 2 > now_.mask + 1) {
      fill_next();
    }
    const uint64_t mixed = Mix::mix(word);
    const bool is_old = old_.slots && old_.home(mixed) >= moved_;
    (is_old ? old_ : now_).place(word);
    ++count_;
  }

  size_t size() const { return count_; }

  static constexpr uint64_t kNone = ~uint64_t{0};

 private:
  static constexpr size_t kInitialSlots = 64;
  static constexpr size_t kGiveBackSlots = rt::base::kHugePageBytes / sizeof(uint64_t);

  struct Table {
    Table() = default;
    explicit Table(size_t count) : slots(count), mask(count - 1), shift(64 - __builtin_ctzll(count)) {}
    size_t home(uint64_t mixed) const { return mixed >> shift; }
    void place(uint64_t word) {
      size_t at = home(Mix::mix(word));
      while (slots[at] != 0) at = (at + 1) & mask;
      slots[at] = ~word;
    }
    FreshSlots slots;
    size_t mask = 0;
    int shift = 0;
  };

  /// In another thread. Growing may begin before it has ended, and then touches pages itself.
  void fill_next() {
    next_ = Table((now_.mask + 1) * 2);
    if ((next_.mask + 1) * sizeof(uint64_t) < rt::base::kHugePageBytes) return;
    if (filler_.joinable()) filler_.join();
    filler_ = std::thread([slots = &next_.slots[0], count = next_.mask + 1] {
      ::madvise(slots, count * sizeof(uint64_t), MADV_POPULATE_WRITE);
    });
  }

  void begin_growing() {
    if (!next_.slots) next_ = Table((now_.mask + 1) * 2);
    old_ = std::exchange(now_, std::exchange(next_, Table()));
    moved_ = given_back_ = 0;
  }

  void step() {
    const size_t end = moved_ + slots_a_step_;
    for (; moved_ <= old_.mask; ++moved_) {
      const uint64_t slot = old_.slots[moved_];
      if (slot == 0) {
        if (moved_ < end) continue;
        ++moved_;
        break;
      }
      // Words that ran over the end of the table are at its beginning, and move last.
      if (old_.home(Mix::mix(~slot)) <= moved_) now_.place(~slot);
    }
    if (moved_ > old_.mask) {
      finish();
    } else if (moved_ - given_back_ >= 2 * kGiveBackSlots && given_back_ != 0) {
      old_.slots.give_back(given_back_, given_back_ + kGiveBackSlots);
      given_back_ += kGiveBackSlots;
    } else if (given_back_ == 0 && moved_ >= kGiveBackSlots) {
      given_back_ = kGiveBackSlots;  // The beginning is still needed.
    }
  }

  void finish() {
    for (size_t at = 0; old_.slots[at] != 0; ++at) {
      if (old_.home(Mix::mix(~old_.slots[at])) > at) now_.place(~old_.slots[at]);
    }
    old_ = Table();
  }

  size_t slots_a_step_;
  bool fills_ahead_;
  std::thread filler_;
  Table next_;  // From when this one is half full.
  Table now_;
  Table old_;              // While it grows.
  size_t moved_ = 0;       // The slots of old_ before this one have moved.
  size_t given_back_ = 0;  // The memory of those before this one, but for the first, is the system's again.
  size_t count_ = 0;
};

}  // namespace sqlmill::bench::micro
