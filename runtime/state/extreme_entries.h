// The values of one aggregate's argument in every group, for MIN and MAX where rows can be taken back: an
// entry for each (group, value) with its count, found by hash. Which one is the least is not kept in order:
// a group has candidates, a heap of those that are least, and what is no candidate is not less than any that
// is. A candidate that has gone is found out when it comes to the top; when none is left, the candidates are
// chosen anew among all entries of the group. So an update is one look-up, whatever the number of values.
//
// For types whose order the first 64 bits decide or nearly so (order_prefix.h), since candidates are ordered
// by these; others are kept by state/ordered_entries.h.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/state/hash_index.h"
#include "runtime/state/order_prefix.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"
#include "runtime/state/touched.h"

namespace sqlmill::rt::state {

/// Equal prefixes are equal values.
template <class T>
inline constexpr bool kPrefixDecides = std::integral<T> || std::floating_point<T> || sql::DateOrTime<T>;
/// Equal prefixes are few.
template <class T>
inline constexpr bool kPrefixOrders = kPrefixDecides<T> || std::same_as<T, sql::Interval>;

/// What can become the least of a group's entries. `key` orders them.
class Candidates {
 public:
  struct Candidate {
    uint64_t key;
    uint32_t number;
    friend bool operator<(const Candidate& a, const Candidate& b) {
      return a.key != b.key ? a.key < b.key : a.number < b.number;
    }
    friend bool operator==(const Candidate&, const Candidate&) = default;
  };

  /// An entry that has begun to count, of `entries` that the group has.
  template <class IsValid>
  void offer(uint64_t key, uint32_t number, size_t entries, IsValid is_valid) {
    if (key > bound_) [[likely]]
      return;
    if (heap_.size() >= std::max({kTrimmedMin * 2, entries / 2, trimmed_ * 2})) trim(entries, is_valid);
    if (key > bound_) return;
    heap_.push_back({key, number});
    std::push_heap(heap_.begin(), heap_.end(), is_behind);
  }

  /// Takes what does not count any more from the top. Null: there is no candidate.
  template <class IsValid>
  const Candidate* top(IsValid is_valid) {
    while (!heap_.empty() && !is_valid(heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), is_behind);
      heap_.pop_back();
    }
    return heap_.empty() ? nullptr : &heap_.front();
  }
  /// All entries of the group are candidates.
  bool has_all() const { return bound_ == UINT64_MAX; }

  /// `visit(number)` for each candidate whose key is that of the top.
  template <class Visit>
  void for_each_at_top(Visit visit, size_t at = 0) const {
    if (at >= heap_.size() || heap_[at].key != heap_.front().key) return;
    visit(heap_[at]);
    for_each_at_top(visit, 2 * at + 1);
    for_each_at_top(visit, 2 * at + 2);
  }

  /// From then on exactly these, and as many of them as pay.
  template <class IsValid>
  void restart(std::vector<Candidate> all, IsValid is_valid) {
    const size_t entries = all.size();
    heap_ = std::move(all);
    bound_ = UINT64_MAX;
    trim(entries, is_valid);
  }

  size_t bytes() const { return heap_.capacity() * sizeof(Candidate); }

 private:
  static constexpr size_t kTrimmedMin = 32;

  static bool is_behind(const Candidate& a, const Candidate& b) { return a.key > b.key; }

  /// Keeps the least of those that count. Choosing them anew looks at all entries, so there must be enough
  /// that they last.
  template <class IsValid>
  void trim(size_t entries, IsValid is_valid) {
    std::erase_if(heap_, [&](const Candidate& c) { return !is_valid(c); });
    std::sort(heap_.begin(), heap_.end());
    heap_.erase(std::unique(heap_.begin(), heap_.end()), heap_.end());
    const size_t kept = std::max(kTrimmedMin, entries / 8);
    if (heap_.size() > kept) {
      bound_ = heap_[kept - 1].key;
      const auto end = std::upper_bound(heap_.begin(), heap_.end(), bound_,
                                        [](uint64_t bound, const Candidate& c) { return bound < c.key; });
      heap_.erase(end, heap_.end());
    }
    trimmed_ = heap_.size();  // Ordered, hence a heap.
  }

  std::vector<Candidate> heap_;
  uint64_t bound_ = UINT64_MAX;  // Entries with greater keys are no candidates.
  size_t trimmed_ = 0;           // So many were left the last time.
};

/// `Compare(a, b)` is a total order over T that agrees with order_prefix, 0 only for values that retraction
/// may cancel. least() is for those with kLeast, greatest() for those with kGreatest.
template <class T, int (*Compare)(const T&, const T&), bool kLeast, bool kGreatest>
class ExtremeEntries {
  static_assert(kPrefixOrders<T>);

 public:
  ExtremeEntries() = default;
  ExtremeEntries(const ExtremeEntries&) = delete;
  ExtremeEntries& operator=(const ExtremeEntries&) = delete;

  /// Of what orders the value, which takes fewer steps than its hash.
  static uint64_t hash_of(uint32_t group, const T& value) {
    return sql::hash_combine(order_prefix(value), group);
  }
  void prefetch_slot(uint64_t h) const { index_.prefetch(h); }
  void prefetch_entry(uint64_t h) const {
    const uint32_t number = index_.candidate(h);
    if (number != HashIndex::kNone) entries_.prefetch(number);
  }

  /// Adds to the count of the value in the group. Counts may be negative within an epoch; an entry with the
  /// count 0 goes. `h` is hash_of(group, value).
  void add(uint32_t group, const T& value, int64_t weight, uint64_t h) {
    uint32_t number = index_.find(h, [&](uint32_t n) {
      return entries_[n].group == group && sql::identical(entries_[n].value, value);
    });
    if (number == HashIndex::kNone) {
      if (weight == 0) return;
      number = add_entry(group, value);
      index_.insert(h, number);
    }
    touched_.note(number);
    Entry& entry = entries_[number];
    const bool counted = entry.count > 0;
    entry.count += weight;
    if (!counted && entry.count > 0) {
      offer(group_of(group), number, entry);
    } else if (entry.count == 0) {
      index_.erase(h, number);
      erase_entry(group_of(group), number, entry);
    }
  }

  /// The least value of the group whose count is positive, or null. Valid until the next add().
  const T* least(uint32_t group) const { return first<0>(group); }
  const T* greatest(uint32_t group) const { return first<1>(group); }

  size_t size() const { return entries_.size() - free_.size(); }
  size_t bytes() const {
    size_t bytes = index_.bytes() + entries_.bytes() + member_bytes_ + touched_.bytes();
    for (const auto& groups : groups_) bytes += groups.capacity() * sizeof(Group);
    return bytes;
  }

  void note_touched() { touched_.turn_on(); }
  /// What has changed since the last call. Who belongs together and what comes first is found anew.
  template <class Entries>
  void save(Entries& entries) {
    entries.next_part();
    touched_.take([&](uint32_t number) {
      const Entry& entry = entries_[number];
      if (entry.count != 0) {
        entries.put(number, entry.group, entry.count, entry.value);
      } else {
        entries.remove(number);
      }
    });
  }
  template <class Entries>
  void load(Heap& heap, Entries& entries) {
    entries.next_part(heap, [&](uint64_t number, auto& decoder) {
      uint32_t group = 0;
      int64_t count = 0;
      T value{};
      decoder(group, count, value);
      while (entries_.end() < number) free_.push_back(entries_.add());
      const uint32_t added = entries_.add();
      join(added, group, value);
      index_.insert(hash_of(group, value), added);
      entries_[added].count = count;
      if (count > 0) offer(group_of(group), added, entries_[added]);
    });
  }

 private:
  using Candidate = Candidates::Candidate;
  /// A group with fewer is looked through.
  static constexpr size_t kFew = 16;
  static constexpr uint32_t kUpperGroups = uint32_t{1} << 31;

  struct Entry {
    T value;
    int64_t count;
    uint32_t group;
    uint32_t position;  // Among the group's members.
  };
  struct Group {
    std::vector<uint32_t> members;  // Numbers of all its entries.
    // Of the least, and of the greatest: there once it has more than a few members.
    std::unique_ptr<std::array<Candidates, 2>> candidates;
  };

  template <int kEnd>
  static uint64_t key_of(const T& value) {
    return kEnd == 0 ? order_prefix(value) : ~order_prefix(value);
  }
  template <int kEnd>
  static bool is_before(const T& a, const T& b) {
    return kEnd == 0 ? Compare(a, b) < 0 : Compare(a, b) > 0;
  }
  /// A number that was given away and taken again is another entry's, perhaps with the same key: then it is
  /// one candidate more for that.
  template <int kEnd>
  auto is_valid(uint32_t group) const {
    return [this, group](const Candidate& c) {
      const Entry& entry = entries_[c.number];
      return entry.count > 0 && entry.group == group && key_of<kEnd>(entry.value) == c.key;
    };
  }

  /// Numbers of groups are dense, but for those with the uppermost bit, which are dense by themselves.
  Group& group_of(uint32_t group) {
    std::vector<Group>& groups = groups_[group / kUpperGroups];
    const size_t at = group % kUpperGroups;
    if (at >= groups.size()) groups.resize(std::max(at + 1, groups.size() * 3 / 2));
    return groups[at];
  }

  uint32_t add_entry(uint32_t group, const T& value) {
    uint32_t number;
    if (free_.empty()) {
      number = entries_.add();
    } else {
      number = free_.back();
      free_.pop_back();
    }
    join(number, group, value);
    return number;
  }

  /// The entry becomes the group's, with the count 0.
  void join(uint32_t number, uint32_t group, const T& value) {
    Group& owner = group_of(group);
    // Not copied as a whole, which would wait for the members to leave the store buffer.
    Entry& entry = entries_[number];
    entry.value = value;
    entry.count = 0;
    entry.group = group;
    entry.position = static_cast<uint32_t>(owner.members.size());
    member_bytes_ -= owner.members.capacity() * sizeof(uint32_t);
    owner.members.push_back(number);
    member_bytes_ += owner.members.capacity() * sizeof(uint32_t);
  }

  void erase_entry(Group& owner, uint32_t number, const Entry& entry) {
    const uint32_t last = owner.members.back();
    owner.members[entry.position] = last;
    entries_[last].position = entry.position;
    owner.members.pop_back();
    free_.push_back(number);
    if (!owner.members.empty()) return;
    // The group may be gone, and its number be another's next.
    member_bytes_ -= owner.members.capacity() * sizeof(uint32_t);
    owner = Group();
  }

  void offer(Group& owner, uint32_t number, const Entry& entry) {
    const size_t size = owner.members.size();
    if (owner.candidates) {
      if constexpr (kLeast)
        (*owner.candidates)[0].offer(key_of<0>(entry.value), number, size, is_valid<0>(entry.group));
      if constexpr (kGreatest)
        (*owner.candidates)[1].offer(key_of<1>(entry.value), number, size, is_valid<1>(entry.group));
    } else if (size > kFew) {
      owner.candidates = std::make_unique<std::array<Candidates, 2>>();
      if constexpr (kLeast) choose<0>(owner, entry.group);
      if constexpr (kGreatest) choose<1>(owner, entry.group);
    }
  }

  template <int kEnd>
  [[gnu::noinline]] void choose(const Group& owner, uint32_t group) const {
    std::vector<Candidate> all;
    all.reserve(owner.members.size());
    for (const uint32_t number : owner.members) {
      if (entries_[number].count > 0) all.push_back({key_of<kEnd>(entries_[number].value), number});
    }
    (*owner.candidates)[kEnd].restart(std::move(all), is_valid<kEnd>(group));
  }

  template <int kEnd>
  const T* first(uint32_t group) const {
    static_assert(kEnd == 0 ? kLeast : kGreatest);
    const std::vector<Group>& groups = groups_[group / kUpperGroups];
    const size_t at = group % kUpperGroups;
    if (at >= groups.size()) return nullptr;
    const Group& owner = groups[at];
    const T* best = nullptr;
    const auto consider = [&](uint32_t number) {
      const Entry& entry = entries_[number];
      if (entry.count > 0 && (!best || is_before<kEnd>(entry.value, *best))) best = &entry.value;
    };
    if (!owner.candidates) {
      for (const uint32_t number : owner.members) consider(number);
      return best;
    }
    Candidates& candidates = (*owner.candidates)[kEnd];
    const Candidate* top = candidates.top(is_valid<kEnd>(group));
    if (!top && !candidates.has_all()) {
      choose<kEnd>(owner, group);
      top = candidates.top(is_valid<kEnd>(group));
    }
    if (!top) return nullptr;
    if constexpr (kPrefixDecides<T>) return &entries_[top->number].value;
    candidates.for_each_at_top([&](const Candidate& c) {
      if (is_valid<kEnd>(group)(c)) consider(c.number);
    });
    return best;
  }

  HashIndex index_;
  Slab<Entry> entries_;         // Also of those in free_, with the count 0.
  std::vector<uint32_t> free_;  // Numbers to be used again.
  std::array<std::vector<Group>, 2> groups_;
  size_t member_bytes_ = 0;
  Touched touched_;
};

}  // namespace sqlmill::rt::state
