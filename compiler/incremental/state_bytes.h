// What an operator's state takes, as far as it can be told from the plan: for `explain`. The sizes follow the
// layouts of runtime/ops and runtime/state; what a run takes is in its summary.
#pragma once

#include <string>

#include "compiler/incremental/dataflow.h"

namespace sqlmill::incremental {

/// `about 208 a record, with those of click_mv_session_summary beside it; …`. Empty: it keeps nothing.
std::string estimate_state(const Dataflow& flow, const Operator& op);

}  // namespace sqlmill::incremental
