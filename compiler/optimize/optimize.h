// Rewrites of a logical plan that keep its meaning. The list of rules is in passes.cpp.
#pragma once

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

plan::NodeRef optimize(const plan::NodeRef& node);

}  // namespace sqlmill::optimize
