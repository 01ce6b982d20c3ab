#include "runtime/pgwire/relation_listing.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/text_result.h"

namespace sqlmill::rt::pgwire {

namespace {

using catalog::Relation;
using command::RelationKind;

bool is_listed(const Relation& relation, RelationKind kind) {
  switch (relation.kind) {
    case catalog::RelationKind::kTable:
      return kind == RelationKind::kTable;
    case catalog::RelationKind::kSource:
      return kind == RelationKind::kSource;
    case catalog::RelationKind::kView:
      return kind == RelationKind::kView;
    case catalog::RelationKind::kMaterializedView:
      return kind == RelationKind::kMaterializedView;
    case catalog::RelationKind::kSink:
      return kind == RelationKind::kSink;
    case catalog::RelationKind::kIndex:
    case catalog::RelationKind::kSystem:
      return false;
  }
  __builtin_unreachable();
}

const Relation& find(const catalog::Catalog& catalog, const std::string& name) {
  if (const Relation* relation = catalog.find(name)) return *relation;
  throw WireError("42P01", fmt::format("relation \"{}\" does not exist", name));
}

/// Name and type of what a query sees.
std::vector<std::pair<std::string, sql::Type>> columns_of(const Relation& relation) {
  std::vector<std::pair<std::string, sql::Type>> columns;
  for (const catalog::Column& column : relation.columns) columns.emplace_back(column.name, column.type);
  if (!columns.empty() || !relation.plan) return columns;
  const Columns& planned = relation.plan->columns;
  const size_t visible = relation.visible_columns > 0 ? relation.visible_columns : planned.size();
  for (size_t i = 0; i < visible; ++i) columns.emplace_back(planned[i].name, planned[i].type);
  return columns;
}

}  // namespace

Columns columns_of_command(const Command& command) {
  if (const auto* show = std::get_if<command::Show>(&command)) {
    return show->name.empty() ? text_columns({"name", "setting", "description"}) : text_columns({show->name});
  }
  if (std::holds_alternative<command::ShowRelations>(command)) return text_columns({"Name"});
  if (std::holds_alternative<command::ShowColumns>(command))
    return text_columns({"Name", "Type", "Is Hidden", "Description"});
  if (std::holds_alternative<command::ShowCreate>(command)) return text_columns({"Name", "Create Sql"});
  return {};
}

std::unique_ptr<query::Result> list_relations(const catalog::Catalog& catalog,
                                              const command::ShowRelations& show) {
  std::vector<TextResult::Row> rows;
  for (const Relation& relation : catalog.relations()) {
    if (is_listed(relation, show.kind)) rows.push_back({relation.name});
  }
  return std::make_unique<TextResult>(columns_of_command(show), std::move(rows), "SHOW");
}

std::unique_ptr<query::Result> list_columns(const catalog::Catalog& catalog,
                                            const command::ShowColumns& show) {
  const Relation& relation = find(catalog, show.relation);
  std::vector<TextResult::Row> rows;
  const auto columns = columns_of(relation);
  for (const auto& [name, type] : columns)
    rows.push_back({name, sql::type_name(type), "false", std::nullopt});
  if (show.is_describe && !relation.primary_key.empty()) {
    std::string names;
    for (const uint32_t column : relation.primary_key)
      names += (names.empty() ? "" : ", ") + columns[column].first;
    rows.push_back({"primary key", names, std::nullopt, std::nullopt});
  }
  return std::make_unique<TextResult>(columns_of_command(show), std::move(rows),
                                      show.is_describe ? "DESCRIBE" : "SHOW");
}

std::unique_ptr<query::Result> show_create(const query::Database& database, const command::ShowCreate& show) {
  const Relation& relation = find(database.catalog(), show.relation);
  const std::string_view text =
      database.sql().substr(relation.span.begin, relation.span.end - relation.span.begin);
  return std::make_unique<TextResult>(
      columns_of_command(show), std::vector<TextResult::Row>{{relation.name, std::string(text)}}, "SHOW");
}

}  // namespace sqlmill::rt::pgwire
