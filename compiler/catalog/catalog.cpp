#include "compiler/catalog/catalog.h"

namespace sqlmill::catalog {

std::string_view kind_name(RelationKind kind) {
  switch (kind) {
    case RelationKind::kSource:
      return "a source";
    case RelationKind::kTable:
      return "a table";
    case RelationKind::kView:
      return "a view";
    case RelationKind::kMaterializedView:
      return "a materialized view";
    case RelationKind::kIndex:
      return "an index";
    case RelationKind::kSink:
      return "a sink";
    case RelationKind::kSystem:
      return "a system relation";
  }
  __builtin_unreachable();
}

Catalog::Catalog(const Catalog& base, const std::vector<std::shared_ptr<const Relation>>& temporary)
    : base_(&base) {
  for (const std::shared_ptr<const Relation>& relation : temporary)
    temporary_.emplace(relation->name, relation);
}

Relation* Catalog::add(Relation relation) {
  const auto [place, is_new] = by_name_[relation.schema].emplace(relation.name, nullptr);
  if (!is_new) return nullptr;
  relations_.push_back(std::move(relation));
  return place->second = &relations_.back();
}

const Relation* Catalog::find(std::string_view schema, std::string_view name) const {
  if (schema == kTemporarySchema || schema == "pg_temp") {
    const auto found = temporary_.find(name);
    return found == temporary_.end() ? nullptr : found->second.get();
  }
  if (base_) return base_->find(schema, name);
  const auto names = by_name_.find(schema);
  if (names == by_name_.end()) return nullptr;
  const auto found = names->second.find(name);
  return found == names->second.end() ? nullptr : found->second;
}

const Relation* Catalog::find(std::string_view name) const {
  if (const Relation* temporary = find(kTemporarySchema, name)) return temporary;
  const Relation* system = find("pg_catalog", name);
  return system ? system : find(kPublicSchema, name);
}

bool Catalog::has_schema(std::string_view schema) const {
  if (base_) return schema == kTemporarySchema || base_->has_schema(schema);
  return schema == kPublicSchema || by_name_.contains(schema);
}

std::vector<std::string> Catalog::readable_names() const {
  std::vector<std::string> names;
  for (const auto& [name, relation] : temporary_) names.push_back(name);
  for (const Relation& r : relations()) {
    if (r.kind != RelationKind::kIndex && r.kind != RelationKind::kSink && r.schema == kPublicSchema)
      names.push_back(r.name);
  }
  return names;
}

}  // namespace sqlmill::catalog
