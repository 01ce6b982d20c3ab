// Aggregates whose groups are made of another aggregate's groups: GROUP BY right(user_id, 1), device_type
// over GROUP BY user_id, device_type. All rows of a group below are in the same group above, for ever, so it
// is looked up once for each, not for each change.
#pragma once

#include "compiler/incremental/dataflow.h"

namespace sqlmill::incremental {

/// Whether `op` is such an aggregate. Then no group below ever goes or is refused, and so neither does one of
/// its own.
bool follows_groups(const Dataflow& flow, const Operator& op);

}  // namespace sqlmill::incremental
