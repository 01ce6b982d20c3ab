#include "compiler/incremental/origins.h"

#include <algorithm>

#include "compiler/incremental/parents.h"

namespace sqlmill::incremental {

bool follows_groups(const Dataflow& flow, const Operator& op) {
  const auto* aggregate = std::get_if<Aggregate>(&op.op);
  if (!aggregate || !aggregate->grouped || aggregate->parent || can_fail(*aggregate)) return false;
  const Operator& producer = flow.operators[aggregate->producer];
  const auto* below = std::get_if<Aggregate>(&producer.op);
  if (!below || !below->grouped || !producer.input_append_only) return false;
  const bool has_forms = std::any_of(below->keys.begin(), below->keys.end(),
                                     [](const ExprRef& key) { return sql::has_equal_forms(key->type.id); });
  if (has_forms) return false;
  const auto reads_key_only = [&](const ExprRef& expr) {
    bool only = true;
    plan::for_each_column(expr, [&](const plan::Column& c) { only = only && c.index < below->keys.size(); });
    return only;
  };
  return std::all_of(aggregate->keys.begin(), aggregate->keys.end(), reads_key_only) &&
         std::all_of(aggregate->filters.begin(), aggregate->filters.end(), reads_key_only) &&
         std::none_of(aggregate->keys.begin(), aggregate->keys.end(),
                      [](const ExprRef& key) { return sql::has_equal_forms(key->type.id); });
}

}  // namespace sqlmill::incremental
