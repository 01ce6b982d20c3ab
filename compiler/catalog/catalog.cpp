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
  }
  __builtin_unreachable();
}

Relation* Catalog::add(Relation relation) {
  if (by_name_.contains(relation.name)) return nullptr;
  relations_.push_back(std::move(relation));
  Relation* added = &relations_.back();
  by_name_.emplace(added->name, added);
  return added;
}

const Relation* Catalog::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<std::string> Catalog::readable_names() const {
  std::vector<std::string> names;
  for (const Relation& r : relations_) {
    if (r.kind != RelationKind::kIndex && r.kind != RelationKind::kSink) names.push_back(r.name);
  }
  return names;
}

}  // namespace sqlmill::catalog
