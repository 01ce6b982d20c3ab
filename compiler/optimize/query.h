// Rewrites of the plan of an ad hoc query that keep its meaning and make it run well: the executor runs a
// plan as it stands. The list of rules is in query_passes.cpp.
#pragma once

#include <optional>
#include <vector>

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

/// What a running pipeline knows of its relations.
class Statistics {
 public:
  virtual ~Statistics() = default;
  /// About how many rows it has.
  virtual double rows(const catalog::Relation& relation) const = 0;
  /// Sets of columns by whose values rows are found without a scan: the primary key, the keys of a view's
  /// groups, an index.
  virtual std::vector<std::vector<uint32_t>> lookups(const catalog::Relation& relation) const = 0;
  /// About how many different values a column has, if that is known.
  virtual std::optional<double> distinct_values(const catalog::Relation& /*relation*/,
                                                uint32_t /*column*/) const {
    return std::nullopt;
  }
};

/// Nothing is known: every relation has the same number of rows, and none can be looked up.
const Statistics& no_statistics();

/// The result has the same columns. Where rows of a relation are looked up by a key, `key = value` for all of
/// its columns is in the Filter directly above the Scan.
plan::NodeRef optimize_query(const plan::NodeRef& plan, const Statistics& statistics);

}  // namespace sqlmill::optimize
