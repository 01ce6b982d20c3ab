// The rules for ad hoc queries. Each gives another plan of the same meaning and the same columns, or what it
// was given.
#pragma once

#include "compiler/optimize/query.h"

namespace sqlmill::optimize {

// Of one node of an expression whose operands are already rewritten.
plan::ExprRef constants_right(const plan::ExprRef& expr);
plan::ExprRef simplify_booleans(const plan::ExprRef& expr);
plan::ExprRef factor_or(const plan::ExprRef& expr);
plan::ExprRef or_to_in(const plan::ExprRef& expr);

// Of one node whose inputs are already rewritten.
plan::NodeRef lateral_to_join(const plan::NodeRef& node);
plan::NodeRef subqueries_to_joins(const plan::NodeRef& node);
plan::NodeRef merge_projects(const plan::NodeRef& node);
plan::NodeRef drop_sorts(const plan::NodeRef& node);
plan::NodeRef drop_distinct(const plan::NodeRef& node);
plan::NodeRef semi_to_inner(const plan::NodeRef& node);
plan::NodeRef push_limits(const plan::NodeRef& node);

// Of whole plans.
plan::NodeRef push_predicates(const plan::NodeRef& plan);
plan::NodeRef sink_semi_joins(const plan::NodeRef& plan, const Statistics& statistics);
plan::NodeRef order_joins(const plan::NodeRef& plan, const Statistics& statistics);
plan::NodeRef prune_columns(const plan::NodeRef& plan);

}  // namespace sqlmill::optimize
