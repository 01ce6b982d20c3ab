// Aggregates whose records hang below those of another (runtime/ops/hung.h): GROUP BY session_id, user_id
// below GROUP BY session_id of the same rows.
#pragma once

#include "compiler/incremental/dataflow.h"

namespace sqlmill::incremental {

/// Fills Aggregate::parent. After everything that changes expressions.
void choose_parents(Dataflow& flow);

}  // namespace sqlmill::incremental
