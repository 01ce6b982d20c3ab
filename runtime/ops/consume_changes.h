// How an aggregate (ops/grouped_aggregate.h, which includes this) consumes rows that can be taken back:
// mostly they come in pairs, a row of an aggregate below as it was and as it is.
#pragma once

#include "runtime/ops/grouped_aggregate.h"

namespace sqlmill::rt::ops {

/// Rows as they come. Where one takes the place of the one before it, in the same group, they are applied
/// together, and only to the calls that read something else; where there is none, not at all.
template <class Spec>
void GroupedAggregate<Spec>::consume_changes(const InputBatch& batch)
  requires(!kHung && !Spec::kAppendOnly)
{
  KeptKey keys[kLocatedRows];
  uint32_t groups[kLocatedRows];
  Changes changes;
  size_t located = 0;
  size_t n = 0;
  const auto finish = [&] {
    this->locate(keys, groups, located);
    for (size_t j = 0; j < n; ++j) {
      if (changes.located[j] == kKnown) continue;
      changes.groups[j] = groups[changes.located[j]];
      if constexpr (Spec::kFollowsGroups) followed_.set(batch.row(changes.rows[j]).origin, changes.groups[j]);
    }
    apply_changes(batch, changes, keys, n);
    located = n = 0;
  };
  for (size_t i = 0; i < batch.size(); ++i) {
    if constexpr (Spec::kFollowsGroups) {
      if (i + kFollowAhead < batch.size()) followed_.prefetch(batch.row(i + kFollowAhead).origin);
    }
    if (n + 2 > kLocatedRows) finish();
    const auto take = [&](size_t row, uint64_t same) {
      if (!admit(batch.row(row), batch.weight(row), changes.prepared[n])) return;
      changes.rows[n] = static_cast<uint32_t>(row);
      changes.same[n] = same;
      changes.located[n++] = static_cast<uint32_t>(located);
    };
    const size_t first = n;
    if (i + 1 < batch.size() && replaces(batch, i)) {
      const uint64_t same = Spec::unchanged(batch.row(i), batch.row(i + 1));
      if (same != Spec::kAllUnchanged) {
        take(i, same);
        take(i + 1, same);
        // One of the two has failed: the other is by itself.
        if (n == first + 1) changes.same[first] = 0;
      }
      ++i;
    } else {
      take(i, 0);
    }
    if (n == first) continue;
    if constexpr (Spec::kFollowsGroups) {
      // With several workers the groups below are others' too.
      const uint32_t known =
          env_.workers == 1 ? followed_.find(batch.row(i).origin) : state::HashIndex::kNone;
      if (known != state::HashIndex::kNone) {
        records_.prefetch(known);
        for (size_t j = first; j < n; ++j) {
          changes.groups[j] = known;
          changes.located[j] = kKnown;
        }
        continue;
      }
    }
    keys[located++] = Spec::key_of(env_.context, batch.row(changes.rows[first]));
  }
  finish();
}

template <class Spec>
void GroupedAggregate<Spec>::apply_changes(const InputBatch& batch, Changes& changes,
                                           [[maybe_unused]] const KeptKey* keys, size_t n)
  requires(!kHung && !Spec::kAppendOnly)
{
  if constexpr (!std::is_empty_v<typename Spec::Prepared>) {
    for (size_t j = 0; j < n; ++j) {
      Spec::prepare(env_.context, collections_, changes.groups[j], batch.row(changes.rows[j]),
                    changes.prepared[j]);
    }
    for (size_t j = 0; j < n; ++j) Spec::prefetch(collections_, changes.prepared[j]);
    for (size_t j = 0; j < n; ++j) {
      Spec::resolve(env_.context, heap_, collections_, changes.groups[j], batch.row(changes.rows[j]),
                    changes.prepared[j]);
    }
  }
  const uint32_t epoch = env_.pins.epoch();
  for (size_t j = 0; j < n; ++j) {
    const size_t i = changes.rows[j];
    const uint32_t group = changes.groups[j];
    const int64_t weight = batch.weight(i);
    Entry& entry = this->entry_of(group);
    if (entry.touched_epoch != epoch) touch(group, entry);
    entry.row_count.count += weight;
    if constexpr (Spec::kKeyVaries) note_key(group, entry, keys[changes.located[j]], weight);
    Spec::apply(env_.context, heap_, collections_, group, entry.record, batch.row(i), changes.prepared[j],
                weight, changes.same[j]);
  }
  counters_.rows_in += n;
}

}  // namespace sqlmill::rt::ops
