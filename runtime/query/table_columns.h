// The columns of a table's rows, all of them or those of its primary key, as what works on chunks takes them.
#pragma once

#include <vector>

#include "compiler/catalog/catalog.h"
#include "runtime/sql/vector.h"

namespace sqlmill::rt::query {

inline std::vector<sql::TypeId> types_of(const catalog::Relation& table) {
  std::vector<sql::TypeId> types;
  for (const catalog::Column& column : table.columns) types.push_back(column.type.id);
  return types;
}

inline std::vector<sql::TypeId> key_types(const catalog::Relation& table) {
  std::vector<sql::TypeId> types;
  for (const uint32_t column : table.primary_key) types.push_back(table.columns[column].type.id);
  return types;
}

/// Of rows that have all columns.
inline std::vector<const sql::Vector*> key_columns(const catalog::Relation& table, const sql::Chunk& rows) {
  std::vector<const sql::Vector*> columns;
  for (const uint32_t column : table.primary_key) columns.push_back(&rows.columns[column]);
  return columns;
}

}  // namespace sqlmill::rt::query
