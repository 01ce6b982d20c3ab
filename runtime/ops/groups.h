// The groups of an aggregate (ops/grouped_aggregate.h): their records, and how a key's is found: by its hash,
// by its word's number, or, below a parent (ops/hung.h), beside the parent's record.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "runtime/delta/batch.h"
#include "runtime/ops/environment.h"
#include "runtime/ops/hung.h"
#include "runtime/ops/reading.h"
#include "runtime/state/entries.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/own.h"
#include "runtime/state/records.h"
#include "runtime/state/touched.h"
#include "runtime/state/versions.h"
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

/// A group's row, as of some epoch. `outside` is what it shows of entries beside the record.
template <class Spec>
struct KeptGroup {
  typename Spec::Key key;
  const typename Spec::Record* record;
  [[no_unique_address]] typename Spec::Outside outside;
};
/// The row itself, of which only what is wanted is computed.
template <class Spec>
struct ShownGroup {
  const typename Spec::Key& key;
  typename Spec::Values values{};
};

template <class Spec>
class Groups {
 public:
  using Kept = KeptGroup<Spec>;
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
    return index_.bytes() + own_blocks_.bytes() + heap_.reserved_bytes() + Spec::bytes(collections_) +
           versions_.bytes() + touched_.bytes();
  }

  /// From now on what changes is noted for save(). Before the first epoch.
  void note_touched() {
    touched_.turn_on();
    env_.pins.note_touched();
    collections_.for_each([](auto& collection) { collection.note_touched(); });
  }

  /// The next groups' rows, at most kKeptRows and of at most `max_records` records.
  KeptCount read(uint32_t epoch, Cursor& cursor, uint32_t max_records, Kept* kept) {
    if (cursor.part == 0) cursor = {0, records_.end(), 1};
    if constexpr (kHung) {
      if (cursor.part == 1 && cursor.next >= cursor.end) cursor = {0, further_.end(), 2};
    }
    KeptCount count{};
    const uint32_t bit = cursor.part == 2 ? kFurther : 0;
    const uint64_t end = std::min(cursor.end, cursor.next + std::min(max_records, kKeptRows));
    for (; cursor.next < end; ++cursor.next, ++count.records) {
      if (cursor.next + kReadAhead < cursor.end)
        prefetch_entry(static_cast<uint32_t>(cursor.next + kReadAhead) | bit);
      if (as_of(static_cast<uint32_t>(cursor.next) | bit, epoch, kept[count.rows])) ++count.rows;
    }
    cursor.at_end = cursor.next >= cursor.end && (!kHung || cursor.part == 2);
    return count;
  }
  /// The row of the group with this key. False: there is none here.
  bool find(uint32_t epoch, const Key& key, Kept& kept) {
    if (Spec::kGrouped && worker_of(owner_hash(key), env_.workers) != env_.worker) return false;
    const uint32_t group = find_group(key);
    return group != state::HashIndex::kNone && as_of(group, epoch, kept);
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
    uint32_t touched_epoch = 0;
    uint32_t newest_version = 0;
    KeptKey key{};
    typename Spec::Record record{};
    /// 0 between epochs, if the input can retract: the group lingers for readers.
    [[no_unique_address]] std::conditional_t<Spec::kAppendOnly, NoRowCount, RowCount> row_count{};

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

  explicit Groups(Environment env)
    requires(!kHung)
      : env_(env), records_(own_blocks_), collections_(own_blocks_) {}
  Groups(Environment env, Parent& parent)
    requires kHung
      : env_(env), parent_(&parent), records_(parent.blocks()), collections_(parent.blocks()) {}
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

  /// The groups of at most kLocatedRows keys, added where they are new. In passes, so that the memory that a
  /// pass touches was asked for by an earlier one: index slots, then places, then the texts of their keys.
  /// All of a pass are asked for at once: a processor waits where one is asked for whose page it does not
  /// know, and does so for several at the same time.
  void locate(const KeptKey* keys, uint32_t* groups, size_t n)
    requires(!kHung)
  {
    if constexpr (!Spec::kGrouped) {
      std::fill_n(groups, n, 0);
    } else if constexpr (Spec::kWordKey) {
      for (size_t j = 0; j < n; ++j) {
        groups[j] = word_groups_.find(*Spec::word_of(keys[j]));
        if (groups[j] != state::HashIndex::kNone) own_blocks_.prefetch(groups[j]);
      }
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
        if (groups[j] != state::HashIndex::kNone) own_blocks_.prefetch(groups[j]);
      }
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

  uint32_t find_kept(const KeptKey& key)
    requires(!kHung)
  {
    if constexpr (!Spec::kGrouped) {
      return records_.has(0) ? 0 : state::HashIndex::kNone;
    } else {
      return index_.find(hash(key), [&](uint32_t group) { return same(records_[group].key, key); });
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
    const uint32_t found = find_further(parent, key);
    if (found != state::HashIndex::kNone) return found;
    if (records_[parent].touched_epoch == 0) {
      add_entry(records_.add_at(parent), key);
      return parent;
    }
    const uint32_t added = further_.add() | kFurther;
    further_[added & ~kFurther].parent = parent;
    add_entry(further_[added & ~kFurther], key);
    index_.insert(further_hash(parent, key), added);
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

  /// Behind the last change of a group that has no rows any more.
  void erase_or_linger(uint32_t group, Entry& entry) {
    if (!env_.pins.any()) [[likely]] {
      erase(group, entry);
      return;
    }
    // Its key and number stay, so that readers find it; if the key comes back, the record begins anew.
    Spec::release(heap_, entry.record);
    entry.record = {};
    lingering_.add(group);
  }

  /// Before the first change of a group in an epoch.
  void note_change(uint32_t group, Entry& entry) {
    if (entry.touched_epoch > env_.pins.interest()) [[likely]]
      return;
    // A group that has nothing but its key changes only once.
    if (!std::is_empty_v<typename Spec::Record> || !Spec::kAppendOnly || entry.touched_epoch == kNew)
      touched_.note(group);
    if (versions_.wants(entry)) versions_.save(entry, group, Spec::outside(collections_, group));
  }

  // In ops/groups_state.h.
  /// Writes the groups that have changed since the last call, between two epochs.
  void save_groups(state::ChangedEntries& entries);
  /// Reads what all calls of save_groups() have written. Instead of the first epoch, and behind the parent.
  void load_groups(state::Loading& entries);

  /// At the end of an epoch: what is erased can be used again, numbers and memory, as far as no reader needs
  /// it.
  void recycle() {
    if constexpr (!Spec::kAppendOnly) {
      lingering_.reap([this](uint32_t group, uint32_t epoch) {
        Entry& entry = entry_of(group);
        if (entry.rows() == 0 && entry.touched_epoch == epoch) erase(group, entry);
      });
    }
    env_.collect(heap_);
    versions_.forget();
    for (const uint32_t group : erased_) records_.recycle(group);
    erased_.clear();
    // So that no record seems touched that was touched 2^32 epochs ago.
    if (env_.pins.renumbers()) [[unlikely]]
      for_each_entry([](uint32_t, Entry& entry) { entry.touched_epoch = 1; });
  }

  /// The hash by which the group's worker is found: where groups hang, that of the parent's.
  static uint64_t owner_hash(const Key& key) {
    if constexpr (kHung) {
      return hash(Spec::parent_key(key));
    } else {
      return hash(key);
    }
  }
  uint32_t find_group(const Key& key) {
    if constexpr (!Spec::kGrouped) {
      return records_.has(0) ? 0 : state::HashIndex::kNone;
    } else if constexpr (kHung) {
      const uint32_t parent = parent_->find_group(Spec::parent_key(key));
      if (parent == state::HashIndex::kNone) return parent;
      const KeptKey kept = Spec::kept_key(key);
      if (records_.has(parent) && same(records_[parent].key, kept)) return parent;
      return find_further(parent, kept);
    } else {
      return index_.find(hash(key), [&](uint32_t group) { return same(records_[group].key, key); });
    }
  }

 private:
  struct NoWordGroups {};
  template <class>
  friend class Groups;

  const Entry* entry_if_used(uint32_t group) {
    if constexpr (kHung) {
      if (group & kFurther) return further_.has(group & ~kFurther) ? &further_[group & ~kFurther] : nullptr;
    }
    return records_.has(group) ? &records_[group] : nullptr;
  }
  /// Where the group's record was, in a table that has none but those that were read.
  Entry& add_loaded(uint32_t group) {
    if constexpr (kHung) {
      if (!(group & kFurther)) {
        if (group >= parent_->blocks().places()) state::Decoder::fail("a group without its parent");
        return records_.add_at(group);
      }
      own_blocks_.make_place(group & ~kFurther);
      return further_.add_at(group & ~kFurther);
    } else {
      if (!Spec::kGrouped && records_.has(group)) return records_[group];
      own_blocks_.make_place(group);
      return records_.add_at(group);
    }
  }

  uint32_t find_further(uint32_t parent, const KeptKey& key) {
    return index_.find(further_hash(parent, key), [&](uint32_t group) {
      const FurtherEntry& entry = further_[group & ~kFurther];
      return entry.parent == parent && same(entry.key, key);
    });
  }

  /// The group's row as of the epoch. False: it has none.
  bool as_of(uint32_t group, uint32_t epoch, Kept& kept) {
    const Entry* entry = &entry_of(group);
    if (entry->touched_epoch == 0) return false;
    if (entry->touched_epoch <= epoch) [[likely]] {
      kept.outside = Spec::outside(collections_, group);
    } else {
      const auto* version = versions_.find(*entry, group, epoch);
      if (!version) return false;
      entry = &version->record;
      kept.outside = version->beside;
    }
    if (Spec::kGrouped && entry->rows() == 0) return false;
    kept.key = key_of(group, *entry);
    kept.record = &entry->record;
    return true;
  }

 protected:
  Environment env_;

 private:
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
  state::Versions<Entry, typename Spec::Outside> versions_{env_.pins};
  state::Lingering lingering_{env_.pins};
  state::Touched touched_;        // Since the last checkpoint.
  std::vector<uint32_t> erased_;  // In this epoch: their numbers are used again from the next on.
};

}  // namespace sqlmill::rt::ops

#include "runtime/ops/groups_state.h"  // IWYU pragma: export
