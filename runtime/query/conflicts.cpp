#include "runtime/query/conflicts.h"

#include "runtime/query/table_columns.h"

namespace sqlmill::rt::query {

ConflictResolution::ConflictResolution(const bind::InsertStatement& statement, Relations& relations,
                                       Builder& builder)
    : table_(*statement.table),
      action_(*statement.on_conflict),
      relations_(relations),
      evaluation_(builder.execution()),
      where_(action_.where ? builder.build(action_.where) : nullptr),
      keys_(0, key_types(table_), builder.execution()) {
  for (const auto& [column, value] : action_.assignments)
    assignments_.emplace_back(column, builder.build(value));
  for (const catalog::Column& column : table_.columns) out_.columns.emplace_back(column.type.id);
  for (int copy = 0; copy < 2; ++copy) {
    for (const catalog::Column& column : table_.columns) pair_.columns.emplace_back(column.type.id);
  }
  pair_.rows = 1;
}

void ConflictResolution::find_existing(const Chunk& rows) {
  std::vector<Datum> keys;
  for (uint32_t i = 0; i < rows.rows; ++i) {
    for (const uint32_t column : table_.primary_key) keys.push_back(rows.columns[column].datum(i));
  }
  std::vector<uint32_t> columns(table_.columns.size());
  for (uint32_t c = 0; c < columns.size(); ++c) columns[c] = c;
  existing_ = relations_.find(table_, columns, keys);
  GroupTable places(0, key_types(table_), evaluation_.execution());
  std::vector<uint32_t> numbers(std::max(existing_.rows, rows.rows));
  places.find_or_add(key_columns(table_, existing_), nullptr, existing_.rows, numbers.data(), [](char*) {});
  // Numbers go up with the rows, and the same key comes once for each row that asked for it.
  std::vector<uint32_t> first_of(places.rows().size());
  for (uint32_t i = existing_.rows; i-- > 0;) first_of[numbers[i]] = i;
  places.find(key_columns(table_, rows), rows.rows, numbers.data());
  existing_of_.resize(rows.rows);
  for (uint32_t i = 0; i < rows.rows; ++i)
    existing_of_[i] = numbers[i] == state::HashIndex::kNone ? numbers[i] : first_of[numbers[i]];
}

void ConflictResolution::take(const Vector* const* columns, uint32_t row) {
  for (size_t c = 0; c < out_.columns.size(); ++c) copy_rows(*columns[c], row, 1, out_.columns[c], out_.rows);
  ++out_.rows;
}

bool ConflictResolution::update(const Chunk& rows, uint32_t row, uint32_t existing) {
  const size_t columns = table_.columns.size();
  for (size_t c = 0; c < columns; ++c) {
    copy_rows(existing_.columns[c], existing, 1, pair_.columns[c], 0);
    copy_rows(rows.columns[c], row, 1, pair_.columns[columns + c], 0);
  }
  if (where_) {
    const Vector& holds = where_->evaluate(evaluation_, pair_);
    if (holds.nulls()[0] || !holds.values<bool>()[0]) return false;
  }
  std::vector<const Vector*> changed;
  for (size_t c = 0; c < columns; ++c) changed.push_back(&pair_.columns[c]);
  for (const auto& [column, value] : assignments_) changed[column] = &value->evaluate(evaluation_, pair_);
  take(changed.data(), 0);
  return true;
}

const Chunk* ConflictResolution::resolve(const Chunk& rows) {
  if (table_.primary_key.empty()) return &rows;  // Nothing can be in the way.
  evaluation_.reset();
  find_existing(rows);
  const std::vector<const Vector*> keys = key_columns(table_, rows);
  std::vector<const Vector*> columns;
  for (size_t c = 0; c < table_.columns.size(); ++c) columns.push_back(&rows.columns[c]);
  out_.rows = 0;
  for (uint32_t i = 0; i < rows.rows; ++i) {
    uint32_t number = 0;
    const uint32_t before = keys_.rows().size();
    keys_.find_or_add(keys, &i, 1, &number, [](char*) {});
    const bool comes_again = number < before;
    const bool exists = existing_of_[i] != state::HashIndex::kNone;
    if (action_.assignments.empty()) {
      if (!comes_again && !exists) take(columns.data(), i);
    } else if (comes_again) {
      throw QueryError(ErrorCode::kCardinalityViolation,
                       "ON CONFLICT DO UPDATE command cannot affect row a second time");
    } else if (exists) {
      update(rows, i, existing_of_[i]);
    } else {
      take(columns.data(), i);
    }
  }
  return out_.rows > 0 ? &out_ : nullptr;
}

}  // namespace sqlmill::rt::query
