// What is known of a plan's rows before it runs: keys, constants, how many there can be.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

using Columns = std::set<uint32_t>;

/// Sets of columns that no two rows have the same values of, NULL being the same as NULL; the empty set:
/// there is at most one row. Not all that could be proven.
std::vector<Columns> unique_keys(const plan::NodeRef& plan);
/// The same of a relation's rows, by its PRIMARY KEY or its query.
std::vector<Columns> unique_keys(const catalog::Relation& relation);
bool has_key_within(const plan::NodeRef& plan, const Columns& columns);
bool has_at_most_one_row(const plan::NodeRef& plan);

/// Columns that equal an expression that reads no column, in every row.
std::map<uint32_t, plan::ExprRef> constant_columns(const plan::NodeRef& plan);

/// Whether it takes values from the row around it.
bool reads_parameter(const plan::NodeRef& plan);
/// Whether its calls give the same for the rows in any order.
bool ignores_order(const plan::Aggregate& aggregate);

}  // namespace sqlmill::optimize
