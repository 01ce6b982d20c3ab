// The groups of an aggregate (ops/grouped_aggregate.h): their records, and how a key's is found: by its hash,
// by its word's number, or, below a parent (ops/hung.h), beside the parent's record.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "runtime/delta/batch.h"
#include "runtime/ops/hung.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/own.h"
#include "runtime/state/records.h"
#include "runtime/state/word_numbers.h"

namespace sqlmill::rt::ops {

template <class Spec>
class GroupedAggregate;

/// How a hung operator knows its parent.
template <class ParentSpec>
struct ParentOf {
  using Operator = GroupedAggregate<ParentSpec>;
};
template <>
struct ParentOf<NoParent> {
  using Operator = NoParent;
};

template <class Spec>
class Groups {
 public:
  using KeptKey = typename Spec::KeptKey;
  using Key = typename Spec::Key;
  using InputBatch = delta::Batch<typename Spec::Input, Spec::kAppendOnly>;
  using Parent = typename ParentOf<typename Spec::Parent>::Operator;
  static constexpr bool kHung = !std::is_same_v<Parent, NoParent>;

  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  /// Rows that are located here go on to the hung one, which must be made before the first row.
  void hang(Hung<InputBatch>& hung) { hung_.push_back(&hung); }
  /// Where the hung one finds room beside the records.
  state::Blocks& blocks() { return own_blocks_; }
  /// What the record of a group keeps of its key. For hung operators.
  const KeptKey& kept_key(uint32_t group) { return records_[group].key; }

  size_t records() const {
    if constexpr (kHung) {
      return records_.size() + further_.size();
    } else {
      return records_.size();
    }
  }
  size_t state_bytes() const {
    return index_.bytes() + own_blocks_.bytes() + heap_.reserved_bytes() + Spec::bytes(collections_);
  }

 protected:
  /// touched_epoch of a group that was added and whose first row has not been applied: no epoch has this
  /// number.
  static constexpr uint32_t kNew = UINT32_MAX;
  /// Of a hung operator: the parent's group has more than one of its groups. The first has the parent's
  /// number, the others have numbers of their own, with this bit.
  static constexpr uint32_t kFurther = uint32_t{1} << 31;

  struct RowCount {
    int64_t count = 0;
  };
  struct NoRowCount {};
  struct Entry {
    KeptKey key{};
    typename Spec::Record record{};
    [[no_unique_address]] std::conditional_t<Spec::kAppendOnly, NoRowCount, RowCount> row_count{};
    uint32_t touched_epoch = 0;

    int64_t rows() const {
      if constexpr (Spec::kAppendOnly) {
        return 1;
      } else {
        return row_count.count;
      }
    }
  };
  struct FurtherEntry : Entry {
    uint32_t parent = 0;
  };
  struct NoFurther {
    explicit NoFurther(state::Blocks&) {}
  };

  Groups()
    requires(!kHung)
      : records_(own_blocks_), collections_(own_blocks_) {}
  explicit Groups(Parent& parent)
    requires kHung
      : parent_(&parent), records_(parent.blocks()), collections_(parent.blocks()) {}
  ~Groups() = default;

  Entry& entry_of(uint32_t group) {
    if constexpr (kHung) {
      if (group & kFurther) [[unlikely]]
        return further_[group & ~kFurther];
    }
    return records_[group];
  }
  void prefetch_entry(uint32_t group) {
    if constexpr (kHung) {
      if (group & kFurther) [[unlikely]]
        return further_.prefetch(group & ~kFurther);
    }
    records_.prefetch(group);
  }
  Key key_of(uint32_t group, const Entry& entry) {
    if constexpr (kHung) {
      const uint32_t parent = group & kFurther ? further_[group & ~kFurther].parent : group;
      return Spec::full_key(parent_->kept_key(parent), entry.key);
    } else {
      return entry.key;
    }
  }

  /// These of the parent's groups will be located next: asks for memory.
  void expect_below(const uint32_t* groups, size_t count) {
    for (size_t j = 0; j < count; ++j) {
      if (groups[j] == state::HashIndex::kNone) continue;
      records_.prefetch(groups[j]);
      Spec::prefetch_group(collections_, groups[j]);
    }
  }

  /// The groups of at most kLocatedRows keys, added where they are new. In passes, so that the memory that a
  /// pass touches was asked for by an earlier one: index slots, then records, then the texts of their keys.
  void locate(const KeptKey* keys, uint32_t* groups, size_t n)
    requires(!kHung)
  {
    if constexpr (!Spec::kGrouped) {
      std::fill_n(groups, n, 0);
    } else if constexpr (Spec::kWordKey) {
      for (size_t j = 0; j < n; ++j) {
        groups[j] = word_groups_.find(*Spec::word_of(keys[j]));
        if (groups[j] == state::HashIndex::kNone) continue;
        records_.prefetch(groups[j]);
        Spec::prefetch_group(collections_, groups[j]);
      }
      for (Hung<InputBatch>* hung : hung_) hung->expect(groups, n);
      for (size_t j = 0; j < n; ++j) {
        if (groups[j] == state::HashIndex::kNone) groups[j] = find_or_add(hash(keys[j]), keys[j]);
      }
    } else {
      uint64_t hashes[kLocatedRows];
      for (size_t j = 0; j < n; ++j) {
        hashes[j] = hash(keys[j]);
        index_.prefetch(hashes[j]);
      }
      for (size_t j = 0; j < n; ++j) {
        groups[j] = index_.candidate(hashes[j]);
        if (groups[j] == state::HashIndex::kNone) continue;
        records_.prefetch(groups[j]);
        Spec::prefetch_group(collections_, groups[j]);
      }
      for (Hung<InputBatch>* hung : hung_) hung->expect(groups, n);
      for (size_t j = 0; j < n; ++j) {
        if (groups[j] == state::HashIndex::kNone) continue;
        prefetch(records_[groups[j]].key);
        Spec::prefetch_record(records_[groups[j]].record);
      }
      for (size_t j = 0; j < n; ++j) {
        if (groups[j] == state::HashIndex::kNone || !same(records_[groups[j]].key, keys[j])) [[unlikely]]
          groups[j] = find_or_add(hashes[j], keys[j]);
      }
    }
  }

  uint32_t find_or_add(uint64_t key_hash, const KeptKey& key)
    requires(!kHung)
  {
    // The same chunk may have added it.
    const uint32_t found =
        index_.find(key_hash, [&](uint32_t group) { return same(records_[group].key, key); });
    if (found != state::HashIndex::kNone) return found;
    const uint32_t added = records_.add();
    records_[added].key = own(heap_, key);
    index_.insert(key_hash, added);
    if constexpr (Spec::kWordKey) word_groups_.set(*Spec::word_of(key), added);
    records_[added].touched_epoch = kNew;
    return added;
  }

  /// Below a group of the parent: mostly the first and only one.
  uint32_t find_or_add_below(uint32_t parent, const KeptKey& key)
    requires kHung
  {
    Entry& first = records_[parent];
    if (first.touched_epoch != 0 && same(first.key, key)) [[likely]]
      return parent;
    if (index_.size() == 0 && first.touched_epoch == 0) {
      add_entry(records_.add_at(parent), key);
      return parent;
    }
    return find_or_add_further(parent, key);
  }

  [[gnu::noinline]] uint32_t find_or_add_further(uint32_t parent, const KeptKey& key)
    requires kHung
  {
    const uint64_t key_hash = further_hash(parent, key);
    const uint32_t found = index_.find(key_hash, [&](uint32_t group) {
      const FurtherEntry& entry = further_[group & ~kFurther];
      return entry.parent == parent && same(entry.key, key);
    });
    if (found != state::HashIndex::kNone) return found;
    if (records_[parent].touched_epoch == 0) {
      add_entry(records_.add_at(parent), key);
      return parent;
    }
    const uint32_t added = further_.add() | kFurther;
    further_[added & ~kFurther].parent = parent;
    add_entry(further_[added & ~kFurther], key);
    index_.insert(key_hash, added);
    return added;
  }

  void add_entry(Entry& entry, const KeptKey& key) {
    entry.key = own(heap_, key);
    entry.touched_epoch = kNew;
  }

  static uint64_t further_hash(uint32_t parent, const KeptKey& key) {
    return sql::hash_combine(hash(key), parent);
  }

  /// `visit(group, entry)` for every group.
  template <class Visit>
  void for_each_entry(Visit visit) {
    records_.for_each(visit);
    if constexpr (kHung) further_.for_each([&](uint32_t n, Entry& entry) { visit(n | kFurther, entry); });
  }

  void erase(uint32_t group, Entry& entry) {
    release(heap_, entry.key);
    Spec::release(heap_, entry.record);
    if constexpr (kHung) {
      if (group & kFurther) {
        const uint32_t number = group & ~kFurther;
        index_.erase(further_hash(further_[number].parent, entry.key), group);
        further_.erase(number);
        further_.recycle(number);
      } else {
        records_.erase(group);
      }
    } else {
      if constexpr (Spec::kWordKey) word_groups_.forget(*Spec::word_of(entry.key));
      index_.erase(hash(entry.key), group);
      records_.erase(group);
      erased_.push_back(group);
    }
  }

  /// At the end of an epoch: numbers of erased groups can be used again, and their memory.
  void recycle() {
    heap_.collect();
    for (const uint32_t group : erased_) records_.recycle(group);
    erased_.clear();
  }

 private:
  struct NoWordGroups {};

  Parent* parent_ = nullptr;
  state::HashIndex index_;  // Of a hung operator: to further_.
  [[no_unique_address]] std::conditional_t<Spec::kWordKey, state::WordNumbers, NoWordGroups> word_groups_;
  state::Blocks own_blocks_;  // Of a hung operator: of further_; its first records are in the parent's.

 protected:
  std::vector<Hung<InputBatch>*> hung_;
  state::Records<Entry> records_;
  [[no_unique_address]] std::conditional_t<kHung, state::Records<FurtherEntry>, NoFurther> further_{
      own_blocks_};
  base::Heap heap_;
  typename Spec::Collections collections_;
  std::vector<uint32_t> erased_;  // In this epoch: their numbers are used again from the next on.
};

}  // namespace sqlmill::rt::ops
