// The values of one aggregate's argument in every group, in order: what MIN and MAX need when rows can be
// taken back. An entry for each (group, value) with its count.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "runtime/sql/compare.h"
#include "runtime/state/own.h"

namespace sqlmill::rt::state {

/// `Compare(a, b)` is a total order over T: negative, 0 or positive; 0 only for values that retraction may
/// cancel.
template <class T, int (*Compare)(const T&, const T&)>
class OrderedEntries {
 public:
  void add(Heap& heap, uint32_t group, const T& value, int64_t weight) {
    const auto found = entries_.find(Key{group, value});
    if (found == entries_.end()) {
      entries_.emplace(Key{group, own(heap, value)}, weight);
      return;
    }
    found->second += weight;
    if (found->second == 0) {
      const T owned = found->first.value;
      entries_.erase(found);
      release(heap, owned);
    }
  }

  /// The least value of the group whose count is positive, or null. Valid until the next add().
  const T* least(uint32_t group) const {
    for (auto at = entries_.lower_bound(Key{group, std::nullopt});
         at != entries_.end() && at->first.group == group; ++at) {
      if (at->second > 0) return &at->first.value;
    }
    return nullptr;
  }
  const T* greatest(uint32_t group) const {
    auto at = entries_.lower_bound(Key{group + 1, std::nullopt});
    while (at != entries_.begin() && (--at)->first.group == group) {
      if (at->second > 0) return &at->first.value;
    }
    return nullptr;
  }

  size_t size() const { return entries_.size(); }
  size_t bytes() const { return entries_.size() * (sizeof(std::pair<const Key, int64_t>) + 32); }

 private:
  struct Key {
    uint32_t group;
    bool is_bound;  // Before all values of the group.
    T value;
    Key(uint32_t g, std::nullopt_t) : group(g), is_bound(true), value() {}
    Key(uint32_t g, const T& v) : group(g), is_bound(false), value(v) {}
  };
  struct Less {
    bool operator()(const Key& a, const Key& b) const {
      if (a.group != b.group) return a.group < b.group;
      if (a.is_bound || b.is_bound) return a.is_bound && !b.is_bound;
      return Compare(a.value, b.value) < 0;
    }
  };

  std::map<Key, int64_t, Less> entries_;
};

}  // namespace sqlmill::rt::state
