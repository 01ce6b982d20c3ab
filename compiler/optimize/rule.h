// A rule looks at one node whose inputs are already rewritten, or at one expression, and gives another of the
// same meaning, or what it was given.
#pragma once

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

namespace sql = rt::sql;

// Of expressions, wherever they stand.
plan::ExprRef fold_constants(const plan::ExprRef& expr);
plan::ExprRef like_without_pattern(const plan::ExprRef& expr);

// Of nodes.
plan::NodeRef case_argument_to_filter(const plan::NodeRef& node);
plan::NodeRef drop_true_filters(const plan::NodeRef& node);

}  // namespace sqlmill::optimize
