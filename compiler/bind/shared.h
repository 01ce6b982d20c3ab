// WITH queries whose rows are kept, and those that need not be.
#pragma once

#include "compiler/plan/node.h"

namespace sqlmill::bind {

/// Whether the rows of `id` that came last are read in `node`, also by its subqueries.
bool reads_working_table(const plan::NodeRef& node, uint32_t id);

/// Takes away the `Shared` whose input is read in one place only, and once; and those over a working table,
/// whose rows change.
plan::NodeRef without_needless_sharing(const plan::NodeRef& node);

}  // namespace sqlmill::bind
