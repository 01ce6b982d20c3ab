#include "compiler/bind/scope.h"

#include <algorithm>
#include <unordered_map>

namespace sqlmill::bind {

ExprRef Closure::take(const ExprRef& value, std::string name, Span span) {
  const auto known = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const ExprRef& p) { return plan::equal(p, value); });
  const auto index = static_cast<uint32_t>(known - parameters.begin());
  if (known == parameters.end()) parameters.push_back(value);
  return plan::parameter(index, std::move(name), value->type, value->nullable, span);
}

Closure::Mark Closure::mark() const {
  Mark mark;
  for (const Closure* c = this; c; c = c->around->scope->closure) mark.push_back(c->parameters.size());
  return mark;
}

void Closure::rewind(const Mark& mark) {
  Closure* c = this;
  for (const size_t size : mark) {
    c->parameters.resize(size);
    c = c->around->scope->closure;
  }
}

Scope scope_of(std::string name, const plan::Node& node, Span span) {
  Scope scope;
  for (uint32_t i = 0; i < node.columns.size(); ++i)
    scope.columns.push_back({node.columns[i].name, plan::column_of(node, i, span)});
  scope.tables.push_back({std::move(name), scope.columns, nullptr});
  return scope;
}

namespace {

template <class Change>
void change_values(Scope& scope, const Change& change) {
  for (ScopeColumn& c : scope.columns) c.value = change(c.value);
  for (ScopeTable& table : scope.tables) {
    for (ScopeColumn& c : table.columns) c.value = change(c.value);
  }
}

}  // namespace

void append_scope(Scope& scope, Scope right, uint32_t shift) {
  change_values(right, [&](const ExprRef& value) {
    return plan::substitute(value, [&](const plan::Column& c, const plan::Expr& e) {
      return plan::column(c.index + shift, c.name, e.type, e.nullable, e.span);
    });
  });
  for (ScopeColumn& c : right.columns) scope.columns.push_back(std::move(c));
  for (ScopeTable& table : right.tables) scope.tables.push_back(std::move(table));
}

void follow_join(Scope& scope, const plan::Node& joined) {
  change_values(scope, [&](const ExprRef& value) {
    return plan::substitute(value, [&](const plan::Column& c, const plan::Expr& e) {
      return plan::column(c.index, c.name, e.type, joined.columns[c.index].nullable, e.span);
    });
  });
}

namespace {

/// What a node itself evaluates over its own level: the right side of a lateral join has parameters of its
/// own.
std::vector<NodeRef> same_level_children(const NodeRef& node) {
  std::vector<NodeRef> all = plan::children(node);
  const auto* join = std::get_if<plan::Join>(&node->op);
  if (join && !join->parameters.empty()) all.pop_back();
  return all;
}

bool has_parameters(const ExprRef& expr) {
  if (std::holds_alternative<plan::Parameter>(expr->node)) return true;
  const std::vector<ExprRef> parts = plan::operands(expr);
  return std::any_of(parts.begin(), parts.end(), [](const ExprRef& e) { return has_parameters(e); });
}

using Replacement = std::function<ExprRef(const plan::Parameter&, const plan::Expr&)>;

/// Shared parts stay shared.
class Substitution {
 public:
  explicit Substitution(const Replacement& replacement) : replacement_(replacement) {}

  NodeRef apply(const NodeRef& node) {
    const auto known = done_.find(node.get());
    if (known != done_.end()) return known->second;
    NodeRef result = with_children(node);
    std::vector<ExprRef> exprs = plan::expressions(result);
    bool changed = false;
    for (ExprRef& e : exprs) {
      ExprRef replaced = plan::substitute_parameters(e, replacement_);
      changed = changed || replaced != e;
      e = std::move(replaced);
    }
    if (changed) result = plan::with_expressions(result, std::move(exprs));
    done_.emplace(node.get(), result);
    return result;
  }

 private:
  NodeRef with_children(const NodeRef& node) {
    std::vector<NodeRef> all = plan::children(node);
    const size_t count = same_level_children(node).size();
    bool changed = false;
    for (size_t i = 0; i < count; ++i) {
      NodeRef replaced = apply(all[i]);
      changed = changed || replaced != all[i];
      all[i] = std::move(replaced);
    }
    return changed ? plan::with_children(node, std::move(all)) : node;
  }

  const Replacement& replacement_;
  std::unordered_map<const plan::Node*, NodeRef> done_;
};

}  // namespace

bool has_parameters(const NodeRef& node) {
  const std::vector<ExprRef> exprs = plan::expressions(node);
  if (std::any_of(exprs.begin(), exprs.end(), [](const ExprRef& e) { return has_parameters(e); }))
    return true;
  const std::vector<NodeRef> inputs = same_level_children(node);
  return std::any_of(inputs.begin(), inputs.end(), [](const NodeRef& n) { return has_parameters(n); });
}

NodeRef substitute_parameters(const NodeRef& node, const Replacement& replacement) {
  return Substitution(replacement).apply(node);
}

}  // namespace sqlmill::bind
