// How groups are written to a checkpoint, and read again.
#pragma once

#include "runtime/ops/groups.h"

namespace sqlmill::rt::ops {

template <class Spec>
void Groups<Spec>::save_groups(state::ChangedEntries& entries) {
  entries.next_part();
  touched_.take([&](uint32_t group) {
    const Entry* entry = entry_if_used(group);
    if (!entry || (Spec::kGrouped && entry->rows() == 0)) return entries.remove(group);
    const auto put = [&](const auto&... more) {
      if constexpr (Spec::kAppendOnly) {
        entries.put(group, entry->key, entry->record, more...);
      } else {
        entries.put(group, entry->key, entry->record, entry->row_count.count, more...);
      }
    };
    if constexpr (kHung) {
      if (group & kFurther) return put(further_[group & ~kFurther].parent);
    }
    put();
  });
  collections_.for_each([&](auto& collection) { collection.save(entries); });
}

template <class Spec>
void Groups<Spec>::load_groups(state::Loading& entries) {
  entries.next_part(heap_, [&](uint64_t number, state::Decoder& decoder) {
    const auto group = static_cast<uint32_t>(number);
    Entry& entry = add_loaded(group);
    entry.touched_epoch = 1;
    decoder(entry.key, entry.record);
    if constexpr (!Spec::kAppendOnly) decoder(entry.row_count.count);
    if constexpr (kHung) {
      if (!(group & kFurther)) return;
      uint32_t& parent = further_[group & ~kFurther].parent;
      decoder(parent);
      index_.insert(further_hash(parent, entry.key), group);
    } else if constexpr (Spec::kGrouped) {
      index_.insert(hash(entry.key), group);
      if constexpr (Spec::kWordKey) word_groups_.set(*Spec::word_of(entry.key), group);
    }
  });
  const auto free_unused = [&](auto& records) {
    for (uint32_t number = 0; number < own_blocks_.places(); ++number)
      if (!records.has(number)) records.recycle(number);
  };
  if constexpr (kHung) free_unused(further_);
  if constexpr (!kHung) free_unused(records_);
  collections_.for_each([&](auto& collection) { collection.load(heap_, entries); });
}

}  // namespace sqlmill::rt::ops
