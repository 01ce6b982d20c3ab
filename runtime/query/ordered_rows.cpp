#include "runtime/query/ordered_rows.h"

#include <algorithm>

namespace sqlmill::rt::query {

OrderedRows::OrderedRows(const std::vector<plan::OutputColumn>& columns,
                         const std::vector<plan::SortKey>& keys, Builder& builder)
    : columns_(columns.size()),
      evaluation_(builder.execution()),
      order_charge_(builder.execution()),
      execution_(builder.execution()) {
  std::vector<TypeId> types;
  for (const plan::OutputColumn& column : columns) types.push_back(column.type.id);
  for (const plan::SortKey& key : keys) {
    keys_.push_back({key.descending, key.nulls_first});
    if (const auto* column = std::get_if<plan::Column>(&key.expr->node)) {
      key_columns_.push_back(column->index);
    } else {
      key_columns_.push_back(types.size());
      types.push_back(key.expr->type.id);
      computed_.push_back(builder.build(key.expr));
    }
  }
  rows_ = std::make_unique<Rows>(RowLayout(0, std::move(types)), execution_);
}

void OrderedRows::add(const Chunk& chunk) {
  execution_.check();
  evaluation_.reset();
  std::vector<const Vector*> values = columns_of(chunk);
  values.resize(columns_);
  for (const ExpressionPtr& expression : computed_)
    values.push_back(&expression->evaluate(evaluation_, chunk));
  const uint32_t first = rows_->append(values, nullptr, chunk.rows);
  for (uint32_t i = 0; i < chunk.rows; ++i) {
    char* row = (*rows_)[first + i];
    order_.push_back({prefix(row), row});
  }
  order_charge_.set(order_.capacity() * sizeof(Entry));
}

uint64_t OrderedRows::prefix(const char* row) const {
  if (keys_.empty()) return 0;
  const Key& key = keys_[0];
  if (layout().is_null(row, key_columns_[0])) return key.nulls_first ? 0 : UINT64_MAX;
  const uint64_t value =
      value_type(layout().type(key_columns_[0])).prefix(layout().value(row, key_columns_[0]));
  return key.descending ? ~value : value;
}

int OrderedRows::compare(const char* a, const char* b, size_t from, size_t to) const {
  for (size_t k = from; k < to; ++k) {
    const size_t column = key_columns_[k];
    const bool null_a = layout().is_null(a, column);
    const bool null_b = layout().is_null(b, column);
    if (null_a || null_b) {
      if (null_a != null_b) return null_a == keys_[k].nulls_first ? -1 : 1;
      continue;
    }
    const int order = layout().compare(column, a, b);
    if (order != 0) return keys_[k].descending ? -order : order;
  }
  return 0;
}

bool OrderedRows::before(const Entry& a, const Entry& b) const {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return compare(a.row, b.row, 0, keys_.size()) < 0;
}

void OrderedRows::sort(uint64_t limit) {
  const auto less = [this](const Entry& a, const Entry& b) { return before(a, b); };
  if (limit < order_.size()) {
    // Which of equal rows are the first is not said: the order of partial_sort is not stable.
    std::partial_sort(order_.begin(), order_.begin() + static_cast<ptrdiff_t>(limit), order_.end(), less);
  } else {
    std::stable_sort(order_.begin(), order_.end(), less);
  }
  execution_.check();
}

void OrderedRows::keep_first(uint64_t limit) {
  if (order_.size() <= limit) return;
  std::nth_element(order_.begin(), order_.begin() + static_cast<ptrdiff_t>(limit), order_.end(),
                   [this](const Entry& a, const Entry& b) { return before(a, b); });
  order_.resize(limit);
  // Into memory of their own, so that what was dropped is given back.
  auto kept = std::make_unique<Rows>(layout(), execution_);
  for (Entry& entry : order_) entry.row = kept->add_copy(entry.row);
  kept->account();
  rows_ = std::move(kept);
  order_charge_.set(order_.capacity() * sizeof(Entry));
}

void OrderedRows::clear() {
  order_.clear();
  rows_->clear();
}

void OrderedRows::read(uint64_t from, Chunk& out) {
  const auto count = static_cast<uint32_t>(std::min<uint64_t>(order_.size() - from, sql::kVectorRows));
  reading_.resize(count);
  for (uint32_t i = 0; i < count; ++i) reading_[i] = order_[from + i].row;
  for (size_t c = 0; c < columns_; ++c) layout().read(c, reading_.data(), count, out.columns[c]);
  out.rows = count;
}

}  // namespace sqlmill::rt::query
