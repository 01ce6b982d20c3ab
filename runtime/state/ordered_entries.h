// The values of one aggregate's argument in every group, in order: what MIN and MAX need when rows can be
// taken back. An entry for each (group, value) with its count.
//
// Entries are records of a slab, so each has a number that stays. All groups are in one B+ tree: leaves,
// which are linked, have the numbers in order; inner nodes have for each child but the first a bound, which
// is greater than all that is left of it and not greater than the child's values. What a search reads, groups
// and prefixes of values, lies in the nodes; a value is looked at where these are equal.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/base/prefetch.h"
#include "runtime/state/node_pool.h"
#include "runtime/state/order_prefix.h"
#include "runtime/state/own.h"
#include "runtime/state/slab.h"
#include "runtime/state/touched.h"

namespace sqlmill::rt::state {

/// `Compare(a, b)` is a total order over T that agrees with order_prefix: negative, 0 or positive; 0 only for
/// values that retraction may cancel. No group has the number UINT32_MAX.
template <class T, int (*Compare)(const T&, const T&), size_t kFanOut = 64>
class OrderedEntries {
 public:
  OrderedEntries() : root_(leaves_.make()) {}
  OrderedEntries(const OrderedEntries&) = delete;
  OrderedEntries& operator=(const OrderedEntries&) = delete;

  /// Adds to the count of the value in the group. Counts may be negative within an epoch; an entry with the
  /// count 0 goes.
  void add(Heap& heap, uint32_t group, const T& value, int64_t weight) {
    const Probe probe{group, order_prefix(value), &value};
    Path path;
    Leaf* leaf = descend(probe, path);
    const size_t at = rank(*leaf, probe);
    if (at == leaf->size || !leaf->keys.is_prefix(at, probe) || Compare(value_of(*leaf, at), value) != 0) {
      const uint32_t number = entries_.add(own(heap, value), weight);
      note(number, group);
      insert(heap, path, leaf, at, probe, number);
      return;
    }
    note(leaf->numbers[at], group);
    Entry& entry = entries_[leaf->numbers[at]];
    entry.count += weight;
    if (entry.count == 0) erase(heap, path, leaf, at);
  }

  /// The least value of the group whose count is positive, or null. Valid until the next add().
  const T* least(uint32_t group) const {
    const Probe probe{group, 0, nullptr};
    const Leaf* leaf = descend(probe);
    for (size_t at = rank(*leaf, probe);; ++at) {
      for (; leaf && at == leaf->size; at = 0) leaf = leaf->next;
      if (!leaf || leaf->keys.groups[at] != group) return nullptr;
      const Entry& entry = entries_[leaf->numbers[at]];
      if (entry.count > 0) return &entry.value;
    }
  }
  const T* greatest(uint32_t group) const {
    const Probe behind{group + 1, 0, nullptr};
    const Leaf* leaf = descend(behind);
    for (size_t at = rank(*leaf, behind);; --at) {
      while (leaf && at == 0) {
        leaf = leaf->previous;
        at = leaf ? leaf->size : 0;
      }
      if (!leaf || leaf->keys.groups[at - 1] != group) return nullptr;
      const Entry& entry = entries_[leaf->numbers[at - 1]];
      if (entry.count > 0) return &entry.value;
    }
  }

  /// Every entry by group and value; `visit(group, value, count)`.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Leaf* leaf = descend(Probe{0, 0, nullptr}); leaf; leaf = leaf->next) {
      for (size_t i = 0; i < leaf->size; ++i) {
        const Entry& entry = entries_[leaf->numbers[i]];
        visit(leaf->keys.groups[i], entry.value, entry.count);
      }
    }
  }

  size_t size() const { return entries_.size(); }
  size_t bytes() const {
    return entries_.bytes() + leaves_.bytes() + inners_.bytes() + touched_.bytes() +
           touched_groups_.capacity() * sizeof(uint32_t);
  }

  void note_touched() { touched_.turn_on(); }
  /// What has changed since the last call.
  template <class Entries>
  void save(Entries& entries) {
    entries.next_part();
    touched_.take([&](uint32_t number) {
      if (entries_.has(number)) {
        entries.put(number, touched_groups_[number], entries_[number].count, entries_[number].value);
      } else {
        entries.remove(number);
      }
    });
  }
  template <class Entries>
  void load(Heap& heap, Entries& entries) {
    entries.next_part(heap, [&](uint64_t number, auto& decoder) {
      uint32_t group = 0;
      Entry& entry = entries_.add_at(static_cast<uint32_t>(number));
      decoder(group, entry.count, entry.value);
      const Probe probe{group, order_prefix(entry.value), &entry.value};
      Path path;
      Leaf* leaf = descend(probe, path);
      insert(heap, path, leaf, rank(*leaf, probe), probe, static_cast<uint32_t>(number));
    });
  }

 private:
  /// Below that, a node takes entries from its neighbour, or the two become one.
  static constexpr size_t kSizeMin = kFanOut / 4;
  /// Two neighbours that have no more become one: there must be room left.
  static constexpr size_t kMergedMax = kFanOut - kFanOut / 4;
  /// 2^32 entries do not need as many levels.
  static constexpr size_t kLevelsMax = 16;

  /// A value of a group, or without a value the place before all of them.
  struct Probe {
    uint32_t group;
    uint64_t prefix;
    const T* value;
  };

  struct Entry {
    T value;
    int64_t count;
  };

  struct Keys {
    std::array<uint64_t, kFanOut> prefixes;
    std::array<uint32_t, kFanOut> groups;

    bool is_prefix(size_t i, const Probe& probe) const {
      return prefixes[i] == probe.prefix && groups[i] == probe.group;
    }

    /// The first place from `begin` to `end` whose group and prefix are not less than the probe's.
    size_t rank(const Probe& probe, size_t begin, size_t end) const {
      if (begin == end || groups[begin] != probe.group || groups[end - 1] != probe.group) {
        return rank_among_groups(probe, begin, end);
      }
      // Almost always so in leaves. Many prefixes are compared at a time.
      size_t at = begin;
      for (size_t i = begin; i < end; ++i) at += prefixes[i] < probe.prefix;
      return at;
    }

    /// By halves and without a branch, which would be guessed wrong half the time.
    size_t rank_among_groups(const Probe& probe, size_t begin, size_t end) const {
      const auto word = [](uint32_t group, uint64_t prefix) {
        return static_cast<unsigned __int128>(group) << 64 | prefix;
      };
      const auto wanted = word(probe.group, probe.prefix);
      size_t at = begin;
      for (size_t left = end - begin; left > 0;) {
        const size_t half = (left + 1) / 2;
        const size_t last = at + half - 1;
        at += word(groups[last], prefixes[last]) < wanted ? half : 0;
        left -= half;
      }
      return at;
    }

    void copy(size_t to, const Keys& source, size_t from, size_t count) {
      copy_items(prefixes, to, source.prefixes, from, count);
      copy_items(groups, to, source.groups, from, count);
    }
  };

  struct Leaf {
    uint32_t size = 0;
    Keys keys;
    std::array<uint32_t, kFanOut> numbers;  // Of entries.
    Leaf* previous = nullptr;
    Leaf* next = nullptr;

    /// Copies `count` items, also within one node.
    void copy(size_t to, const Leaf& source, size_t from, size_t count) {
      keys.copy(to, source.keys, from, count);
      copy_items(numbers, to, source.numbers, from, count);
    }
  };

  struct Bound {
    uint32_t group;
    uint64_t prefix;
    T value;  // Owned.
  };

  struct Inner {
    uint32_t size = 0;  // Of children. Item i is child i and its bound; the bound of child 0 says nothing.
    Keys keys;
    std::array<void*, kFanOut> children;
    std::array<T, kFanOut> values;

    void copy(size_t to, const Inner& source, size_t from, size_t count) {
      copy_bounds(to, source, from, count);
      copy_items(children, to, source.children, from, count);
    }
    void copy_bounds(size_t to, const Inner& source, size_t from, size_t count) {
      keys.copy(to, source.keys, from, count);
      copy_items(values, to, source.values, from, count);
    }
    Bound bound(size_t i) const { return {keys.groups[i], keys.prefixes[i], values[i]}; }
    void set_bound(size_t i, const Bound& bound) {
      keys.groups[i] = bound.group;
      keys.prefixes[i] = bound.prefix;
      values[i] = bound.value;
    }
  };

  template <class Array>
  static void copy_items(Array& target, size_t to, const Array& source, size_t from, size_t count) {
    if (to > from) {
      std::copy_backward(&source[0] + from, &source[0] + from + count, &target[0] + to + count);
    } else {
      std::copy(&source[0] + from, &source[0] + from + count, &target[0] + to);
    }
  }

  struct Step {
    Inner* node;
    size_t child;
  };
  /// From the root down to the parent of the leaf.
  struct Path {
    std::array<Step, kLevelsMax> steps;
    size_t size = 0;
  };

  /// An entry that changes; which group's it is, leaves know only.
  void note(uint32_t number, uint32_t group) {
    if (!touched_.is_on()) [[likely]]
      return;
    touched_.note(number);
    if (number >= touched_groups_.size()) touched_groups_.resize(number + number / 2 + 1);
    touched_groups_[number] = group;
  }

  // ---- Searching ----

  const T& value_of(const Leaf& leaf, size_t at) const { return entries_[leaf.numbers[at]].value; }

  size_t rank(const Leaf& leaf, const Probe& probe) const {
    return rank_values(leaf.keys, probe, leaf.keys.rank(probe, 0, leaf.size), leaf.size,
                       [&](size_t at) { return Compare(value_of(leaf, at), *probe.value) < 0; });
  }
  static size_t child_of(const Inner& inner, const Probe& probe) {
    return rank_values(inner.keys, probe, inner.keys.rank(probe, 1, inner.size), inner.size,
                       [&](size_t at) { return Compare(inner.values[at], *probe.value) <= 0; }) -
           1;
  }
  /// Among the keys from `at` on with the probe's prefix, the first whose value is not before it.
  template <class IsBefore>
  static size_t rank_values(const Keys& keys, const Probe& probe, size_t at, size_t end, IsBefore is_before) {
    if (!probe.value || at == end || !keys.is_prefix(at, probe) || !is_before(at)) return at;
    size_t behind = ++at;
    while (behind < end && keys.is_prefix(behind, probe)) ++behind;
    while (at < behind) {
      const size_t middle = (at + behind) / 2;
      if (is_before(middle)) {
        at = middle + 1;
      } else {
        behind = middle;
      }
    }
    return at;
  }

  Leaf* descend(const Probe& probe) const {
    void* node = root_;
    for (size_t level = 0; level < inner_levels_; ++level) {
      const Inner* inner = static_cast<const Inner*>(node);
      node = inner->children[child_of(*inner, probe)];
    }
    prefetch_searched(node);
    return static_cast<Leaf*>(node);
  }
  Leaf* descend(const Probe& probe, Path& path) const {
    void* node = root_;
    for (path.size = 0; path.size < inner_levels_; ++path.size) {
      Inner* inner = static_cast<Inner*>(node);
      const size_t child = child_of(*inner, probe);
      path.steps[path.size] = {inner, child};
      node = inner->children[child];
    }
    prefetch_searched(node);
    return static_cast<Leaf*>(node);
  }
  /// What rank() reads of a leaf, asked for at once: one after the other would be a miss after the other.
  static void prefetch_searched(const void* leaf) { base::prefetch(leaf, offsetof(Leaf, previous)); }

  // ---- Growing ----

  /// Puts an entry into its place.
  void insert(Heap& heap, Path& path, Leaf* leaf, size_t at, const Probe& probe, uint32_t number) {
    if (leaf->size == kFanOut) [[unlikely]] {
      Leaf* right = split(*leaf, leaves_);
      link_behind(leaf, right);
      add_child(path, right, bound_of(heap, *right));
      if (at > leaf->size) {
        at -= leaf->size;
        leaf = right;
      }
    }
    leaf->copy(at + 1, *leaf, at, leaf->size - at);
    leaf->keys.groups[at] = probe.group;
    leaf->keys.prefixes[at] = probe.prefix;
    leaf->numbers[at] = number;
    ++leaf->size;
  }

  /// An own copy: the entry may go before the bound does.
  Bound bound_of(Heap& heap, const Leaf& leaf) const {
    return {leaf.keys.groups[0], leaf.keys.prefixes[0], own(heap, value_of(leaf, 0))};
  }

  /// The new right half of a full node.
  template <class Node>
  static Node* split(Node& left, NodePool<Node>& pool) {
    Node* right = pool.make();
    left.size = kFanOut / 2;
    right->size = kFanOut - left.size;
    right->copy(0, left, left.size, right->size);
    return right;
  }

  static void link_behind(Leaf* left, Leaf* right) {
    right->previous = left;
    right->next = left->next;
    if (right->next) right->next->previous = right;
    left->next = right;
  }

  /// Puts `child` behind the one at the end of the path.
  void add_child(Path& path, void* child, Bound bound) {
    while (path.size > 0) {
      auto [node, before] = path.steps[--path.size];
      size_t at = before + 1;
      Inner* right = node->size == kFanOut ? split(*node, inners_) : nullptr;
      Inner* target = node;
      if (right && at > node->size) {
        at -= node->size;
        target = right;
      }
      target->copy(at + 1, *target, at, target->size - at);
      target->set_bound(at, bound);
      target->children[at] = child;
      ++target->size;
      if (!right) return;
      // The bound of the right half's first child says nothing there: it is the right half's own.
      child = right;
      bound = right->bound(0);
    }
    Inner* root = inners_.make();
    root->size = 2;
    root->children[0] = root_;
    root->children[1] = child;
    root->set_bound(1, bound);
    root_ = root;
    ++inner_levels_;
  }

  // ---- Shrinking ----

  void erase(Heap& heap, Path& path, Leaf* leaf, size_t at) {
    release(heap, value_of(*leaf, at));
    entries_.erase(leaf->numbers[at]);
    --leaf->size;
    leaf->copy(at, *leaf, at + 1, leaf->size - at);
    if (leaf->size >= kSizeMin || path.size == 0) return;
    const auto [parent, left_child] = left_of_pair(path);
    Leaf* left = static_cast<Leaf*>(parent->children[left_child]);
    Leaf* right = static_cast<Leaf*>(parent->children[left_child + 1]);
    release(heap, parent->values[left_child + 1]);
    if (left->size + right->size > kMergedMax) {
      balance(*left, *right);
      parent->set_bound(left_child + 1, bound_of(heap, *right));
      return;
    }
    left->copy(left->size, *right, 0, right->size);
    left->size += right->size;
    left->next = right->next;
    if (left->next) left->next->previous = left;
    leaves_.free(right);
    remove_child(path, parent, left_child + 1);
  }

  /// Of the node at the end of the path and a neighbour below the same parent, the left one.
  static Step left_of_pair(const Path& path) {
    const auto [parent, child] = path.steps[path.size - 1];
    return {parent, child + 1 < parent->size ? child : child - 1};
  }

  /// Moves entries between two neighbours, so that they have equally many.
  template <class Node>
  static void balance(Node& left, Node& right) {
    const uint32_t sum = left.size + right.size, new_left = sum / 2;
    if (new_left > left.size) {
      const uint32_t moved = new_left - left.size;
      left.copy(left.size, right, 0, moved);
      right.copy(0, right, moved, right.size - moved);
    } else {
      const uint32_t moved = left.size - new_left;
      right.copy(moved, right, 0, right.size);
      right.copy(0, left, new_left, moved);
    }
    left.size = new_left;
    right.size = sum - new_left;
  }

  /// Takes a child, which is free already and whose bound is released, out of the last node of the path,
  /// and does the same on the levels above as far as nodes become too small.
  void remove_child(Path& path, Inner* node, size_t child) {
    while (true) {
      --node->size;
      node->copy(child, *node, child + 1, node->size - child);
      --path.size;
      if (path.size == 0) break;
      if (node->size >= kSizeMin) return;
      const auto [parent, left_child] = left_of_pair(path);
      Inner* left = static_cast<Inner*>(parent->children[left_child]);
      Inner* right = static_cast<Inner*>(parent->children[left_child + 1]);
      // Between the two their bound is one among the others.
      right->copy_bounds(0, *parent, left_child + 1, 1);
      if (left->size + right->size > kMergedMax) {
        balance(*left, *right);
        parent->copy_bounds(left_child + 1, *right, 0, 1);
        return;
      }
      left->copy(left->size, *right, 0, right->size);
      left->size += right->size;
      inners_.free(right);
      node = parent;
      child = left_child + 1;
    }
    if (node->size > 1) return;
    root_ = node->children[0];
    --inner_levels_;
    inners_.free(node);
  }

  Slab<Entry> entries_;
  NodePool<Leaf> leaves_;
  NodePool<Inner> inners_;
  void* root_;  // A leaf if there are no inner levels.
  size_t inner_levels_ = 0;
  Touched touched_;
  std::vector<uint32_t> touched_groups_;  // By number, of those that were touched.
};

}  // namespace sqlmill::rt::state
