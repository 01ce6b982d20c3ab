// What an aggregate does with the groups that an epoch has touched: their net changes, or whether what reads
// them can be computed.
#pragma once

#include "runtime/ops/grouped_aggregate.h"

namespace sqlmill::rt::ops {

template <class Spec>
bool GroupedAggregate<Spec>::seal(OutputBatch& out) {
  const size_t end = std::min(sealed_ + kSealChunk, dirty_.size());
  for (; sealed_ < end; ++sealed_) {
    if (sealed_ + kSealAhead < dirty_.size()) this->prefetch_entry(dirty_[sealed_ + kSealAhead].group);
    const Dirty& dirty = dirty_[sealed_];
    Entry& entry = this->entry_of(dirty.group);
    const bool exists = !Spec::kGrouped || Spec::kAppendOnly || entry.rows() != 0;
    if (exists && entry.rows() < 0 && Spec::kGrouped) broken("a group has a negative number of rows");
    if (exists) show_least_key(dirty.group, entry);
    if (emission_ == Emission::kChanges) {
      emit(dirty.group, entry, exists, dirty.existed ? &before_[sealed_before_++] : nullptr, out);
    } else if (emission_ == Emission::kResults && exists) {
      check(dirty.group, entry, true);
    }
    if (!exists) this->erase_or_linger(dirty.group, entry);
  }
  if (sealed_ < dirty_.size()) return true;
  dirty_.clear();
  before_.clear();
  if constexpr (kChecksRows) failing_.clear();
  sealed_ = 0;
  sealed_before_ = 0;
  return false;
}

template <class Spec>
void GroupedAggregate<Spec>::emit(uint32_t group, Entry& entry, bool exists, const Before* before,
                                  OutputBatch& out) {
  Row after;
  Row was;
  if constexpr (kRecordDecides) {
    if (before && std::memcmp(&before->record, &entry.record, sizeof entry.record) == 0) return;
  }
  if (exists) {
    after.key = this->key_of(group, entry);
    Spec::values(env_.context, Spec::outside(collections_, group), entry.record, after.values);
  }
  if constexpr (requires { after.origin; }) after.origin = was.origin = group;
  if (before) {
    if constexpr (kRecordDecides) {
      was.key = after.key;
      // What decides alone has nothing outside.
      Spec::values(env_.context, {}, before->record, was.values);
    } else {
      was = before->row;
      if constexpr (requires { was.origin; }) was.origin = group;
    }
    if (exists && same_form(was.key, after.key) && Spec::identical(was.values, after.values)) return;
    out.add(was, -1);
    ++counters_.rows_out;
  }
  if (exists) {
    out.add(after, 1);
    ++counters_.rows_out;
  }
}

template <class Spec>
bool GroupedAggregate<Spec>::check(uint32_t group, const Entry& entry, bool logs) {
  if constexpr (Spec::kCheckReadsKey) {
    return Spec::check(env_, collections_, group, entry.record, this->key_of(group, entry), logs);
  } else {
    return Spec::check(env_, collections_, group, entry.record, Key{}, logs);
  }
}

template <class Spec>
void GroupedAggregate<Spec>::check_row([[maybe_unused]] uint32_t group, [[maybe_unused]] const Entry& entry) {
  if constexpr (kChecksRows) {
    if (emission_ != Emission::kResults || check(group, entry, false)) [[likely]]
      return;
    if (failing_.insert(group).second) dirty_.push_back({group});
  }
}

}  // namespace sqlmill::rt::ops
