// Syntax tree to catalog and logical plans: names, types, coercions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/catalog/catalog.h"
#include "compiler/diag/diagnostic.h"

namespace sqlmill::bind {

namespace sql = rt::sql;

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

// ---- Statements by themselves ----

/// What RETURNING gives, over the table's columns as they are after the change (of DELETE: before), then
/// those of FROM or USING.
struct Returning {
  std::vector<plan::ExprRef> exprs;  // Empty: nothing is returned.
};

struct QueryStatement {
  plan::NodeRef node;
};
/// What happens to a row whose key is there.
struct ConflictAction {
  std::vector<uint32_t> key;  // Columns; empty: any key.
  // Over the table's columns as the row is, then as it was to be inserted. Empty: the row stays as it is.
  std::vector<std::pair<uint32_t, plan::ExprRef>> assignments;
  plan::ExprRef where;  // Over the same. Null: all.
};
struct InsertStatement {
  const catalog::Relation* table;
  plan::NodeRef rows;  // All columns of the table, in order.
  std::optional<ConflictAction> on_conflict;
  Returning returning;
};
/// Over the table's columns, then those of `from`.
struct UpdateStatement {
  const catalog::Relation* table;
  plan::NodeRef from;   // Null: none.
  plan::ExprRef where;  // Null: all.
  std::vector<std::pair<uint32_t, plan::ExprRef>> assignments;
  Returning returning;
};
struct DeleteStatement {
  const catalog::Relation* table;
  plan::NodeRef from;
  plan::ExprRef where;
  Returning returning;
};
struct BoundStatement;
struct ExplainStatement {
  bool analyze = false;
  std::vector<std::pair<std::string, std::string>> options;  // As written, in lower case.
  std::unique_ptr<BoundStatement> statement;
};
/// A column of a relation; null: what a result's column has is computed.
struct Origin {
  const catalog::Relation* relation = nullptr;
  uint32_t column = 0;
};
struct BoundStatement {
  std::variant<QueryStatement, InsertStatement, UpdateStatement, DeleteStatement, ExplainStatement> node;
  std::vector<plan::OutputColumn> columns;  // Of the result; empty: it has no rows.
  std::vector<Origin> origins = {};         // Of the same columns (origins.h); empty: they have none.
  std::vector<sql::Type> parameters;        // $1 first.
};

struct Script {
  catalog::Catalog catalog;
  std::vector<Statement> statements;  // INSERT, UPDATE, DELETE, in the order of the file.
};

/// Errors go to `sink`; what could be bound is there all the same, so that later statements are checked too.
Script bind(const source::Source& source, const ast::Script& script, diag::Sink& sink);

/// One SELECT, INSERT, UPDATE, DELETE or EXPLAIN over the relations of a pipeline. `parameters`: types of $1,
/// … that are given; kUnknown and those that are left out are inferred, text if nothing says what they are.
/// Nothing after an error, which went to `sink`.
std::optional<BoundStatement> bind_statement(const source::Source& source, const ast::Statement& statement,
                                             const catalog::Catalog& catalog, diag::Sink& sink,
                                             std::vector<sql::Type> parameters = {});
/// Columns, parameters and the plan, for people.
std::string to_string(const BoundStatement& statement);

}  // namespace sqlmill::bind
