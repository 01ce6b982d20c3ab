// SELECT count(*) FROM (SELECT * FROM t ORDER BY a) s      ⇒  SELECT count(*) FROM t
// SELECT … FROM (SELECT * FROM t ORDER BY a) t JOIN u …    ⇒  SELECT … FROM t JOIN u …
//
// What is above takes the rows in any order. Kept is a subquery's order as far as something looks at it:
// LIMIT, an aggregate that makes a list, the result itself.
#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::NodeRef;

/// The rows in any order. A sort whose keys can fail stays.
NodeRef unordered(const NodeRef& node) {
  if (const auto* sort = std::get_if<plan::Sort>(&node->op)) {
    for (const plan::SortKey& key : sort->keys) {
      if (may_fail(key.expr)) return node;
    }
    return unordered(sort->input);
  }
  const bool passes_order_on =
      std::holds_alternative<plan::Filter>(node->op) || std::holds_alternative<plan::Project>(node->op);
  if (!passes_order_on) return node;
  const NodeRef input = plan::children(node)[0];
  NodeRef other = unordered(input);
  return other == input ? node : plan::with_children(node, {std::move(other)});
}

bool takes_any_order(const plan::Node& node) {
  if (const auto* aggregate = std::get_if<plan::Aggregate>(&node.op)) return ignores_order(*aggregate);
  if (const auto* window = std::get_if<plan::Window>(&node.op)) return !window->order.empty();
  return std::holds_alternative<plan::Join>(node.op) || std::holds_alternative<plan::Sort>(node.op) ||
         std::holds_alternative<plan::SetOperation>(node.op) || std::holds_alternative<plan::Union>(node.op);
}

}  // namespace

plan::NodeRef drop_sorts(const plan::NodeRef& node) {
  if (!takes_any_order(*node)) return node;
  std::vector<NodeRef> inputs = plan::children(node);
  bool changed = false;
  for (NodeRef& input : inputs) {
    NodeRef other = unordered(input);
    changed = changed || other != input;
    input = std::move(other);
  }
  return changed ? plan::with_children(node, std::move(inputs)) : node;
}

}  // namespace sqlmill::optimize
