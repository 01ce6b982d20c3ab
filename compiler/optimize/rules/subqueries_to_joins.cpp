// SELECT … FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)
//   ⇒  SELECT … FROM t SEMI JOIN u ON u.a = t.a
// SELECT … FROM t WHERE t.b NOT IN (SELECT u.b FROM u WHERE u.a = t.a)
//   ⇒  SELECT … FROM t ANTI JOIN u ON u.a = t.a AND (t.b = u.b) IS NOT FALSE
// SELECT …, (SELECT max(b) FROM u WHERE u.a = t.a) + 1 FROM t
//   ⇒  SELECT …, s.max + 1 FROM t LEFT JOIN (SELECT a, max(b) FROM u GROUP BY a) s ON s.a = t.a
// SELECT …, (SELECT b FROM u WHERE u.id = t.id) FROM t          where id is a key of u
//   ⇒  SELECT …, u.b FROM t LEFT JOIN u ON u.id = t.id
// SELECT … FROM t WHERE t.c OR EXISTS (SELECT 1 FROM u WHERE u.a = t.a)
//   ⇒  SELECT … FROM t LEFT JOIN (SELECT DISTINCT a FROM u) s ON s.a = t.a WHERE t.c OR s.a IS NOT NULL
//
// The subquery no longer runs for each row. One that takes nothing from the row around it runs once as it is;
// only IN becomes a join then, too.
#include <algorithm>

#include "compiler/optimize/facts.h"
#include "compiler/optimize/predicates.h"
#include "compiler/optimize/pull_up.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::ExprRef;
using plan::JoinKind;
using plan::NodeRef;
using plan::Subquery;
using plan::SubqueryForm;

/// Whether a row is there is all that is asked.
NodeRef as_existence(NodeRef query) {
  for (;;) {
    if (const auto* project = std::get_if<plan::Project>(&query->op)) {
      query = project->input;
    } else if (const auto* sort = std::get_if<plan::Sort>(&query->op)) {
      query = sort->input;
    } else if (const auto* distinct = std::get_if<plan::DistinctOn>(&query->op)) {
      query = distinct->input;
    } else if (const auto* aggregate = std::get_if<plan::Aggregate>(&query->op);
               aggregate && aggregate->grouped && !aggregate->keys.empty() && aggregate->sets.empty()) {
      query = aggregate->input;
    } else if (const auto* limit = std::get_if<plan::Limit>(&query->op)) {
      const sql::Datum* count = limit->count ? plan::as_constant(limit->count) : nullptr;
      const bool is_some = count && !count->is_null() && count->type() == sql::TypeId::kBigint &&
                           count->as<int64_t>() > 0 && !limit->offset;
      if (!is_some) return query;
      query = limit->input;
    } else {
      return query;
    }
  }
}

/// The other comparison whose result is the negation, where there is one: so that an equality is seen.
ExprRef negated(const ExprRef& comparison) {
  const auto* call = std::get_if<plan::Call>(&comparison->node);
  const bool differs = call && call->function->name == "<>" && call->arguments.size() == 2;
  const sql::Function* equal = differs ? find_operator("=", call->arguments[0]->type.id) : nullptr;
  if (equal) return plan::call(equal, call->arguments, comparison->type, comparison->span);
  return plan::negate(comparison, comparison->span);
}

/// What a conjunct of WHERE says of a subquery.
struct Membership {
  const Subquery* subquery = nullptr;
  bool anti = false;
  ExprRef comparison;  // Rows of the query for which it is true are met; null: all.
};

Membership as_membership(const ExprRef& part) {
  Membership m;
  const auto* negation = std::get_if<plan::Not>(&part->node);
  m.subquery = std::get_if<Subquery>(negation ? &negation->operand->node : &part->node);
  if (!m.subquery) return {};
  m.anti = negation != nullptr;
  const ExprRef& comparison = m.subquery->comparison;
  switch (m.subquery->form) {
    case SubqueryForm::kExists:
      return m;
    case SubqueryForm::kAny:
      m.comparison = m.anti && comparison->nullable
                         ? plan::is(comparison, plan::Test::kFalse, true, comparison->span)
                         : comparison;
      return m;
    case SubqueryForm::kAll:
      // Some row for which it is false: NOT ALL. No row for which it is not true: ALL.
      m.anti = !m.anti;
      m.comparison = m.anti && comparison->nullable
                         ? plan::is(comparison, plan::Test::kTrue, true, comparison->span)
                         : negated(comparison);
      return m;
    case SubqueryForm::kScalar:
    case SubqueryForm::kArray:
      return {};
  }
  __builtin_unreachable();
}

bool has_equality(const std::vector<ExprRef>& parts) {
  return std::any_of(parts.begin(), parts.end(), [](const ExprRef& e) { return as_equality(e).has_value(); });
}

/// The rows of `left` with, or without, a match; null: it must stay a subquery.
NodeRef semi_join(const NodeRef& left, const Membership& m) {
  const Subquery& subquery = *m.subquery;
  const bool is_correlated = !subquery.parameters.empty();
  if (!is_correlated && !m.comparison) return nullptr;
  const auto asks = [](const ExprRef& e) { return has_subquery(e); };
  if (std::any_of(subquery.operands.begin(), subquery.operands.end(), asks) ||
      std::any_of(subquery.parameters.begin(), subquery.parameters.end(), asks))
    return nullptr;
  const std::optional<Pulled> p = pull_up(m.comparison ? subquery.query : as_existence(subquery.query));
  if (!p || p->one_row) return nullptr;
  const auto width = static_cast<int64_t>(left->columns.size());
  const auto over_pair = [&](const ExprRef& e) {
    return with_parameters(shifted(e, width), subquery.parameters);
  };
  std::vector<ExprRef> condition;
  for (const ExprRef& e : p->predicates) condition.push_back(over_pair(e));
  if (m.comparison) {
    std::vector<ExprRef> row = subquery.operands;
    for (const ExprRef& e : p->outputs) row.push_back(over_pair(e));
    for (const ExprRef& e : conjuncts(inlined(m.comparison, row))) condition.push_back(e);
  }
  // Without an equality each row would meet each; then the executor's way with one query is better.
  if (!is_correlated && !has_equality(condition)) return nullptr;
  return plan::join(m.anti ? JoinKind::kAnti : JoinKind::kSemi, left, p->node,
                    conjunction(std::move(condition)), {}, left->span);
}

/// Replaces subqueries of expressions over `row()` by columns of what it joins to it.
class Unnesting {
 public:
  explicit Unnesting(NodeRef row) : row_(std::move(row)) {}

  const NodeRef& row() const { return row_; }

  /// `lazily`: it may not be evaluated for each row. `is_condition`: whether it is NULL or false is the same.
  ExprRef replace(const ExprRef& expr, bool lazily, bool is_condition) {
    if (const auto* subquery = std::get_if<Subquery>(&expr->node)) {
      const ExprRef replaced =
          subquery->parameters.empty() ? nullptr : value(*subquery, expr, lazily, is_condition);
      return replaced ? replaced : expr;
    }
    const bool skips = std::holds_alternative<plan::Case>(expr->node) ||
                       std::holds_alternative<plan::Coalesce>(expr->node) ||
                       std::holds_alternative<plan::Logical>(expr->node);
    const bool passes_condition_on = is_condition && std::holds_alternative<plan::Logical>(expr->node);
    std::vector<ExprRef> parts = plan::operands(expr);
    bool changed = false;
    for (size_t i = 0; i < parts.size(); ++i) {
      ExprRef replaced = replace(parts[i], lazily || (skips && i > 0), passes_condition_on);
      changed = changed || replaced != parts[i];
      parts[i] = std::move(replaced);
    }
    return changed ? plan::with_operands(expr, std::move(parts)) : expr;
  }

 private:
  static bool any_may_fail(const std::vector<ExprRef>& exprs) {
    return std::any_of(exprs.begin(), exprs.end(), [](const ExprRef& e) { return may_fail(e); });
  }

  ExprRef value(const Subquery& subquery, const ExprRef& expr, bool lazily, bool is_condition) {
    const std::vector<ExprRef> taken = plan::operands(expr);
    if (std::any_of(taken.begin(), taken.end(), [](const ExprRef& e) { return has_subquery(e); }))
      return nullptr;
    const bool is_existence = subquery.form == SubqueryForm::kExists;
    const std::optional<Pulled> p = pull_up(is_existence ? as_existence(subquery.query) : subquery.query);
    if (!p) return nullptr;
    const bool takes_risk =
        may_fail(p->node) || any_may_fail(p->predicates) || any_may_fail(subquery.parameters);
    if (lazily && takes_risk) return nullptr;
    switch (subquery.form) {
      case SubqueryForm::kScalar:
        return scalar(subquery, *p, expr);
      case SubqueryForm::kExists:
        return p->one_row ? nullptr : mark(subquery, *p, p->predicates, expr->span);
      case SubqueryForm::kAny: {
        if (p->one_row || (!is_condition && expr->nullable)) return nullptr;
        std::vector<ExprRef> predicates = p->predicates;
        // The operands become parameters, for a moment.
        std::vector<ExprRef> row;
        for (size_t i = 0; i < subquery.operands.size(); ++i) {
          const ExprRef& e = subquery.operands[i];
          row.push_back(plan::parameter(static_cast<uint32_t>(subquery.parameters.size() + i), "operand",
                                        e->type, e->nullable, e->span));
        }
        row.insert(row.end(), p->outputs.begin(), p->outputs.end());
        for (const ExprRef& e : conjuncts(inlined(subquery.comparison, row))) predicates.push_back(e);
        return mark(subquery, *p, predicates, expr->span);
      }
      case SubqueryForm::kAll:
      case SubqueryForm::kArray:
        return nullptr;
    }
    __builtin_unreachable();
  }

  /// Joins `right` on `predicates` (over its columns and parameters), and gives `value` over the joined row.
  ExprRef left_join(const NodeRef& right, const std::vector<ExprRef>& predicates,
                    const std::vector<ExprRef>& parameters, const std::function<ExprRef()>& value) {
    const auto width = static_cast<int64_t>(row_->columns.size());
    std::vector<ExprRef> condition;
    for (const ExprRef& e : predicates) condition.push_back(with_parameters(shifted(e, width), parameters));
    row_ = plan::join(JoinKind::kLeft, row_, right, conjunction(std::move(condition)), {}, row_->span);
    joined_ =
        columns_between(*row_, static_cast<uint32_t>(width), static_cast<uint32_t>(row_->columns.size()));
    return with_parameters(inlined(value(), joined_), parameters);
  }

  ExprRef scalar(const Subquery& subquery, const Pulled& p, const ExprRef& expr) {
    const source::Span span = expr->span;
    const auto null = [&] { return plan::null_constant(expr->type, span); };
    const ExprRef& output = p.outputs[0];
    if (p.one_row) {
      ExprRef there = conjunction(p.filters);
      const ExprRef result = there ? plan::case_when({{there, output}}, null(), expr->type, span) : output;
      return left_join(p.node, p.predicates, subquery.parameters, [&] { return result; });
    }
    std::set<uint32_t> known;
    ExprRef matched;
    for (const ExprRef& predicate : p.predicates) {
      const std::optional<Correlation> c = as_correlation(predicate);
      if (!c) continue;
      matched = c->inner;
      if (const plan::Column* column = as_column(c->inner)) known.insert(column->index);
    }
    if (!has_key_within(p.node, known)) return nullptr;
    if (as_column(output))
      return left_join(p.node, p.predicates, subquery.parameters, [&] { return output; });
    if (!matched) return nullptr;
    const ExprRef met = plan::is(matched, plan::Test::kNull, true, span);
    const ExprRef result = plan::case_when({{met, output}}, null(), expr->type, span);
    return left_join(p.node, p.predicates, subquery.parameters, [&] { return result; });
  }

  /// Whether there is a row that meets the predicates: of a join with their distinct values.
  ExprRef mark(const Subquery& subquery, const Pulled& p, const std::vector<ExprRef>& predicates,
               source::Span span) {
    const auto correlations = as_correlations(predicates);
    if (!correlations || correlations->empty()) return nullptr;
    std::vector<ExprRef> keys;
    std::vector<std::string> names;
    for (const Correlation& c : *correlations) {
      keys.push_back(c.inner);
      names.push_back(plan::to_string(c.inner));
    }
    const NodeRef distinct = plan::aggregate(p.node, keys, {}, true, std::move(names), span, "");
    std::vector<ExprRef> matches;
    for (uint32_t i = 0; i < keys.size(); ++i) {
      const Correlation& c = (*correlations)[i];
      matches.push_back(make_equality({c.outer, plan::column_of(*distinct, i, span), c.function}, span));
    }
    std::vector<ExprRef> parameters = subquery.parameters;
    parameters.insert(parameters.end(), subquery.operands.begin(), subquery.operands.end());
    const ExprRef key = plan::column_of(*distinct, 0, span);
    return left_join(distinct, matches, parameters,
                     [&] { return plan::is(key, plan::Test::kNull, true, span); });
  }

  NodeRef row_;
  std::vector<ExprRef> joined_;
};

NodeRef with_first_columns(const NodeRef& node, const plan::Node& like) {
  if (node->columns.size() == like.columns.size()) return node;
  return plan::project(node, columns_between(*node, 0, static_cast<uint32_t>(like.columns.size())),
                       names_of(like), like.span);
}

NodeRef rewrite(const NodeRef& node, const plan::Filter& filter) {
  if (!has_subquery(filter.predicate)) return node;
  std::vector<ExprRef> below;
  std::vector<ExprRef> above;
  std::vector<Membership> memberships;
  for (const ExprRef& part : conjuncts(filter.predicate)) {
    const bool asks = has_subquery(part);
    const bool was_asked = !memberships.empty() || !above.empty();
    if (Membership m = as_membership(part); m.subquery && semi_join(filter.input, m)) {
      memberships.push_back(std::move(m));
    } else {
      // What can fail is not evaluated for rows that a subquery before it has taken away.
      (asks || (was_asked && may_fail(part)) ? above : below).push_back(part);
    }
  }
  NodeRef current = filtered(filter.input, std::move(below));
  for (const Membership& m : memberships) current = semi_join(current, m);
  Unnesting unnesting(current);
  bool changed = !memberships.empty();
  for (ExprRef& part : above) {
    ExprRef replaced = unnesting.replace(part, false, true);
    changed = changed || replaced != part;
    part = std::move(replaced);
  }
  if (!changed) return node;
  return with_first_columns(filtered(unnesting.row(), std::move(above)), *node);
}

/// Of other nodes: all expressions over the row of the only input.
NodeRef rewrite_expressions(const NodeRef& node, const NodeRef& input) {
  std::vector<ExprRef> exprs = plan::expressions(node);
  Unnesting unnesting(input);
  bool changed = false;
  for (ExprRef& e : exprs) {
    // An aggregate's argument is for the rows that its filter lets through only.
    ExprRef replaced = unnesting.replace(e, std::holds_alternative<plan::Aggregate>(node->op), false);
    changed = changed || replaced != e;
    e = std::move(replaced);
  }
  if (!changed) return node;
  return plan::with_children(plan::with_expressions(node, std::move(exprs)), {unnesting.row()});
}

/// Subqueries in the condition of an inner join may as well be asked above it.
NodeRef rewrite(const NodeRef& node, const plan::Join& join) {
  if (join.kind != JoinKind::kInner || !join.condition || !has_subquery(join.condition)) return node;
  std::vector<ExprRef> kept;
  std::vector<ExprRef> asked;
  for (const ExprRef& part : conjuncts(join.condition)) (has_subquery(part) ? asked : kept).push_back(part);
  const NodeRef below =
      plan::join(join.kind, join.left, join.right, conjunction(std::move(kept)), join.parameters, node->span);
  return subqueries_to_joins(filtered(below, std::move(asked)));
}

}  // namespace

plan::NodeRef subqueries_to_joins(const plan::NodeRef& node) {
  if (const auto* filter = std::get_if<plan::Filter>(&node->op)) return rewrite(node, *filter);
  if (const auto* project = std::get_if<plan::Project>(&node->op))
    return rewrite_expressions(node, project->input);
  if (const auto* aggregate = std::get_if<plan::Aggregate>(&node->op))
    return rewrite_expressions(node, aggregate->input);
  if (const auto* join = std::get_if<plan::Join>(&node->op)) return rewrite(node, *join);
  return node;
}

}  // namespace sqlmill::optimize
