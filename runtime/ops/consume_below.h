// Rows on their way from an aggregate to what hangs below it (ops/hung.h), and what is counted below.
#pragma once

#include "runtime/ops/grouped_aggregate.h"

namespace sqlmill::rt::ops {

/// Of rows whose groups are known, and only of those: while its own are complete, and those below are not.
template <class Spec>
void GroupedAggregate<Spec>::locate_for_others(const InputBatch& batch, size_t begin, size_t end)
  requires(!kHung)
{
  typename Spec::Prepared unused;
  uint32_t rows[kLocatedRows];
  uint32_t groups[kLocatedRows];
  size_t n = 0;
  for (size_t i = begin; i < end; ++i) {
    if (!admit(batch.row(i), batch.weight(i), unused)) continue;
    const uint32_t group = this->find_kept(Spec::key_of(env_.context, batch.row(i)));
    if (group == state::HashIndex::kNone) continue;
    groups[n] = group;
    rows[n++] = static_cast<uint32_t>(i);
  }
  for (Hung<InputBatch>* hung : hung_) hung->consume({batch, rows, groups, n});
}

template <class Spec>
void GroupedAggregate<Spec>::consume_located(const Located<InputBatch>& located)
  requires kHung
{
  typename Spec::Prepared prepared[kLocatedRows];
  uint32_t rows[kLocatedRows];
  uint32_t groups[kLocatedRows];
  size_t n = 0;
  for (size_t j = 0; j < located.size; ++j) {
    const uint32_t i = located.rows[j];
    if (!admit(located.batch.row(i), located.batch.weight(i), prepared[n])) continue;
    rows[n] = i;
    groups[n++] = located.groups[j];
  }
  for (size_t j = 0; j < n; ++j) {
    if (!records_.has(groups[j])) continue;
    prefetch(records_[groups[j]].key);
    Spec::prefetch_record(records_[groups[j]].record);
  }
  for (size_t j = 0; j < n; ++j)
    groups[j] = this->find_or_add_below(groups[j], Spec::key_of(env_.context, located.batch.row(rows[j])));
  apply_chunk(located.batch, rows, groups, nullptr, prepared, n);
}

template <class Spec>
void GroupedAggregate<Spec>::consume_feed(size_t feed, const FeedBatch& batch)
  requires(!kHung)
{
  if (ignores_) return;
  uint32_t groups[kLocatedRows];
  for (size_t begin = 0; begin < batch.size(); begin += kLocatedRows) {
    const size_t n = std::min(kLocatedRows, batch.size() - begin);
    this->locate(&batch.row(begin), groups, n);
    for (size_t j = 0; j < n; ++j) {
      Entry& entry = records_[groups[j]];
      if (entry.touched_epoch != env_.pins.epoch()) touch(groups[j], entry);
      Spec::count_fed(entry.record, feed);
      check_row(groups[j], entry);
    }
  }
}

}  // namespace sqlmill::rt::ops
