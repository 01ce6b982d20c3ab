#include "compiler/optimize/facts.h"

#include <algorithm>

#include "compiler/catalog/catalog.h"
#include "compiler/optimize/predicates.h"

namespace sqlmill::optimize {

namespace {

using Keys = std::vector<Columns>;

constexpr size_t kMaxKeys = 8;  // Of one node: joins would multiply them.

bool is_one_or_less(const plan::ExprRef& count) {
  const sql::Datum* value = count ? plan::as_constant(count) : nullptr;
  return value && !value->is_null() && value->type() == sql::TypeId::kBigint && value->as<int64_t>() <= 1;
}

Columns moved(const Columns& columns, size_t by) {
  Columns result;
  for (const uint32_t column : columns) result.insert(column + static_cast<uint32_t>(by));
  return result;
}

bool contains(const Columns& columns, const Columns& part) {
  return std::includes(columns.begin(), columns.end(), part.begin(), part.end());
}

struct KeysOf {
  const plan::Node& node;

  Keys operator()(const plan::Scan& n) const {
    Keys keys = unique_keys(*n.relation);
    if (!n.columns) return keys;
    Keys read;
    for (const Columns& key : keys) {
      Columns places;
      for (const uint32_t column : key) {
        const auto at = std::find(n.columns->begin(), n.columns->end(), column);
        if (at != n.columns->end()) places.insert(static_cast<uint32_t>(at - n.columns->begin()));
      }
      if (places.size() == key.size()) read.push_back(std::move(places));
    }
    return read;
  }
  /// What equals a constant tells no rows apart.
  Keys operator()(const plan::Filter& n) const {
    Keys keys = unique_keys(n.input);
    Columns constant;
    for (const plan::ExprRef& part : conjuncts(n.predicate)) {
      const std::optional<Equality> equality = as_equality(part);
      if (!equality) continue;
      const plan::Column* left = as_column(equality->left);
      const plan::Column* right = as_column(equality->right);
      if (left && !reads_column(equality->right)) constant.insert(left->index);
      if (right && !reads_column(equality->left)) constant.insert(right->index);
    }
    for (Columns& key : keys) std::erase_if(key, [&](uint32_t column) { return constant.contains(column); });
    return keys;
  }
  Keys operator()(const plan::Project& n) const {
    std::map<uint32_t, uint32_t> places;
    for (uint32_t i = 0; i < n.exprs.size(); ++i) {
      if (const plan::Column* column = as_column(n.exprs[i])) places.emplace(column->index, i);
    }
    Keys keys;
    for (const Columns& key : unique_keys(n.input)) {
      Columns mapped;
      for (const uint32_t column : key) {
        if (const auto at = places.find(column); at != places.end()) mapped.insert(at->second);
      }
      if (mapped.size() == key.size()) keys.push_back(std::move(mapped));
    }
    return keys;
  }
  Keys operator()(const plan::Aggregate& n) const {
    if (!n.grouped && n.sets.empty()) return {Columns()};
    if (!n.sets.empty()) return {};
    Columns keys;
    for (uint32_t i = 0; i < n.keys.size(); ++i) keys.insert(i);
    return {keys};
  }
  Keys operator()(const plan::Values& n) const { return n.rows.size() == 1 ? Keys{Columns()} : Keys(); }
  Keys operator()(const plan::Join& n) const {
    const size_t width = n.left->columns.size();
    const Keys left = unique_keys(n.left);
    if (n.kind == plan::JoinKind::kSemi || n.kind == plan::JoinKind::kAnti) return left;
    if (n.kind == plan::JoinKind::kFull) return {};
    const Keys right = unique_keys(n.right);
    // A side that meets at most one row of the other keeps its keys.
    Columns left_equal;
    Columns right_equal;
    for (const plan::ExprRef& part : conjuncts(n.condition)) {
      const std::optional<Equality> equality = as_equality(part);
      if (!equality) continue;
      for (const auto& [a, b] :
           {std::pair(equality->left, equality->right), std::pair(equality->right, equality->left)}) {
        const plan::Column* l = as_column(a);
        const plan::Column* r = as_column(b);
        if (l && l->index < width && reads_only(b, width, SIZE_MAX)) left_equal.insert(l->index);
        if (r && r->index >= width && reads_only(a, 0, width))
          right_equal.insert(static_cast<uint32_t>(r->index - width));
      }
    }
    const auto meets_one = [](const Keys& keys, const Columns& equal) {
      return std::any_of(keys.begin(), keys.end(), [&](const Columns& key) { return contains(equal, key); });
    };
    Keys keys;
    if (n.kind != plan::JoinKind::kRight && meets_one(right, right_equal)) keys = left;
    if (n.kind != plan::JoinKind::kLeft && meets_one(left, left_equal)) {
      for (const Columns& key : right) keys.push_back(moved(key, width));
    }
    if (n.kind == plan::JoinKind::kInner) {
      for (const Columns& l : left) {
        for (const Columns& r : right) {
          Columns both = moved(r, width);
          both.insert(l.begin(), l.end());
          keys.push_back(std::move(both));
        }
      }
    }
    if (keys.size() > kMaxKeys) keys.resize(kMaxKeys);
    return keys;
  }
  Keys operator()(const plan::Window& n) const { return unique_keys(n.input); }
  Keys operator()(const plan::Sort& n) const { return unique_keys(n.input); }
  Keys operator()(const plan::Limit& n) const {
    if (is_one_or_less(n.count) && !n.with_ties) return {Columns()};
    return unique_keys(n.input);
  }
  Keys operator()(const plan::DistinctOn& n) const {
    Keys keys = unique_keys(n.input);
    Columns own;
    for (const plan::ExprRef& key : n.keys) {
      const plan::Column* column = as_column(key);
      if (!column) return keys;
      own.insert(column->index);
    }
    keys.push_back(own);
    return keys;
  }
  Keys operator()(const plan::SetOperation& n) const {
    Keys keys = unique_keys(n.left);
    if (n.all) return keys;
    Columns row;
    for (uint32_t i = 0; i < node.columns.size(); ++i) row.insert(i);
    keys.push_back(std::move(row));
    return keys;
  }
  Keys operator()(const plan::Shared& n) const { return unique_keys(n.input); }
  Keys operator()(const plan::Union&) const { return {}; }
  Keys operator()(const plan::TableFunction&) const { return {}; }
  Keys operator()(const plan::Recursive&) const { return {}; }
  Keys operator()(const plan::WorkingTable&) const { return {}; }
};

}  // namespace

std::vector<Columns> unique_keys(const plan::NodeRef& plan) {
  return std::visit(KeysOf{*plan}, plan->op);
}

std::vector<Columns> unique_keys(const catalog::Relation& relation) {
  Keys keys;
  if (!relation.primary_key.empty())
    keys.emplace_back(relation.primary_key.begin(), relation.primary_key.end());
  if (!relation.plan) return keys;
  for (const Columns& key : unique_keys(relation.plan)) {
    if (key.empty() || *key.rbegin() < relation.visible_columns) keys.push_back(key);
  }
  return keys;
}

bool has_key_within(const plan::NodeRef& plan, const Columns& columns) {
  const Keys keys = unique_keys(plan);
  return std::any_of(keys.begin(), keys.end(), [&](const Columns& key) { return contains(columns, key); });
}

bool has_at_most_one_row(const plan::NodeRef& plan) {
  return has_key_within(plan, {});
}

namespace {

using Constants = std::map<uint32_t, plan::ExprRef>;

void add_constants(const plan::ExprRef& predicate, Constants& constants) {
  for (const plan::ExprRef& part : conjuncts(predicate)) {
    const std::optional<Equality> equality = as_equality(part);
    if (!equality) continue;
    for (const auto& [a, b] :
         {std::pair(equality->left, equality->right), std::pair(equality->right, equality->left)}) {
      const plan::Column* column = as_column(a);
      if (column && !reads_column(b) && !has_subquery(b) && !may_fail(b)) constants.emplace(column->index, b);
    }
  }
}

}  // namespace

std::map<uint32_t, plan::ExprRef> constant_columns(const plan::NodeRef& plan) {
  Constants constants;
  if (const auto* filter = std::get_if<plan::Filter>(&plan->op)) {
    constants = constant_columns(filter->input);
    add_constants(filter->predicate, constants);
  } else if (const auto* project = std::get_if<plan::Project>(&plan->op)) {
    const Constants below = constant_columns(project->input);
    for (uint32_t i = 0; i < project->exprs.size(); ++i) {
      const plan::Column* column = as_column(project->exprs[i]);
      const auto known = column ? below.find(column->index) : below.end();
      if (known != below.end()) constants.emplace(i, known->second);
    }
  } else if (const auto* join = std::get_if<plan::Join>(&plan->op)) {
    const bool keeps_left = join->kind != plan::JoinKind::kRight && join->kind != plan::JoinKind::kFull;
    if (keeps_left) constants = constant_columns(join->left);
    if (join->kind == plan::JoinKind::kInner && join->parameters.empty()) {
      for (const auto& [column, value] : constant_columns(join->right))
        constants.emplace(column + join->left->columns.size(), value);
    }
  } else if (const auto* aggregate = std::get_if<plan::Aggregate>(&plan->op)) {
    const Constants below = aggregate->sets.empty() ? constant_columns(aggregate->input) : Constants();
    for (uint32_t i = 0; i < aggregate->keys.size(); ++i) {
      const plan::Column* column = as_column(aggregate->keys[i]);
      const auto known = column ? below.find(column->index) : below.end();
      if (known != below.end()) constants.emplace(i, known->second);
    }
  } else if (const auto* sort = std::get_if<plan::Sort>(&plan->op)) {
    constants = constant_columns(sort->input);
  } else if (const auto* limit = std::get_if<plan::Limit>(&plan->op)) {
    constants = constant_columns(limit->input);
  }
  return constants;
}

bool reads_parameter(const plan::NodeRef& plan) {
  const std::vector<plan::ExprRef> exprs = plan::expressions(plan);
  if (std::any_of(exprs.begin(), exprs.end(), [](const plan::ExprRef& e) { return reads_parameter(e); }))
    return true;
  // In the right side of a lateral join parameters are the join's.
  const auto* join = std::get_if<plan::Join>(&plan->op);
  if (join && !join->parameters.empty()) return reads_parameter(join->left);
  const std::vector<plan::NodeRef> inputs = plan::children(plan);
  return std::any_of(inputs.begin(), inputs.end(), [](const plan::NodeRef& n) { return reads_parameter(n); });
}

bool ignores_order(const plan::Aggregate& aggregate) {
  constexpr std::string_view kIgnore[] = {"count", "sum",      "avg",     "min",
                                          "max",   "bool_and", "bool_or", "every"};
  return std::all_of(aggregate.calls.begin(), aggregate.calls.end(), [&](const plan::AggregateCall& call) {
    return std::find(std::begin(kIgnore), std::end(kIgnore), call.function->name) != std::end(kIgnore);
  });
}

}  // namespace sqlmill::optimize
