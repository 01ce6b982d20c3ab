// Syntax tree to catalog and logical plans: names, types, coercions.
#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/catalog/catalog.h"
#include "compiler/diag/diagnostic.h"

namespace sqlmill::bind {

/// All columns of the table, in order; constants.
struct InsertRows {
  std::vector<std::vector<plan::ExprRef>> rows;
};
/// Over the table's columns.
struct UpdateRows {
  std::vector<std::pair<uint32_t, plan::ExprRef>> assignments;
  plan::ExprRef where;  // Null: all rows.
};
struct DeleteRows {
  plan::ExprRef where;  // Null: all rows.
};

struct Statement {
  const catalog::Relation* table;
  std::variant<InsertRows, UpdateRows, DeleteRows> change;
  source::Span span;
};

struct Script {
  catalog::Catalog catalog;
  std::vector<Statement> statements;  // INSERT, UPDATE, DELETE, in the order of the file.
};

/// Errors go to `sink`; what could be bound is there all the same, so that later statements are checked too.
Script bind(const source::Source& source, const ast::Script& script, diag::Sink& sink);

}  // namespace sqlmill::bind
