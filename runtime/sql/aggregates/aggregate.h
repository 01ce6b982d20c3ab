// The descriptors of aggregate functions: which argument types give which result, how a call is written, and
// the accumulator that generated code uses. The accumulators are templates in ops/accumulators/ over the
// files of this folder; those of ordered sets are in query/.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

/// How a call is written.
enum class AggregateForm : uint8_t {
  kPlain,            // f(arguments)
  kOrderedSet,       // f(direct arguments) WITHIN GROUP (ORDER BY value)
  kHypotheticalSet,  // f(values) WITHIN GROUP (ORDER BY as many)
};

struct Aggregate {
  std::string_view name;  // In SQL.
  AggregateForm form = AggregateForm::kPlain;
  // As overloads of functions are found by them: of kOrderedSet the direct ones, then the one of ORDER BY; of
  // kHypotheticalSet none, for it takes one or more of any type, each with the type of its key. kUnknown
  // stands for any type. Empty otherwise: count(*).
  std::vector<TypeId> arguments;
  // kUnknown: that of the last argument. kArray: of such elements; of the same ones, if it is an array.
  TypeId result;
  bool result_nullable;               // NULL for a group without a value.
  std::string_view cpp;               // The accumulator template's name: `agg::Sum`.
  bool can_fail;                      // Its result may be out of range.
  bool distinct_matters;              // False for min, max, bool_and, bool_or: DISTINCT may be left out.
  bool always_distinct;               // Counts as if DISTINCT were written.
  bool order_matters;                 // False: ORDER BY within the call may be left out.
  bool in_views;                      // False: for ad hoc queries only.
  TypeId element = TypeId::kUnknown;  // Of arguments that are arrays; kUnknown: any.

  bool is_star() const { return form == AggregateForm::kPlain && arguments.empty(); }
};

/// All aggregates, in the order of aggregates.def; overloads share a name.
const std::vector<Aggregate>& aggregates();

}  // namespace sqlmill::rt::sql
