// The descriptors of aggregate functions: which argument type gives which result, and the accumulator that
// generated code uses. The accumulators are templates in ops/accumulators.h and the files of this folder.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

struct Aggregate {
  std::string_view name;           // In SQL.
  std::optional<TypeId> argument;  // None: count(*).
  TypeId result;
  bool result_nullable;   // NULL for a group without a value.
  std::string_view cpp;   // The accumulator template's name: `agg::Sum`.
  bool can_fail;          // Its result may be out of range.
  bool distinct_matters;  // False for min, max, bool_and, bool_or.
};

/// All aggregates, in the order of aggregates.def; overloads share a name.
const std::vector<Aggregate>& aggregates();

}  // namespace sqlmill::rt::sql
