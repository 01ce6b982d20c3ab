// Chooses how COUNT(DISTINCT …) of append-only rows is kept.
#pragma once

#include "compiler/incremental/dataflow.h"

namespace sqlmill::incremental {

/// COUNT(DISTINCT user_id) GROUP BY page_url becomes a DistinctBelow under the aggregate by user_id, which is
/// made if there is none, where user_id identifies and page_url is a word. After choose_words().
void count_distinct_below(Dataflow& flow);

/// The operator that finds the new values of a call of an aggregate, or none.
const Operator* feeder(const Dataflow& flow, OperatorId consumer, size_t call);

}  // namespace sqlmill::incremental
