// Filter and projection of a batch, without state.
//
// A Spec has the types In and Out, kName, identical(), and project(), which says false of a row that is
// filtered out or failed; the context knows which.
#pragma once

#include "runtime/delta/batch.h"
#include "runtime/ops/environment.h"

namespace sqlmill::rt::ops {

/// Appends the projection of `in` to `out`. An update whose two sides come out the same is dropped.
template <class Spec, class InBatch, class OutBatch>
void project(Environment& env, const InBatch& in, OutBatch& out) {
  const auto one = [&](size_t i, typename Spec::Out& row) {
    if (Spec::project(env.context, in.row(i), row)) return true;
    // A row that is taken back failed when it came; it is logged once.
    if (env.context.failed()) {
      if (in.weight(i) > 0) {
        env.log_failure(Spec::kName);
      } else {
        env.context.clear_error();
      }
    }
    return false;
  };
  typename Spec::Out row;
  typename Spec::Out next;
  for (size_t i = 0; i < in.size(); ++i) {
    const int64_t weight = in.weight(i);
    const bool accepted = one(i, row);
    if constexpr (!InBatch::kOnlyInserts) {
      if (i + 1 < in.size() && in.weight(i + 1) == -weight) {
        const bool next_accepted = one(i + 1, next);
        ++i;
        if (accepted && next_accepted && Spec::identical(row, next)) continue;
        if (accepted) out.add(row, weight);
        if (next_accepted) out.add(next, -weight);
        continue;
      }
    }
    if (accepted) out.add(row, weight);
  }
}

/// Evaluates the projection of new rows for the sake of the error log alone.
template <class Spec, class InBatch>
void check(Environment& env, const InBatch& in) {
  typename Spec::Out row;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in.weight(i) > 0 && !Spec::project(env.context, in.row(i), row) && env.context.failed())
      env.log_failure(Spec::kName);
  }
}

}  // namespace sqlmill::rt::ops
