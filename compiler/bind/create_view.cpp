// CREATE [MATERIALIZED] VIEW and CREATE INDEX.
#include <fmt/format.h>

#include <set>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

/// Where the query computes the column; `otherwise` if that is not in one place.
Span span_of_column(const plan::Node& node, uint32_t column, Span otherwise) {
  const auto* project = std::get_if<plan::Project>(&node.op);
  return project ? project->exprs[column]->span : otherwise;
}

}  // namespace

void Binder::bind_create_view(const ast::CreateView& create, Span span) {
  report_unsupported(create.unsupported);
  query_name_ = create.name.name;
  const std::optional<BoundQuery> query = bind_query(*create.query, {});
  catalog::Relation relation{};
  relation.kind =
      create.materialized ? catalog::RelationKind::kMaterializedView : catalog::RelationKind::kView;
  relation.name = create.name.name;
  relation.span = span;
  relation.name_span = create.name.span;
  if (query) {
    NodeRef node = query->node;
    if (create.columns.size() > query->visible_columns) {
      report_too_many_names(create.name.name, query->visible_columns, create.columns);
    } else if (!create.columns.empty()) {
      node = with_names(node, create.columns, span);
    }
    std::set<std::string_view> seen;
    for (uint32_t i = 0; i < query->visible_columns; ++i) {
      if (seen.insert(node->columns[i].name).second) continue;
      sink_.report(
          diag::Code::kDuplicateColumn,
          i < create.columns.size() ? create.columns[i].span
                                    : span_of_column(*query->node, i, create.name.span),
          fmt::format("view \"{}\" has two columns named \"{}\"", create.name.name, node->columns[i].name),
          "give one of them another name: expression AS name");
      break;
    }
    relation.plan = std::move(node);
    relation.visible_columns = query->visible_columns;
    relation.order = query->order;
    relation.append_only = relation.plan->append_only;
  }
  catalog::Relation* added = add_relation(std::move(relation), create.if_not_exists);
  if (added && added->kind == catalog::RelationKind::kView)
    added->ad_hoc_plan = bind_ad_hoc_view(source_, script_->catalog, create);
}

NodeRef Binder::bind_ad_hoc_view(const source::Source& source, const catalog::Catalog& catalog,
                                 const ast::CreateView& view) {
  diag::Sink unheard;  // Errors of the view have been reported; that it reads a source is none.
  Binder binder(source, unheard, catalog, {});
  binder.query_name_ = view.name.name;
  const std::optional<BoundQuery> query = binder.bind_query(*view.query, {});
  if (!query || unheard.has_errors() || view.columns.size() > query->visible_columns) return nullptr;
  return view.columns.empty() ? query->node : with_names(query->node, view.columns, view.name.span);
}

void Binder::bind_create_index(const ast::CreateIndex& create, Span span) {
  report_unsupported(create.unsupported);
  const catalog::Relation* target = nullptr;
  const NodeRef node =
      read_relation({std::nullopt, create.relation, create.relation.span}, create.relation.span, &target);
  if (!node) return;
  if (target->kind == catalog::RelationKind::kSource) {
    sink_.report(diag::Code::kWrongRelationKind, create.relation.span,
                 fmt::format("\"{}\" is a source and keeps no rows to index", target->name),
                 "index a table or a materialized view");
    return;
  }
  const Scope scope = scope_of(target->name, *node, create.relation.span);
  std::vector<uint32_t> columns;  // Of an index on columns and nothing else, which queries can use.
  std::vector<catalog::OrderKey> order;
  bool are_columns = true;
  for (const ast::OrderItem& key : create.keys) {
    const ExprRef expr = bind_expr(*key.expr, {&scope, "CREATE INDEX"});
    const auto* column = expr ? std::get_if<plan::Column>(&expr->node) : nullptr;
    are_columns = are_columns && column;
    if (!column) continue;
    columns.push_back(column->index);
    order.push_back({column->index, key.descending, key.nulls_first.value_or(key.descending)});
  }
  for (const ast::Identifier& column : create.include) {
    ast::Expr name{column.span, ast::ColumnName{{column}}};
    bind_expr(name, {&scope, "INCLUDE"});
  }
  catalog::Relation relation{};
  relation.kind = catalog::RelationKind::kIndex;
  relation.name = create.name ? create.name->name : fmt::format("{}_idx_{}", target->name, span.begin);
  relation.name_span = create.name ? create.name->span : create.relation.span;
  relation.span = span;
  relation.target = target;
  if (are_columns) {
    for (const uint32_t column : columns) {
      const plan::OutputColumn& indexed = node->columns[column];
      relation.columns.push_back({indexed.name, indexed.type, indexed.nullable, nullptr, std::nullopt, span});
    }
    relation.primary_key = std::move(columns);
    relation.order = std::move(order);
  }
  add_relation(std::move(relation), create.if_not_exists);
}

}  // namespace sqlmill::bind
