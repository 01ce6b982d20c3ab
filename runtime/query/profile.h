// What the operators of one run have done, for EXPLAIN ANALYZE.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/query/operator.h"

namespace sqlmill::rt::query {

class Profile {
 public:
  struct Counts {
    uint64_t rows = 0;
    uint64_t runs = 1;   // One more for each time it began again.
    double seconds = 0;  // By the clock, of it and all below it.
  };

  /// The same operator, counted.
  OperatorPtr count(const plan::Node& node, OperatorPtr counted);
  /// Null: the node has no operator of its own.
  const Counts* find(const plan::Node& node) const;

 private:
  std::unordered_map<const plan::Node*, Counts> counts_;
};

/// The lines of EXPLAIN; with a profile those of EXPLAIN ANALYZE. `lookup_of` says of a filter how the rows
/// of the scan below it are found; empty: all are looked at.
std::vector<std::string> explain_lines(const plan::NodeRef& plan, const Profile* profile,
                                       const std::function<std::string(const plan::Filter&)>& lookup_of);

}  // namespace sqlmill::rt::query
