// SELECT DISTINCT id, a FROM t    where id is a key of t  ⇒  SELECT id, a FROM t
#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

plan::NodeRef drop_distinct(const plan::NodeRef& node) {
  const auto* aggregate = std::get_if<plan::Aggregate>(&node->op);
  const bool is_distinct =
      aggregate && aggregate->grouped && aggregate->calls.empty() && aggregate->sets.empty();
  if (!is_distinct) return node;
  Columns columns;
  for (const plan::ExprRef& key : aggregate->keys) {
    if (const plan::Column* column = as_column(key)) columns.insert(column->index);
  }
  if (!has_key_within(aggregate->input, columns)) return node;
  return projected(aggregate->input, aggregate->keys, names_of(*node), node->span);
}

}  // namespace sqlmill::optimize
