// SELECT x + (1 + 2) FROM t  ⇒  SELECT x + 3 FROM t
#include "compiler/optimize/rule.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::optimize {

namespace {

bool fold(std::vector<plan::ExprRef>& exprs) {
  bool changed = false;
  for (plan::ExprRef& e : exprs) {
    plan::ExprRef folded = plan::fold_constants(e);
    changed = changed || folded != e;
    e = std::move(folded);
  }
  return changed;
}

std::vector<std::string> names_of(const plan::NodeRef& node) {
  std::vector<std::string> names;
  for (const plan::OutputColumn& c : node->columns) names.push_back(c.name);
  return names;
}

}  // namespace

plan::NodeRef fold_constants(const plan::NodeRef& node) {
  if (const auto* filter = std::get_if<plan::Filter>(&node->op)) {
    plan::ExprRef predicate = plan::fold_constants(filter->predicate);
    return predicate == filter->predicate ? node : plan::filter(filter->input, std::move(predicate), node->span);
  }
  if (const auto* project = std::get_if<plan::Project>(&node->op)) {
    std::vector<plan::ExprRef> exprs = project->exprs;
    return fold(exprs) ? plan::project(project->input, std::move(exprs), names_of(node), node->span) : node;
  }
  return node;
}

}  // namespace sqlmill::optimize
