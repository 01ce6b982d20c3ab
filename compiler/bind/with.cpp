// WITH and WITH RECURSIVE.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "compiler/bind/binder.h"
#include "compiler/bind/shared.h"

namespace sqlmill::bind {

bool Binder::bind_with(const std::vector<ast::CommonTable>& tables, bool recursive,
                       const QueryContext& context, CommonTableScope& ctes) {
  QueryContext inner = context;
  inner.keep_unknown = false;
  for (const ast::CommonTable& table : tables) {
    std::string outer_name = std::exchange(query_name_, table.name.name);
    NodeRef node = recursive ? bind_recursive(table, inner, ctes) : bind_common_table(table, inner);
    query_name_ = std::move(outer_name);
    if (node && is_ad_hoc()) node = plan::shared(std::move(node), table.query->span);
    if (!ctes.tables.emplace(table.name.name, CommonTable{node, context.closure}).second) {
      sink_.report(diag::Code::kDuplicateAlias, table.name.span,
                   fmt::format("WITH query \"{}\" is defined twice", table.name.name));
      if (is_ad_hoc()) return false;
    }
  }
  return true;
}

NodeRef Binder::bind_common_table(const ast::CommonTable& table, const QueryContext& context) {
  const std::optional<BoundQuery> bound = bind_query(*table.query, context);
  if (!bound) return nullptr;
  if (table.column_aliases.size() > bound->visible_columns) {
    report_too_many_names(table.name.name, bound->visible_columns, table.column_aliases);
    return nullptr;
  }
  if (is_ad_hoc()) {
    return table.column_aliases.empty() ? bound->node
                                        : with_names(bound->node, table.column_aliases, table.query->span);
  }
  std::vector<ExprRef> exprs;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < bound->visible_columns; ++i) {
    exprs.push_back(plan::column_of(*bound->node, i, table.name.span));
    names.push_back(i < table.column_aliases.size() ? table.column_aliases[i].name
                                                    : bound->node->columns[i].name);
  }
  return plan::project(bound->node, std::move(exprs), std::move(names), table.query->span);
}

NodeRef Binder::bind_recursive(const ast::CommonTable& table, const QueryContext& context,
                               CommonTableScope& ctes) {
  const auto* set = std::get_if<ast::SetOperation>(&table.query->body);
  const bool could_be = set && set->op == "union" && table.query->with.empty();
  if (!could_be) return bind_common_table(table, context);
  const std::optional<BoundQuery> base = bind_query(*set->left, context);
  if (!base) return nullptr;
  if (table.column_aliases.size() > base->visible_columns) {
    report_too_many_names(table.name.name, base->visible_columns, table.column_aliases);
    return nullptr;
  }
  const NodeRef named = with_names(base->node, table.column_aliases, set->left->span);
  std::vector<plan::OutputColumn> columns = named->columns;
  for (plan::OutputColumn& c : columns) c.nullable = true;
  const uint32_t id = next_working_table_++;
  ctes.tables.emplace(table.name.name,
                      CommonTable{plan::working_table(id, columns, table.name.span), context.closure});
  QueryContext step_context = context;
  step_context.keep_unknown = true;
  const std::optional<BoundQuery> step = bind_query(*set->right, step_context);
  ctes.tables.erase(table.name.name);
  if (!step) return nullptr;
  if (!reads_working_table(step->node, id)) return bind_common_table(table, context);
  if (!table.query->order_by.empty() || table.query->limit || table.query->offset) {
    not_supported(
        table.query->order_by.empty() ? "LIMIT in a recursive query" : "ORDER BY in a recursive query",
        "write it where the query is read", table.query->span);
    return nullptr;
  }
  BoundQuery left{named, base->visible_columns, {}};
  NodeRef left_node;
  NodeRef right_node;
  if (!match_sides(left, *step, "UNION", set->op_span, left_node, right_node)) return nullptr;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (left_node->columns[i].type.id == columns[i].type.id) continue;
    sink_.report(
        diag::Code::kTypeMismatch, set->op_span,
        fmt::format("recursive query \"{}\" column {} has type {} in non-recursive term but type {} overall",
                    table.name.name, i + 1, sql::type_name(columns[i].type),
                    sql::type_name(left_node->columns[i].type)),
        "cast the output of the non-recursive term to the correct type");
    return nullptr;
  }
  return plan::recursive(named, std::move(right_node), set->all, id, table.query->span);
}

NodeRef Binder::read_common_table(const CommonTable& table, const QueryContext& context) {
  if (!table.node || table.closure == context.closure || !has_parameters(table.node)) return table.node;
  // It takes something from around the query that defines it: that is handed down, closure by closure.
  const auto hand_down = [&](auto&& self, const ExprRef& value, const std::string& name,
                             Closure* to) -> ExprRef {
    if (to == table.closure) return value;
    return to->take(self(self, value, name, to->around->scope->closure), name, value->span);
  };
  return substitute_parameters(table.node, [&](const plan::Parameter& p, const plan::Expr& e) {
    return hand_down(hand_down, plan::parameter(p.index, p.name, e.type, e.nullable, e.span), p.name,
                     context.closure);
  });
}

}  // namespace sqlmill::bind
