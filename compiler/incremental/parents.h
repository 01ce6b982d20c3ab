// Aggregates whose records hang below those of another (runtime/ops/hung.h): GROUP BY session_id, user_id
// below GROUP BY session_id of the same rows.
#pragma once

#include "compiler/incremental/dataflow.h"

namespace sqlmill::incremental {

/// Whether each of `some` is among `all`.
bool contains(const std::vector<ExprRef>& all, const std::vector<ExprRef>& some);
/// Whether a row can fail in it; such a row is missing below it.
bool can_fail(const Aggregate& aggregate);
/// Whether its groups are many and few rows are in each, by what the keys are called.
bool spreads(const Aggregate& aggregate);

/// Fills Aggregate::parent. After everything that changes expressions.
void choose_parents(Dataflow& flow);

}  // namespace sqlmill::incremental
