#include "compiler/optimize/estimates.h"

#include <algorithm>

#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::JoinKind;
using plan::NodeRef;

// Guesses, where nothing is known.
constexpr double kRowsOfRelation = 10'000;
constexpr double kRowsOfFunction = 100;
constexpr double kEqual = 0.05;
constexpr double kLess = 1.0 / 3;
constexpr double kLike = 0.1;
constexpr double kOther = 1.0 / 3;
constexpr double kMatches = 0.5;

class NoStatistics : public Statistics {
 public:
  double rows(const catalog::Relation&) const override { return kRowsOfRelation; }
  std::vector<std::vector<uint32_t>> lookups(const catalog::Relation&) const override { return {}; }
};

}  // namespace

const Statistics& no_statistics() {
  static const NoStatistics statistics;
  return statistics;
}

std::optional<Origin> origin(const NodeRef& plan, uint32_t column) {
  if (const auto* scan = std::get_if<plan::Scan>(&plan->op))
    return Origin{scan->relation, scan->columns ? (*scan->columns)[column] : column};
  if (const auto* project = std::get_if<plan::Project>(&plan->op)) {
    const plan::Column* below = as_column(project->exprs[column]);
    return below ? origin(project->input, below->index) : std::nullopt;
  }
  if (const auto* aggregate = std::get_if<plan::Aggregate>(&plan->op)) {
    const plan::Column* below =
        column < aggregate->keys.size() ? as_column(aggregate->keys[column]) : nullptr;
    return below ? origin(aggregate->input, below->index) : std::nullopt;
  }
  if (const auto* join = std::get_if<plan::Join>(&plan->op)) {
    const size_t width = join->left->columns.size();
    return column < width ? origin(join->left, column)
                          : origin(join->right, column - static_cast<uint32_t>(width));
  }
  if (const auto* set = std::get_if<plan::SetOperation>(&plan->op)) return origin(set->left, column);
  const std::vector<NodeRef> inputs = plan::children(plan);
  // The others keep their input's columns in front.
  const bool keeps = inputs.size() == 1 && column < inputs[0]->columns.size();
  return keeps ? origin(inputs[0], column) : std::nullopt;
}

void Estimates::learn(const JoinRegion& region) {
  const auto origin_of = [&](uint32_t column) {
    const size_t leaf = region.leaf_of(column);
    return origin(region.leaves[leaf], column - region.offsets[leaf]);
  };
  for (const EqualColumns& equal : equal_columns(region)) {
    std::optional<double> least;
    for (const uint32_t column : equal.columns) {
      const std::optional<Origin> from = origin_of(column);
      if (!from) continue;
      const std::vector<Columns> keys = unique_keys(*from->relation);
      const bool is_key = std::find(keys.begin(), keys.end(), Columns{from->column}) != keys.end();
      if (is_key) least = std::min(least.value_or(1e300), statistics_.rows(*from->relation));
    }
    for (const uint32_t column : equal.columns) {
      const std::optional<Origin> from = least ? origin_of(column) : std::nullopt;
      if (from) at_most_.emplace(*from, *least);
    }
  }
}

Estimates::Distinct Estimates::distinct(const NodeRef& plan, const ExprRef& expr) {
  const plan::Column* column = as_column(expr);
  const std::optional<Origin> from = column ? origin(plan, column->index) : std::nullopt;
  if (!from) return {std::max(1.0, rows(plan) / 10), false};
  const double all = std::max(1.0, statistics_.rows(*from->relation));
  if (const auto known = statistics_.distinct_values(*from->relation, from->column)) return {*known, true};
  const std::vector<Columns> keys = unique_keys(*from->relation);
  if (std::find(keys.begin(), keys.end(), Columns{from->column}) != keys.end()) return {all, true};
  if (const auto bound = at_most_.find(*from); bound != at_most_.end())
    return {std::min(all, bound->second), true};
  if (expr->type.id == sql::TypeId::kBoolean) return {std::min(all, 2.0), true};
  return {std::min(all, std::max(200.0, all / 10)), false};
}

double Estimates::rows(const NodeRef& plan) {
  if (const auto known = known_.find(plan); known != known_.end()) return known->second;
  const double estimate = std::max(0.0, of(*plan));
  known_.emplace(plan, estimate);
  return estimate;
}

double Estimates::of(const plan::Node& node) {
  struct Visitor {
    Estimates& e;
    double operator()(const plan::Scan& n) { return e.statistics_.rows(*n.relation); }
    double operator()(const plan::Filter& n) { return e.of_filter(n); }
    double operator()(const plan::Project& n) { return e.rows(n.input); }
    double operator()(const plan::Aggregate& n) {
      if (!n.grouped) return 1;
      const double groups = e.of_groups(n.input, n.keys);
      return n.sets.empty() ? groups : groups * 2;
    }
    double operator()(const plan::Union& n) {
      double sum = 0;
      for (const NodeRef& input : n.inputs) sum += e.rows(input);
      return sum;
    }
    double operator()(const plan::Values& n) { return static_cast<double>(n.rows.size()); }
    double operator()(const plan::TableFunction&) { return kRowsOfFunction; }
    double operator()(const plan::Join& n) { return e.of_join(n); }
    double operator()(const plan::Window& n) { return e.rows(n.input); }
    double operator()(const plan::Sort& n) { return e.rows(n.input); }
    double operator()(const plan::Limit& n) {
      const sql::Datum* count = n.count ? plan::as_constant(n.count) : nullptr;
      const double input = e.rows(n.input);
      if (!count || count->is_null() || count->type() != sql::TypeId::kBigint) return input;
      return std::min(input, static_cast<double>(count->as<int64_t>()));
    }
    double operator()(const plan::DistinctOn& n) { return e.of_groups(n.input, n.keys); }
    double operator()(const plan::SetOperation& n) { return e.rows(n.left) * kMatches; }
    double operator()(const plan::Recursive& n) { return e.rows(n.base) * 10; }
    double operator()(const plan::WorkingTable&) { return kRowsOfFunction; }
    double operator()(const plan::Shared& n) { return e.rows(n.input); }
  };
  return std::visit(Visitor{*this}, node.op);
}

double Estimates::of_groups(const NodeRef& input, const std::vector<ExprRef>& keys) {
  double groups = 1;
  for (const ExprRef& key : keys) groups *= distinct(input, key).count;
  return std::min(groups, rows(input));
}

double Estimates::of_filter(const plan::Filter& filter) {
  const std::vector<ExprRef> parts = conjuncts(filter.predicate);
  Columns equal;
  double share = 1;
  for (const ExprRef& part : parts) {
    share *= selectivity(filter.input, part);
    const std::optional<Equality> equality = as_equality(part);
    if (!equality) continue;
    for (const auto& [a, b] :
         {std::pair(equality->left, equality->right), std::pair(equality->right, equality->left)}) {
      if (as_column(a) && !reads_column(b)) equal.insert(as_column(a)->index);
    }
  }
  if (!equal.empty() && has_key_within(filter.input, equal)) return std::min(1.0, rows(filter.input));
  return rows(filter.input) * share;
}

double Estimates::selectivity_of_call(const NodeRef& input, const plan::Call& call) {
  const std::string_view name = call.function->name;
  if (name == "=" && call.arguments.size() == 2) {
    const bool joins = reads_column(call.arguments[0]) && reads_column(call.arguments[1]);
    double share = 1;
    for (const ExprRef& argument : call.arguments) {
      if (!reads_column(argument)) continue;
      const Distinct values = distinct(input, argument);
      share =
          std::min(share, values.is_known || joins ? 1 / values.count : std::max(kEqual, 1 / values.count));
    }
    return share;
  }
  if (name == "<>") return 1 - kEqual;
  if (name == "<" || name == "<=" || name == ">" || name == ">=") return kLess;
  if (name == "~~" || name == "~~*" || name == "starts_with") return kLike;
  return kOther;
}

double Estimates::selectivity(const NodeRef& input, const ExprRef& predicate) {
  if (const auto* value = plan::as_constant(predicate)) return !value->is_null() && value->as<bool>() ? 1 : 0;
  if (const auto* call = std::get_if<plan::Call>(&predicate->node)) return selectivity_of_call(input, *call);
  if (const auto* logical = std::get_if<plan::Logical>(&predicate->node)) {
    double all = 1;
    for (const ExprRef& operand : logical->operands) {
      const double share = selectivity(input, operand);
      all *= logical->is_and ? share : 1 - share;
    }
    return logical->is_and ? all : 1 - all;
  }
  if (const auto* negation = std::get_if<plan::Not>(&predicate->node))
    return 1 - selectivity(input, negation->operand);
  if (const auto* set = std::get_if<plan::InSet>(&predicate->node)) {
    const Distinct values = distinct(input, set->operand);
    const double one = values.is_known ? 1 / values.count : std::max(kEqual, 1 / values.count);
    return std::min(1.0, one * static_cast<double>(set->constants.size()));
  }
  if (const auto* is = std::get_if<plan::Is>(&predicate->node)) {
    const double share = is->test == plan::Test::kNull ? kEqual : kMatches;
    return is->negated ? 1 - share : share;
  }
  return std::holds_alternative<plan::Subquery>(predicate->node) ? kMatches : kOther;
}

/// Of the pairs of both sides.
double Estimates::selectivity_of_join(const plan::Join& join) {
  const size_t width = join.left->columns.size();
  double share = 1;
  double others = 1;
  std::vector<std::optional<Origin>> left_origins;
  std::vector<std::optional<Origin>> right_origins;
  const auto origin_of = [](const NodeRef& plan, const ExprRef& expr) {
    const plan::Column* column = as_column(expr);
    return column ? origin(plan, column->index) : std::nullopt;
  };
  for (const ExprRef& part : conjuncts(join.condition)) {
    std::optional<Equality> equality = as_equality(part);
    if (equality && reads_any(equality->left, width, SIZE_MAX)) std::swap(equality->left, equality->right);
    const bool meets = equality && reads_column(equality->left) && reads_column(equality->right) &&
                       reads_only(equality->left, 0, width) && reads_only(equality->right, width, SIZE_MAX);
    if (!meets) {
      others *= kOther;
      continue;
    }
    const ExprRef right = shifted(equality->right, -static_cast<int64_t>(width));
    const Distinct a = distinct(join.left, equality->left);
    const Distinct b = distinct(join.right, right);
    const double values = a.is_known == b.is_known ? std::max(a.count, b.count)
                          : a.is_known             ? a.count
                                                   : b.count;
    share /= std::max(1.0, values);
    left_origins.push_back(origin_of(join.left, equality->left));
    right_origins.push_back(origin_of(join.right, right));
  }
  // Several columns of one relation have no more combinations of values than it has rows.
  for (const auto& origins : {left_origins, right_origins}) {
    const bool same = !origins.empty() && std::all_of(origins.begin(), origins.end(), [&](const auto& o) {
      return o && origins[0] && o->relation == origins[0]->relation;
    });
    if (same) share = std::max(share, 1 / std::max(1.0, statistics_.rows(*origins[0]->relation)));
  }
  return share * others;
}

double Estimates::of_join(const plan::Join& join) {
  const double left = rows(join.left);
  const double right = rows(join.right);
  const double share = !join.condition ? 1 : join.parameters.empty() ? selectivity_of_join(join) : kOther;
  const double pairs = left * right * share;
  switch (join.kind) {
    case JoinKind::kInner:
      return pairs;
    case JoinKind::kLeft:
      return std::max(left, pairs);
    case JoinKind::kRight:
      return std::max(right, pairs);
    case JoinKind::kFull:
      return std::max({left, right, pairs});
    case JoinKind::kSemi:
      return std::min(left * kMatches, pairs);
    case JoinKind::kAnti:
      return left - std::min(left * kMatches, pairs);
  }
  __builtin_unreachable();
}

}  // namespace sqlmill::optimize
