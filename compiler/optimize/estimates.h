// How many rows a plan may have: guesses for choosing between plans that mean the same.
#pragma once

#include <map>
#include <unordered_map>

#include "compiler/optimize/join_region.h"
#include "compiler/optimize/query.h"

namespace sqlmill::optimize {

/// The column of a relation that a plan's column is.
struct Origin {
  const catalog::Relation* relation;
  uint32_t column;
  friend auto operator<=>(const Origin&, const Origin&) = default;
};
std::optional<Origin> origin(const plan::NodeRef& plan, uint32_t column);

class Estimates {
 public:
  explicit Estimates(const Statistics& statistics) : statistics_(statistics) {}

  double rows(const plan::NodeRef& plan);
  /// Columns that are joined with a key have no more values than the key.
  void learn(const JoinRegion& region);

 private:
  /// Of a column's values in its relation, whatever filters do.
  struct Distinct {
    double count;
    bool is_known;
  };

  double of(const plan::Node& node);
  double of_filter(const plan::Filter& filter);
  double of_join(const plan::Join& join);
  double of_groups(const plan::NodeRef& input, const std::vector<plan::ExprRef>& keys);
  double selectivity(const plan::NodeRef& input, const plan::ExprRef& predicate);
  double selectivity_of_call(const plan::NodeRef& input, const plan::Call& call);
  double selectivity_of_join(const plan::Join& join);
  Distinct distinct(const plan::NodeRef& plan, const plan::ExprRef& expr);

  const Statistics& statistics_;
  std::unordered_map<plan::NodeRef, double> known_;
  std::map<Origin, double> at_most_;
};

}  // namespace sqlmill::optimize
