// FROM: relations, CTEs and subqueries.
#include <fmt/format.h>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

NodeRef with_names(NodeRef node, const std::vector<ast::Identifier>& names, Span span) {
  std::vector<ExprRef> exprs;
  std::vector<std::string> all;
  for (uint32_t i = 0; i < node->columns.size(); ++i) {
    exprs.push_back(plan::column_of(*node, i, span));
    all.push_back(i < names.size() ? names[i].name : node->columns[i].name);
  }
  return plan::project(std::move(node), std::move(exprs), std::move(all), span);
}

/// Only the first `count` columns.
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

}  // namespace

NodeRef Binder::read_relation(const ast::Identifier& name, Span span) {
  const catalog::Relation* relation = script_.catalog.find(name.name);
  if (!relation) {
    report_unknown_relation(name);
    return nullptr;
  }
  switch (relation->kind) {
    case catalog::RelationKind::kSource:
    case catalog::RelationKind::kTable:
      return plan::scan(relation, span);
    case catalog::RelationKind::kView:
    case catalog::RelationKind::kMaterializedView:
      return relation->plan ? visible(relation->plan, relation->visible_columns, span) : nullptr;
    case catalog::RelationKind::kIndex:
    case catalog::RelationKind::kSink:
      sink_.report(
          diag::Code::kWrongRelationKind, name.span,
          fmt::format("\"{}\" is {} and cannot be read", name.name, catalog::kind_name(relation->kind)),
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

NodeRef Binder::bind_from_item(const ast::FromItem& item, const CommonTableScope* ctes, std::string& name) {
  NodeRef node;
  if (const auto* table = std::get_if<ast::TableName>(&item.source)) {
    name = table->name.name;
    for (const CommonTableScope* scope = ctes; scope && !node; scope = scope->outer) {
      const auto found = scope->tables.find(name);
      if (found == scope->tables.end()) continue;
      node = found->second;
      if (!node) return nullptr;  // Its query had errors, which were reported.
    }
    if (!node) node = read_relation(table->name, item.span);
  } else if (const auto* derived = std::get_if<ast::Derived>(&item.source)) {
    std::string outer_name =
        std::exchange(query_name_, item.alias ? item.alias->name : query_name_ + "_inner");
    const std::optional<BoundQuery> query = bind_query(*derived->query, ctes);
    query_name_ = std::move(outer_name);
    if (query) node = visible(query->node, query->visible_columns, item.span);
  } else {
    const auto& unsupported = std::get<ast::UnsupportedFrom>(item.source);
    not_supported(unsupported.feature, unsupported.hint, item.span);
  }
  if (!node) return nullptr;
  if (item.alias) name = item.alias->name;
  if (item.column_aliases.size() > node->columns.size()) {
    report_too_many_names(name, node->columns.size(), item.column_aliases);
    return nullptr;
  }
  return item.column_aliases.empty() ? node : with_names(std::move(node), item.column_aliases, item.span);
}

NodeRef Binder::bind_from(const ast::Select& select, const CommonTableScope* ctes, Scope& scope) {
  if (select.from.empty()) {
    not_supported("SELECT without FROM", "read a table that holds the row: INSERT INTO t VALUES (…)",
                  select.span);
    return nullptr;
  }
  if (select.from.size() > 1) {
    not_supported("joins", "a query reads one relation or one subquery", select.from[1].span);
    return nullptr;
  }
  ScopeTable table;
  NodeRef node = bind_from_item(select.from[0], ctes, table.name);
  if (!node) return nullptr;
  table.columns = node->columns;
  scope.tables.push_back(std::move(table));
  return node;
}

}  // namespace sqlmill::bind
