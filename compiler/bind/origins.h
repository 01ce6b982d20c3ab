// Which column of which relation a result's column is, as PostgreSQL tells its clients (RowDescription).
#pragma once

#include <vector>

#include "compiler/bind/bind.h"

namespace sqlmill::bind {

/// Of each of the statement's columns, before it is optimized. As PostgreSQL has it: what is nothing but a
/// column of a relation, through subqueries, joins and WITH, but not through UNION and its kin. Of a view
/// that is the view's own column.
std::vector<Origin> origins_of(const BoundStatement& statement, const catalog::Catalog& catalog);

}  // namespace sqlmill::bind
