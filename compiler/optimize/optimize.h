// Rewrites of a logical plan that keep its meaning. The list of rules is in passes.cpp.
#pragma once

#include <unordered_map>

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

/// Plans share nodes, within a view and between views: each is rewritten once, and what was shared stays
/// shared.
class Optimizer {
 public:
  plan::NodeRef optimize(const plan::NodeRef& node);

 private:
  plan::NodeRef with_rewritten_parts(const plan::NodeRef& node);

  std::unordered_map<plan::NodeRef, plan::NodeRef> done_;
};

/// One plan by itself.
plan::NodeRef optimize(const plan::NodeRef& node);

}  // namespace sqlmill::optimize
