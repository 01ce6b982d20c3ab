#include "compiler/optimize/join_region.h"

#include <algorithm>
#include <numeric>

#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::NodeRef;

bool selects_columns(const plan::Project& project) {
  return std::all_of(project.exprs.begin(), project.exprs.end(),
                     [](const ExprRef& e) { return as_column(e); });
}

/// Adds what is below `node`; gives its columns over the region's row.
std::vector<ExprRef> add(const NodeRef& node, JoinRegion& region) {
  if (is_region(node)) {
    if (const auto* join = std::get_if<plan::Join>(&node->op)) {
      std::vector<ExprRef> outputs = add(join->left, region);
      for (const ExprRef& e : add(join->right, region)) outputs.push_back(e);
      for (const ExprRef& part : conjuncts(join->condition)) region.add(inlined(part, outputs));
      return outputs;
    }
    if (const auto* filter = std::get_if<plan::Filter>(&node->op)) {
      std::vector<ExprRef> outputs = add(filter->input, region);
      for (const ExprRef& part : conjuncts(filter->predicate)) region.add(inlined(part, outputs));
      return outputs;
    }
    const auto& project = std::get<plan::Project>(node->op);
    const std::vector<ExprRef> below = add(project.input, region);
    std::vector<ExprRef> outputs;
    for (const ExprRef& e : project.exprs) outputs.push_back(inlined(e, below));
    return outputs;
  }
  const uint32_t offset = region.offsets.back();
  region.leaves.push_back(node);
  region.offsets.push_back(offset + static_cast<uint32_t>(node->columns.size()));
  std::vector<ExprRef> outputs = all_columns(*node);
  for (ExprRef& e : outputs) e = shifted(e, offset);
  return outputs;
}

}  // namespace

void JoinRegion::add(ExprRef conjunct) {
  if (is_true(conjunct)) return;
  (is_harmless(conjunct) ? conjuncts : last).push_back(std::move(conjunct));
}

size_t JoinRegion::leaf_of(uint32_t column) const {
  return static_cast<size_t>(std::upper_bound(offsets.begin(), offsets.end(), column) - offsets.begin() - 1);
}

bool JoinRegion::is_of_leaf(const ExprRef& expr, size_t leaf) const {
  return reads_column(expr) && reads_only(expr, offsets[leaf], offsets[leaf + 1]);
}

bool is_region(const NodeRef& node) {
  if (const auto* join = std::get_if<plan::Join>(&node->op))
    return join->kind == plan::JoinKind::kInner && join->parameters.empty();
  if (const auto* filter = std::get_if<plan::Filter>(&node->op)) return is_region(filter->input);
  if (const auto* project = std::get_if<plan::Project>(&node->op))
    return selects_columns(*project) && is_region(project->input);
  return false;
}

JoinRegion take_apart(const NodeRef& node) {
  JoinRegion region;
  region.offsets = {0};
  region.outputs = add(node, region);
  return region;
}

namespace {

/// Sets of columns that grow together.
class Classes {
 public:
  explicit Classes(size_t columns) : parent_(columns), function_(columns), constant_(columns) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  void add(uint32_t a, uint32_t b, const sql::Function* function) {
    const uint32_t root = find(a);
    const uint32_t other = find(b);
    parent_[other] = root;
    function_[root] = function;
    if (!constant_[root]) constant_[root] = constant_[other];
  }
  void add_constant(uint32_t column, const ExprRef& value, const sql::Function* function) {
    const uint32_t root = find(column);
    function_[root] = function;
    if (!constant_[root]) constant_[root] = value;
  }

  std::vector<EqualColumns> all() {
    std::vector<std::vector<uint32_t>> members(parent_.size());
    for (uint32_t c = 0; c < parent_.size(); ++c) members[find(c)].push_back(c);
    std::vector<EqualColumns> classes;
    for (uint32_t root = 0; root < parent_.size(); ++root) {
      if (function_[root]) classes.push_back({std::move(members[root]), function_[root], constant_[root]});
    }
    return classes;
  }

 private:
  uint32_t find(uint32_t column) {
    while (parent_[column] != column) column = parent_[column] = parent_[parent_[column]];
    return column;
  }

  std::vector<uint32_t> parent_;
  std::vector<const sql::Function*> function_;  // Of roots; null: the column is alone.
  std::vector<ExprRef> constant_;
};

}  // namespace

std::vector<EqualColumns> equal_columns(const JoinRegion& region) {
  Classes classes(region.width());
  for (const ExprRef& part : region.conjuncts) {
    const std::optional<Equality> equality = as_equality(part);
    if (!equality) continue;
    const plan::Column* left = as_column(equality->left);
    const plan::Column* right = as_column(equality->right);
    if (left && right) classes.add(left->index, right->index, equality->function);
  }
  const auto add_constant = [&](uint32_t column, const ExprRef& value) {
    if (const sql::Function* function = find_operator("=", value->type.id))
      classes.add_constant(column, value, function);
  };
  for (const ExprRef& part : region.conjuncts) {
    const std::optional<Equality> equality = as_equality(part);
    if (!equality) continue;
    const plan::Column* left = as_column(equality->left);
    const plan::Column* right = as_column(equality->right);
    if (left && !reads_column(equality->right) && !has_subquery(equality->right))
      add_constant(left->index, equality->right);
    if (right && !reads_column(equality->left) && !has_subquery(equality->left))
      add_constant(right->index, equality->left);
  }
  for (size_t i = 0; i < region.leaves.size(); ++i) {
    for (const auto& [column, value] : constant_columns(region.leaves[i]))
      add_constant(region.offsets[i] + column, value);
  }
  return classes.all();
}

}  // namespace sqlmill::optimize
