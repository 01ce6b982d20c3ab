// SELECT … FROM t SEMI JOIN u ON u.id = t.a    where id is a key of u
//   ⇒  SELECT t.… FROM t JOIN u ON u.id = t.a
//
// An inner join may stand anywhere in the order of joins. What can fail stays where it is: it does not run
// where there is nothing to be found.
#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

plan::NodeRef semi_to_inner(const plan::NodeRef& node) {
  const auto* join = std::get_if<plan::Join>(&node->op);
  if (!join || join->kind != plan::JoinKind::kSemi || !join->parameters.empty()) return node;
  const size_t width = join->left->columns.size();
  Columns equal;
  for (const plan::ExprRef& part : conjuncts(join->condition)) {
    const std::optional<Equality> equality = as_equality(part);
    if (!equality) continue;
    for (const auto& [a, b] :
         {std::pair(equality->left, equality->right), std::pair(equality->right, equality->left)}) {
      const plan::Column* column = as_column(a);
      if (column && column->index >= width && reads_only(b, 0, width))
        equal.insert(column->index - static_cast<uint32_t>(width));
    }
  }
  if (!has_key_within(join->right, equal) || may_fail(join->right)) return node;
  const plan::NodeRef inner =
      plan::join(plan::JoinKind::kInner, join->left, join->right, join->condition, {}, node->span);
  return plan::project(inner, columns_between(*inner, 0, static_cast<uint32_t>(width)), names_of(*node),
                       node->span);
}

}  // namespace sqlmill::optimize
