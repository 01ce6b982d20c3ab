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
  std::vector<RowOrder::Key> by;
  for (const plan::SortKey& key : keys) {
    size_t at = types.size();
    if (const auto* column = std::get_if<plan::Column>(&key.expr->node)) {
      at = column->index;
    } else {
      types.push_back(key.expr->type.id);
      computed_.push_back(builder.build(key.expr));
    }
    by.push_back({at, key.descending, key.nulls_first});
  }
  by_ = RowOrder(std::move(by));
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
    order_.push_back({by_.prefix(layout(), row), row});
  }
  order_charge_.set(order_.capacity() * sizeof(Entry));
}

bool OrderedRows::before(const Entry& a, const Entry& b) const {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return by_.compare(layout(), a.row, b.row) < 0;
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
