// The changed entries of a worker in the order of their keys, as far as is worth it: RocksDB puts an entry
// that comes behind the one before at once, and searches its whole memory for the place of any other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "runtime/state/entries.h"

namespace sqlmill::rt::checkpoint {

/// `visit(key, value, is_removed)` for each. Entries of one key stay in their order.
template <class Visit>
void for_each_sorted(const state::ChangedEntries& share, Visit visit) {
  struct Entry {
    uint64_t order[2];  // The key, which has 16 bytes at most.
    std::string_view key;
    std::string_view value;
    bool is_removed;
  };
  constexpr size_t kSorted = 1 << 17;  // At a time: what is kept for it is small beside the entries.
  std::vector<Entry> entries;
  entries.reserve(std::min(kSorted, share.entries()));
  const auto flush = [&] {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& one, const Entry& other) {
      return std::tie(one.order[0], one.order[1]) < std::tie(other.order[0], other.order[1]);
    });
    for (const Entry& entry : entries) visit(entry.key, entry.value, entry.is_removed);
    entries.clear();
  };
  share.for_each([&](std::string_view key, std::string_view value, bool is_removed) {
    Entry entry{{0, 0}, key, value, is_removed};
    for (size_t i = 0; i < std::min<size_t>(key.size(), 16); ++i)
      entry.order[i / 8] |= uint64_t{static_cast<unsigned char>(key[i])} << (56 - 8 * (i % 8));
    entries.push_back(entry);
    if (entries.size() == kSorted) flush();
  });
  flush();
}

}  // namespace sqlmill::rt::checkpoint
