// A rule looks at one node whose inputs are already rewritten and gives another with the same rows, or the node itself.
#pragma once

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

namespace sql = rt::sql;

plan::NodeRef fold_constants(const plan::NodeRef& node);
plan::NodeRef drop_true_filters(const plan::NodeRef& node);

}  // namespace sqlmill::optimize
