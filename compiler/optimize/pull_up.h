// Takes what a plan reads of the row around it out of the plan, so that it can be joined instead of being run
// for each row.
#pragma once

#include <optional>
#include <vector>

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

namespace sql = rt::sql;

/// For a row around it, the plan's rows are those of `node` that meet the predicates, each as `outputs`.
struct Pulled {
  plan::NodeRef node;                     // Reads no parameter.
  std::vector<plan::ExprRef> outputs;     // Over the node's columns and parameters.
  std::vector<plan::ExprRef> predicates;  // The same.
  /// At most one row of `node` meets the predicates, and where none does, it is as if there were one of
  /// NULLs: the plan is an aggregate without keys.
  bool one_row = false;
  std::vector<plan::ExprRef> filters = {};  // With one_row: that row is there only if they hold.
};

/// Nothing if that is not possible.
std::optional<Pulled> pull_up(const plan::NodeRef& plan);

/// `outer = inner`: what is on the left reads parameters only, on the right columns only.
struct Correlation {
  plan::ExprRef outer;
  plan::ExprRef inner;
  const sql::Function* function;
};
std::optional<Correlation> as_correlation(const plan::ExprRef& predicate);
/// All of them; nothing if one is of another kind.
std::optional<std::vector<Correlation>> as_correlations(const std::vector<plan::ExprRef>& predicates);

}  // namespace sqlmill::optimize
