#include "runtime/query/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "compiler/catalog/catalog.h"
#include "runtime/ops/reading.h"
#include "runtime/query/conflicts.h"
#include "runtime/query/table_columns.h"

namespace sqlmill::rt::query {

namespace {

std::vector<TypeId> types_of(const std::vector<plan::OutputColumn>& columns) {
  std::vector<TypeId> types;
  for (const plan::OutputColumn& column : columns) types.push_back(column.type.id);
  return types;
}

std::vector<const Vector*> some_columns(const Chunk& chunk, size_t from, size_t count) {
  std::vector<const Vector*> columns;
  for (size_t c = 0; c < count; ++c) columns.push_back(&chunk.columns[from + c]);
  return columns;
}

/// The table's rows with, behind its columns, the number of each row.
plan::NodeRef numbered_scan(const catalog::Relation& table, source::Span span) {
  auto node = std::make_shared<plan::Node>(*plan::scan(&table, span));
  node->columns.push_back({"row number", {TypeId::kBigint}, false});
  return node;
}

/// An expression over the table's columns, then others, over the same with the row's number between.
plan::ExprRef over_numbered(const plan::ExprRef& expr, size_t table_columns) {
  return plan::substitute(expr, [&](const plan::Column& column, const plan::Expr& e) {
    const uint32_t index = column.index < table_columns ? column.index : column.index + 1;
    return plan::column(index, column.name, e.type, e.nullable, e.span);
  });
}

/// The rows of the table, with those of `from`, for which `where` holds.
plan::NodeRef affected_rows(const catalog::Relation& table, const plan::NodeRef& from,
                            const plan::ExprRef& where) {
  const source::Span span{};
  plan::NodeRef rows = numbered_scan(table, span);
  const plan::ExprRef condition = where ? over_numbered(where, table.columns.size()) : nullptr;
  if (from) return plan::join(plan::JoinKind::kInner, std::move(rows), from, condition, {}, span);
  return condition ? plan::filter(std::move(rows), condition, span) : rows;
}

plan::ExprRef table_column(const catalog::Relation& table, uint32_t index) {
  const catalog::Column& column = table.columns[index];
  return plan::column(index, column.name, column.type, column.nullable, {});
}

void check_not_null(const catalog::Relation& table, std::span<const Vector* const> columns, uint32_t row) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].nullable || !columns[c]->nulls()[row]) continue;
    throw QueryError(
        ErrorCode::kNotNullViolation,
        fmt::format("null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                    table.columns[c].name, table.name));
  }
}

void check_not_null(const catalog::Relation& table, const Chunk& rows) {
  const std::vector<const Vector*> columns = some_columns(rows, 0, table.columns.size());
  for (uint32_t i = 0; i < rows.rows; ++i) check_not_null(table, columns, i);
}

/// Puts rows into a table: the last one of a key counts.
void put(const catalog::Relation& table, std::span<const Vector* const> columns, uint32_t row,
         KeptChunks& kept) {
  check_not_null(table, columns, row);
  kept.add(columns, row);
}

/// What RETURNING makes of rows of the table.
class Returning {
 public:
  Returning(const std::vector<plan::ExprRef>& exprs, Builder& builder, KeptChunks& returned)
      : exprs_(builder.build(exprs)), evaluation_(builder.execution()), returned_(returned) {}

  void add(const Chunk& chunk) {
    if (exprs_.empty()) return;
    evaluation_.reset();
    std::vector<const Vector*> values;
    for (const ExpressionPtr& expr : exprs_) values.push_back(&expr->evaluate(evaluation_, chunk));
    for (uint32_t i = 0; i < chunk.rows; ++i) returned_.add(values, i);
  }

 private:
  const std::vector<ExpressionPtr> exprs_;
  Evaluation evaluation_;
  KeptChunks& returned_;
};

}  // namespace

plan::NodeRef rows_of_change(const bind::BoundStatement& statement) {
  if (const auto* insert = std::get_if<bind::InsertStatement>(&statement.node)) return insert->rows;
  if (const auto* update = std::get_if<bind::UpdateStatement>(&statement.node))
    return affected_rows(*update->table, update->from, update->where);
  const auto& remove = std::get<bind::DeleteStatement>(statement.node);
  return affected_rows(*remove.table, remove.from, remove.where);
}

Change::Change(Execution& execution, const std::vector<plan::OutputColumn>& columns, bool keeps_before)
    : execution_(execution), returned_(types_of(columns), execution), keeps_before_(keeps_before) {}

KeptChunks& Change::kept_rows(const catalog::Relation& table) {
  memory_.push_back(std::make_unique<KeptChunks>(types_of(table), execution_));
  return *memory_.back();
}

ChangedRows Change::insert(const bind::InsertStatement& statement, Relations& relations) {
  const catalog::Relation& table = *statement.table;
  Builder builder(execution_, relations);
  KeptChunks& fresh = kept_rows(table);
  const OperatorPtr source = builder.build(statement.rows);
  std::optional<ConflictResolution> conflicts;
  if (statement.on_conflict) conflicts.emplace(statement, relations, builder);
  Returning returning(statement.returning.exprs, builder, returned_);
  while (const Chunk* chunk = source->next()) {
    check_not_null(table, *chunk);
    const Chunk* rows = conflicts ? conflicts->resolve(*chunk) : chunk;
    if (!rows) continue;
    const std::vector<const Vector*> columns = some_columns(*rows, 0, table.columns.size());
    for (uint32_t i = 0; i < rows->rows; ++i) put(table, columns, i, fresh);
    returning.add(*rows);
    rows_ += rows->rows;
  }
  return {{}, {}, fresh.take()};
}

ChangedRows Change::update(const bind::UpdateStatement& statement, Relations& relations) {
  const catalog::Relation& table = *statement.table;
  const size_t columns = table.columns.size();
  plan::NodeRef rows = affected_rows(table, statement.from, statement.where);
  // Rows of the query: the number, the row as it was, the row as it will be, what RETURNING gives.
  std::vector<plan::ExprRef> after;
  for (uint32_t c = 0; c < columns; ++c) after.push_back(table_column(table, c));
  for (const auto& [column, value] : statement.assignments) after[column] = over_numbered(value, columns);
  std::vector<plan::ExprRef> exprs = {plan::column_of(*rows, static_cast<uint32_t>(columns), {})};
  for (uint32_t c = 0; c < columns; ++c) exprs.push_back(table_column(table, c));
  exprs.insert(exprs.end(), after.begin(), after.end());
  for (const plan::ExprRef& expr : statement.returning.exprs) {
    exprs.push_back(plan::substitute(expr, [&](const plan::Column& column, const plan::Expr& e) {
      if (column.index < columns) return after[column.index];
      return plan::column(column.index + 1, column.name, e.type, e.nullable, e.span);
    }));
  }
  std::vector<std::string> names(exprs.size());
  Builder builder(execution_, relations);
  const OperatorPtr source =
      builder.build(plan::project(std::move(rows), std::move(exprs), std::move(names), {}));
  KeptChunks& fresh = kept_rows(table);
  KeptChunks& before = kept_rows(table);
  ChangedRows changed;
  std::set<int64_t> seen;  // A row that several of FROM match is changed once.
  while (const Chunk* chunk = source->next()) {
    const std::vector<const Vector*> old_row = some_columns(*chunk, 1, columns);
    const std::vector<const Vector*> new_row = some_columns(*chunk, 1 + columns, columns);
    const std::vector<const Vector*> given =
        some_columns(*chunk, 1 + 2 * columns, statement.returning.exprs.size());
    for (uint32_t i = 0; i < chunk->rows; ++i) {
      const int64_t number = chunk->columns[0].get<int64_t>(i);
      if (!seen.insert(number).second) continue;
      put(table, new_row, i, fresh);
      if (keeps_before_) before.add(old_row, i);
      changed.numbers.push_back(number);
      if (!given.empty()) returned_.add(given, i);
      ++rows_;
    }
  }
  changed.before = before.take();
  changed.after = fresh.take();
  return changed;
}

ChangedRows Change::remove(const bind::DeleteStatement& statement, Relations& relations) {
  const catalog::Relation& table = *statement.table;
  const size_t columns = table.columns.size();
  plan::NodeRef rows = affected_rows(table, statement.from, statement.where);
  std::vector<plan::ExprRef> exprs = {plan::column_of(*rows, static_cast<uint32_t>(columns), {})};
  for (uint32_t c = 0; keeps_before_ && c < columns; ++c) exprs.push_back(table_column(table, c));
  const size_t first_given = exprs.size();
  for (const plan::ExprRef& expr : statement.returning.exprs) exprs.push_back(over_numbered(expr, columns));
  std::vector<std::string> names(exprs.size());
  Builder builder(execution_, relations);
  const OperatorPtr source =
      builder.build(plan::project(std::move(rows), std::move(exprs), std::move(names), {}));
  KeptChunks& before = kept_rows(table);
  ChangedRows changed;
  std::set<int64_t> seen;
  while (const Chunk* chunk = source->next()) {
    const std::vector<const Vector*> old_row = some_columns(*chunk, 1, keeps_before_ ? columns : 0);
    const std::vector<const Vector*> given =
        some_columns(*chunk, first_given, statement.returning.exprs.size());
    for (uint32_t i = 0; i < chunk->rows; ++i) {
      const int64_t number = chunk->columns[0].get<int64_t>(i);
      if (!seen.insert(number).second) continue;
      if (keeps_before_) before.add(old_row, i);
      changed.numbers.push_back(number);
      if (!given.empty()) returned_.add(given, i);
      ++rows_;
    }
  }
  changed.before = before.take();
  return changed;
}

}  // namespace sqlmill::rt::query
