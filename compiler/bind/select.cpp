// SELECT … FROM … WHERE … GROUP BY … HAVING, with DISTINCT and ORDER BY.
//
// Grouping: every expression is bound over the input row, with aggregate calls as columns from kFirstAggregateColumn on.
// When all are known, parts that equal a key become the key's column, aggregates their column behind the keys, and any input
// column that is left over is an error.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

/// A SELECT under construction.
struct Output {
  std::vector<ExprRef> exprs;
  std::vector<std::string> names;
  uint32_t visible = 0;
};

std::optional<uint32_t> position_of(const ast::Expr& expr) {
  const auto* number = std::get_if<ast::NumberLiteral>(&expr.node);
  if (!number) return std::nullopt;
  uint32_t position = 0;
  const char* end = number->digits.data() + number->digits.size();
  const auto [at, error] = std::from_chars(number->digits.data(), end, position);
  return error == std::errc() && at == end ? std::optional(position) : std::nullopt;
}

const std::string* bare_name(const ast::Expr& expr) {
  const auto* name = std::get_if<ast::ColumnName>(&expr.node);
  return name && name->parts.size() == 1 ? &name->parts[0].name : nullptr;
}

/// Rewrites an expression over the input into one over the grouped row. Null: a column is neither key nor aggregated.
ExprRef over_groups(const ExprRef& expr, const std::vector<ExprRef>& keys, const ExprRef** culprit) {
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (plan::equal(expr, keys[i])) {
      const auto* c = std::get_if<plan::Column>(&expr->node);
      return plan::column(i, c ? c->name : plan::to_string(expr), expr->type, expr->nullable, expr->span);
    }
  }
  if (const auto* c = std::get_if<plan::Column>(&expr->node)) {
    if (c->index < kFirstAggregateColumn) {
      *culprit = &expr;
      return nullptr;
    }
    const auto index = static_cast<uint32_t>(keys.size()) + c->index - kFirstAggregateColumn;
    return plan::column(index, c->name, expr->type, expr->nullable, expr->span);
  }
  std::vector<ExprRef> parts = plan::operands(expr);
  for (ExprRef& part : parts) {
    const ExprRef original = part;
    part = over_groups(original, keys, culprit);
    if (!part) {
      // The culprit must outlive this call: it points into the plan, not into `parts`.
      static thread_local ExprRef kept;
      kept = **culprit;
      *culprit = &kept;
      return nullptr;
    }
  }
  return parts.empty() ? expr : plan::with_operands(expr, std::move(parts));
}

bool has_min(sql::TypeId type) {
  return std::any_of(sql::aggregates().begin(), sql::aggregates().end(),
                     [&](const sql::Aggregate& a) { return a.name == "min" && a.argument == type; });
}

std::vector<std::string> aggregate_names(const std::vector<ExprRef>& keys, const std::vector<plan::AggregateCall>& calls) {
  std::vector<std::string> names;
  for (const ExprRef& key : keys) names.push_back(plan::to_string(key));
  for (const plan::AggregateCall& call : calls) names.push_back(call.name.empty() ? plan::to_string(call) : call.name);
  return names;
}

}  // namespace

std::string implied_name(const ast::Expr& expr) {
  if (const auto* column = std::get_if<ast::ColumnName>(&expr.node)) return column->parts.back().name;
  if (const auto* call = std::get_if<ast::Call>(&expr.node)) return call->name.name;
  if (std::holds_alternative<ast::Case>(expr.node)) return "case";
  if (std::holds_alternative<ast::BooleanLiteral>(expr.node)) return "bool";
  if (const auto* literal = std::get_if<ast::TypedLiteral>(&expr.node)) return literal->type.name;
  if (const auto* cast = std::get_if<ast::CastTo>(&expr.node)) {
    std::string inner = implied_name(*cast->operand);
    return inner == "?column?" ? cast->type.name : inner;
  }
  return "?column?";
}

std::optional<BoundQuery> Binder::bind_select(const ast::Select& select, const std::vector<ast::OrderItem>& order_by,
                                              const CommonTableScope* ctes) {
  Scope scope;
  NodeRef node = bind_from(select, ctes, scope);
  if (!node) return std::nullopt;
  bool ok = true;

  if (select.where) {
    ExprRef predicate = bind_boolean(*select.where, {&scope, "WHERE"}, "the condition of WHERE");
    ok = ok && predicate;
    if (predicate) node = plan::filter(node, std::move(predicate), select.where->span);
  }

  // The SELECT list.
  std::vector<plan::AggregateCall> calls;
  const ExprContext in_list{&scope, "SELECT", &calls};
  Output output;
  const auto add = [&](ExprRef expr, std::string name) {
    if (expr && expr->type.id == sql::TypeId::kUnknown) {
      expr = coerce(expr, {sql::TypeId::kText}, sql::CastContext::kImplicit, expr->span, "a column");
    }
    ok = ok && expr;
    output.exprs.push_back(std::move(expr));
    output.names.push_back(std::move(name));
  };
  for (const ast::SelectItem& item : select.items) {
    if (const auto* star = std::get_if<ast::Star>(&item.expr->node)) {
      bool found = false;
      for (const ScopeTable& table : scope.tables) {
        if (star->qualifier && star->qualifier->name != table.name) continue;
        found = true;
        for (uint32_t i = 0; i < table.columns.size(); ++i) {
          const plan::OutputColumn& c = table.columns[i];
          ok = ok && c.type.id != sql::TypeId::kUnknown;  // Otherwise its declaration had an error, which was reported.
          if (c.type.id != sql::TypeId::kUnknown) add(plan::column(table.first + i, c.name, c.type, c.nullable, item.expr->span), c.name);
        }
      }
      if (!found) {
        report_unknown_table(star->qualifier->name, star->qualifier->span, scope);
        ok = false;
      }
      continue;
    }
    const size_t calls_before = calls.size();
    ExprRef expr = bind_expr(*item.expr, in_list);
    std::string name = item.alias ? item.alias->name : implied_name(*item.expr);
    // A call that stands alone is known by the name of its column.
    if (expr && calls.size() == calls_before + 1 && std::holds_alternative<plan::Column>(expr->node)) calls.back().name = name;
    add(std::move(expr), std::move(name));
  }
  output.visible = static_cast<uint32_t>(output.exprs.size());

  // GROUP BY: a position, a column of the input, or the name of an output, in this order.
  std::vector<ExprRef> keys;
  for (const ast::ExprPtr& key : select.group_by) {
    ExprRef bound;
    if (const std::optional<uint32_t> position = position_of(*key)) {
      if (*position < 1 || *position > output.visible) {
        sink_.report(diag::Code::kInvalidPosition, key->span, fmt::format("GROUP BY position {} is not in the SELECT list", *position),
                     fmt::format("positions go from 1 to {}", output.visible));
      } else {
        bound = output.exprs[*position - 1];
      }
    } else {
      const std::string* name = bare_name(*key);
      bool is_input = !name;
      for (const ScopeTable& table : scope.tables) {
        for (const plan::OutputColumn& c : table.columns) is_input = is_input || c.name == *name;
      }
      for (uint32_t i = 0; !is_input && i < output.visible; ++i) {
        if (output.names[i] == *name) bound = output.exprs[i];
      }
      if (!bound) bound = bind_expr(*key, {&scope, "GROUP BY"});
      if (bound && bound->type.id == sql::TypeId::kUnknown) {
        bound = coerce(bound, {sql::TypeId::kText}, sql::CastContext::kImplicit, key->span, "a key");
      }
    }
    if (bound) {
      bool has_aggregate = false;
      plan::for_each_column(bound, [&](const plan::Column& c) { has_aggregate = has_aggregate || c.index >= kFirstAggregateColumn; });
      if (has_aggregate) {
        sink_.report(diag::Code::kMisplacedAggregate, key->span, "aggregates are not allowed in GROUP BY");
        bound = nullptr;
      }
    }
    ok = ok && bound;
    if (bound) keys.push_back(std::move(bound));
  }

  ExprRef having;
  if (select.having) {
    having = bind_boolean(*select.having, {&scope, "HAVING", &calls}, "the condition of HAVING");
    ok = ok && having;
  }

  // ORDER BY: an output's name or position, or an expression over the input, which becomes a hidden column.
  std::vector<catalog::OrderKey> order;
  for (const ast::OrderItem& item : order_by) {
    std::optional<uint32_t> column;
    const std::optional<uint32_t> position = position_of(*item.expr);
    if (position) {
      if (*position < 1 || *position > output.visible) {
        sink_.report(diag::Code::kInvalidPosition, item.expr->span, fmt::format("ORDER BY position {} is not in the SELECT list", *position),
                     fmt::format("positions go from 1 to {}", output.visible));
        ok = false;
        continue;
      }
      column = *position - 1;
    } else if (const std::string* name = bare_name(*item.expr)) {
      for (uint32_t i = 0; i < output.visible && !column; ++i) {
        if (output.names[i] == *name) column = i;
      }
    }
    if (!column) {
      ExprRef expr = bind_expr(*item.expr, {&scope, "ORDER BY", &calls});
      if (!expr) {
        ok = false;
        continue;
      }
      for (uint32_t i = 0; i < output.exprs.size() && !column; ++i) {
        if (output.exprs[i] && plan::equal(output.exprs[i], expr)) column = i;
      }
      if (!column && select.distinct) {
        sink_.report(diag::Code::kInvalidPosition, item.expr->span, "for SELECT DISTINCT, ORDER BY expressions must be in the SELECT list");
        ok = false;
        continue;
      }
      if (!column) {
        column = static_cast<uint32_t>(output.exprs.size());
        add(std::move(expr), fmt::format("order_{}", order.size() + 1));
      }
    }
    order.push_back({*column, item.descending, item.nulls_first.value_or(item.descending)});
  }
  if (!ok) return std::nullopt;

  const bool grouped = select.has_group_by;
  if (grouped || !calls.empty() || having) {
    const auto regroup = [&](ExprRef& expr) {
      const ExprRef* culprit = nullptr;
      ExprRef rewritten = over_groups(expr, keys, &culprit);
      if (!rewritten) {
        const auto& c = std::get<plan::Column>((*culprit)->node);
        sink_.report(diag::Code::kNotGrouped, (*culprit)->span,
                     fmt::format("column \"{}\" must appear in GROUP BY or be used in an aggregate", c.name),
                     has_min((*culprit)->type.id) ? fmt::format("add \"{}\" to GROUP BY, or write MIN(\"{}\")", c.name, c.name)
                                                  : fmt::format("add \"{}\" to GROUP BY", c.name));
        ok = false;
      }
      expr = std::move(rewritten);
    };
    for (ExprRef& e : output.exprs) regroup(e);
    if (having) regroup(having);
    if (!ok) return std::nullopt;
    std::vector<std::string> names = aggregate_names(keys, calls);
    node = plan::aggregate(node, std::move(keys), std::move(calls), grouped, std::move(names), select.span, query_name_);
    if (having) node = plan::filter(node, having, select.having->span);
  }

  node = plan::project(node, output.exprs, output.names, select.span);
  if (select.distinct) {
    std::vector<ExprRef> distinct_keys;
    for (uint32_t i = 0; i < node->columns.size(); ++i) distinct_keys.push_back(plan::column_of(*node, i, output.exprs[i]->span));
    node = plan::aggregate(node, std::move(distinct_keys), {}, true, output.names, select.span, query_name_ + "_distinct");
  }
  return BoundQuery{std::move(node), output.visible, std::move(order)};
}

}  // namespace sqlmill::bind
