// FROM: relations, CTEs and subqueries.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

NodeRef with_names(NodeRef node, const std::vector<ast::Identifier>& names, Span span) {
  std::vector<ExprRef> exprs;
  std::vector<std::string> all;
  for (uint32_t i = 0; i < node->columns.size(); ++i) {
    exprs.push_back(plan::column_of(*node, i, span));
    all.push_back(i < names.size() ? names[i].name : node->columns[i].name);
  }
  return plan::project(std::move(node), std::move(exprs), std::move(all), span);
}

NodeRef visible(NodeRef node, uint32_t count, Span span) {
  if (node->columns.size() == count) return node;
  std::vector<ExprRef> exprs;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < count; ++i) {
    exprs.push_back(plan::column_of(*node, i, span));
    names.push_back(node->columns[i].name);
  }
  return plan::project(std::move(node), std::move(exprs), std::move(names), span);
}

const catalog::Relation* Binder::find_relation(const ast::RelationName& name) {
  if (!is_ad_hoc() && name.schema && name.schema->name != catalog::kPublicSchema) {
    sink_.report(diag::Code::kNotSupported, name.span,
                 fmt::format("schema \"{}\" is not supported", name.schema->name),
                 "all relations are in schema public: leave the schema out");
    return nullptr;
  }
  const catalog::Relation* relation =
      name.schema ? catalog().find(name.schema->name, name.name.name) : catalog().find(name.name.name);
  if (!relation) report_unknown_relation(name);
  return relation;
}

NodeRef Binder::read_relation(const ast::RelationName& name, Span span, const catalog::Relation** found) {
  const catalog::Relation* relation = find_relation(name);
  if (!relation) return nullptr;
  if (found) *found = relation;
  switch (relation->kind) {
    case catalog::RelationKind::kSource:
      if (!is_ad_hoc()) return plan::scan(relation, span);
      sink_.report(diag::Code::kWrongRelationKind, name.span,
                   fmt::format("\"{}\" is a source and keeps no rows", name.name.name),
                   "define a materialized view of what you want to ask, or a table, in the pipeline's file");
      return nullptr;
    case catalog::RelationKind::kTable:
    case catalog::RelationKind::kSystem:
      return plan::scan(relation, span);
    case catalog::RelationKind::kMaterializedView:
      if (!relation->plan) return nullptr;
      if (is_ad_hoc()) return plan::scan(relation, span);
      return visible(relation->plan, relation->visible_columns, span);
    case catalog::RelationKind::kView:
      if (!is_ad_hoc())
        return relation->plan ? visible(relation->plan, relation->visible_columns, span) : nullptr;
      if (relation->ad_hoc_plan) return relation->ad_hoc_plan;
      sink_.report(diag::Code::kWrongRelationKind, name.span,
                   fmt::format("view \"{}\" reads a source, which keeps no rows", name.name.name),
                   "define it as a MATERIALIZED VIEW in the pipeline's file");
      return nullptr;
    case catalog::RelationKind::kIndex:
    case catalog::RelationKind::kSink:
      sink_.report(
          diag::Code::kWrongRelationKind, name.span,
          fmt::format("\"{}\" is {} and cannot be read", name.name.name, catalog::kind_name(relation->kind)),
          relation->kind == catalog::RelationKind::kSink ? "read the relation that it is made from"
                                                         : "read the relation that it is on");
      return nullptr;
  }
  __builtin_unreachable();
}

void Binder::report_too_many_names(const std::string& relation, size_t columns,
                                   const std::vector<ast::Identifier>& names) {
  sink_.report(diag::Code::kColumnCount, {names[columns].span.begin, names.back().span.end},
               fmt::format("\"{}\" has {} column{}, but {} names are given", relation, columns,
                           columns == 1 ? "" : "s", names.size()));
}

NodeRef Binder::bind_from_source(const ast::FromItem& item, const QueryContext& context, std::string& name,
                                 const catalog::Relation*& relation) {
  if (const auto* table = std::get_if<ast::TableName>(&item.source)) {
    name = table->name.name.name;
    for (const CommonTableScope* scope = table->name.schema ? nullptr : context.ctes; scope;
         scope = scope->outer) {
      const auto found = scope->tables.find(name);
      if (found != scope->tables.end()) return read_common_table(found->second, context);
    }
    return read_relation(table->name, item.span, &relation);
  }
  if (std::holds_alternative<ast::FunctionCall>(item.source) ||
      std::holds_alternative<ast::RowsFrom>(item.source))
    return bind_function_item(item, context, name);
  if (const auto* derived = std::get_if<ast::Derived>(&item.source)) {
    std::string outer_name =
        std::exchange(query_name_, item.alias ? item.alias->name : query_name_ + "_inner");
    QueryContext inner = context;
    inner.sees_lateral = context.from != 0 ? item.lateral : context.sees_lateral;
    inner.from = 0;
    inner.keep_unknown = false;
    const std::optional<BoundQuery> query = bind_query(*derived->query, inner);
    query_name_ = std::move(outer_name);
    return query ? visible(query->node, query->visible_columns, item.span) : nullptr;
  }
  const auto& unsupported = std::get<ast::UnsupportedFrom>(item.source);
  not_supported(unsupported.feature, unsupported.hint, item.span);
  return nullptr;
}

NodeRef Binder::bind_from_item(const ast::FromItem& item, const QueryContext& context, Scope& scope) {
  scope.closure = context.closure;
  scope.sees_lateral = context.from != 0 || context.sees_lateral;
  scope.ctes = context.ctes;
  if (const auto* join = std::get_if<ast::Join>(&item.source)) {
    NodeRef node = bind_join(*join, context, item.span, scope);
    if (!node || !item.alias) return node;
    if (item.column_aliases.size() > scope.columns.size()) {
      report_too_many_names(item.alias->name, scope.columns.size(), item.column_aliases);
      return nullptr;
    }
    for (size_t i = 0; i < item.column_aliases.size(); ++i)
      scope.columns[i].name = item.column_aliases[i].name;
    scope.tables = {{item.alias->name, scope.columns, nullptr}};
    return node;
  }
  std::string name;
  const catalog::Relation* relation = nullptr;
  NodeRef node = bind_from_source(item, context, name, relation);
  if (!node) return nullptr;
  if (item.alias) name = item.alias->name;
  if (item.column_aliases.size() > node->columns.size()) {
    report_too_many_names(name, node->columns.size(), item.column_aliases);
    return nullptr;
  }
  if (!item.column_types.empty() && !std::holds_alternative<ast::FunctionCall>(item.source)) {
    sink_.report(diag::Code::kSyntaxError, item.span,
                 "a column definition list is only allowed for functions returning \"record\"");
    return nullptr;
  }
  if (!item.column_aliases.empty()) node = with_names(std::move(node), item.column_aliases, item.span);
  Scope own = scope_of(std::move(name), *node, item.span);
  scope.tables = std::move(own.tables);
  scope.columns = std::move(own.columns);
  if (item.column_aliases.empty()) scope.tables[0].relation = relation;
  const auto* call = std::get_if<ast::FunctionCall>(&item.source);
  scope.tables[0].is_value =
      call && !call->ordinality && item.column_types.empty() && node->columns.size() == 1;
  return node;
}

bool Binder::item_is_for_views(const ast::FromItem& item) {
  constexpr std::string_view kHint = "a query reads one relation or one subquery";
  if (item.lateral) {
    not_supported("LATERAL", kHint, item.span);
    return false;
  }
  if (const auto* join = std::get_if<ast::Join>(&item.source)) {
    while (const auto* first = std::get_if<ast::Join>(&join->left->source)) join = first;
    not_supported(fmt::format("joins ({})", join->words), kHint, item.span);
    return false;
  }
  if (const auto* rows = std::get_if<ast::RowsFrom>(&item.source)) {
    not_supported(fmt::format("table functions ({})", rows->calls.front().name.name),
                  "read a relation or a subquery", item.span);
    return false;
  }
  const auto* call = std::get_if<ast::FunctionCall>(&item.source);
  if (!call) return true;
  if (call->name.name == "tumble") {
    not_supported("tumbling windows (TUMBLE)",
                  "GROUP BY date_trunc('minute', event_ts) makes windows of a minute, an hour or a day",
                  item.span);
  } else if (call->name.name == "hop") {
    not_supported("hopping windows (HOP)",
                  "GROUP BY date_trunc('minute', event_ts) makes windows that do not overlap", item.span);
  } else if (call->name.name == "session") {
    not_supported("session windows (SESSION)", "GROUP BY a session id that the events carry", item.span);
  } else {
    not_supported(fmt::format("table functions ({})", call->name.name), "read a relation or a subquery",
                  item.span);
  }
  return false;
}

bool Binder::from_is_for_views(const ast::Select& select) {
  if (select.from.empty()) {
    not_supported("SELECT without FROM", "read a table that holds the row: INSERT INTO t VALUES (…)",
                  select.span);
    return false;
  }
  if (select.from.size() > 1) {
    not_supported("joins (a comma in FROM)", "a query reads one relation or one subquery",
                  join(select.from.front().span, select.from.back().span));
    return false;
  }
  return item_is_for_views(select.from.front());
}

NodeRef Binder::bind_from(const ast::Select& select, const QueryContext& context, Scope& scope) {
  if (!is_ad_hoc() && !from_is_for_views(select)) return nullptr;
  if (select.from.empty()) {
    scope.closure = context.closure;
    scope.sees_lateral = context.sees_lateral;
    scope.ctes = context.ctes;
    return plan::values({{}}, {}, select.span);
  }
  NodeRef node = bind_from_list(select.from, context, scope);
  scope.closure = context.closure;
  scope.sees_lateral = context.sees_lateral;
  return node;
}

}  // namespace sqlmill::bind
