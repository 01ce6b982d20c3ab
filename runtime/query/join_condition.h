// What a join's condition is made of: equalities between the sides, by which a hash table finds matches, and
// the rest.
#pragma once

#include <vector>

#include "compiler/plan/node.h"

namespace sqlmill::rt::query {

struct JoinKey {
  plan::ExprRef left;   // Over the left's columns.
  plan::ExprRef right;  // Over the right's columns, counted from 0.
  bool nulls_match;     // IS NOT DISTINCT FROM.
};
struct JoinCondition {
  std::vector<JoinKey> keys;
  plan::ExprRef rest;  // Over both; null: nothing.
};

/// `condition` (null: true) is over the `left_columns` columns of the left, then the right's.
JoinCondition split_condition(const plan::ExprRef& condition, size_t left_columns);

}  // namespace sqlmill::rt::query
