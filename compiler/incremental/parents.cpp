#include "compiler/incremental/parents.h"

#include <algorithm>

#include "compiler/incremental/words.h"

namespace sqlmill::incremental {

namespace {

bool any_fails(const std::vector<ExprRef>& exprs) {
  return std::any_of(exprs.begin(), exprs.end(), [](const ExprRef& e) { return e->can_fail; });
}

/// Equal keys may print differently: which form a group shows is decided by its rows, not by its parent's.
bool has_forms(const Aggregate& aggregate) {
  return std::any_of(aggregate.keys.begin(), aggregate.keys.end(),
                     [](const ExprRef& key) { return sql::has_equal_forms(key->type.id); });
}

/// What is below a group is on the group's worker: few groups would leave most workers idle, so it must
/// spread.
bool may_hang(const Aggregate& child, const Aggregate& parent) {
  return parent.grouped && child.producer == parent.producer && parent.keys.size() < child.keys.size() &&
         contains(child.keys, parent.keys) && contains(child.filters, parent.filters) && !parent.parent &&
         !can_fail(parent) && spreads(parent) && !has_forms(child);
}

}  // namespace

bool contains(const std::vector<ExprRef>& all, const std::vector<ExprRef>& some) {
  return std::all_of(some.begin(), some.end(), [&](const ExprRef& wanted) {
    return std::any_of(all.begin(), all.end(), [&](const ExprRef& e) { return plan::equal(e, wanted); });
  });
}

bool can_fail(const Aggregate& aggregate) {
  return any_fails(aggregate.filters) || any_fails(aggregate.keys) ||
         std::any_of(aggregate.calls.begin(), aggregate.calls.end(), plan::can_fail);
}

bool spreads(const Aggregate& aggregate) {
  return std::any_of(aggregate.keys.begin(), aggregate.keys.end(), [](const ExprRef& key) {
    const auto* column = std::get_if<plan::Column>(&key->node);
    return column && is_identifier(column->name);
  });
}

void choose_parents(Dataflow& flow) {
  std::vector<Operator*> aggregates;
  for (Operator& op : flow.operators) {
    if (std::holds_alternative<Aggregate>(op.op)) aggregates.push_back(&op);
  }
  // Few keys first: what hangs is nobody's parent.
  std::stable_sort(aggregates.begin(), aggregates.end(), [](const Operator* a, const Operator* b) {
    return std::get<Aggregate>(a->op).keys.size() < std::get<Aggregate>(b->op).keys.size();
  });
  for (Operator* child : aggregates) {
    auto& aggregate = std::get<Aggregate>(child->op);
    size_t most = 0;
    for (const Operator* op : aggregates) {
      const auto& parent = std::get<Aggregate>(op->op);
      if (!may_hang(aggregate, parent) || parent.keys.size() <= most) continue;
      aggregate.parent = op->id;
      most = parent.keys.size();
    }
  }
}

}  // namespace sqlmill::incremental
