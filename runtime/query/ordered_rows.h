// Rows of an operator in an order: what ORDER BY, DISTINCT ON and windows are made of.
#pragma once

#include "runtime/query/builder.h"
#include "runtime/query/row_order.h"

namespace sqlmill::rt::query {

/// Takes the rows of an input, and keeps them with the values of their sort keys.
class OrderedRows {
 public:
  /// `keys` are over the input's columns.
  OrderedRows(const std::vector<plan::OutputColumn>& columns, const std::vector<plan::SortKey>& keys,
              Builder& builder);

  /// Appends the chunk's rows, or only the `selected` ones of them.
  void add(const Chunk& chunk);
  /// Puts the rows in order; equal ones stay as they came. If `limit` is less than the number of rows, only
  /// the first `limit` are in order.
  void sort(uint64_t limit = UINT64_MAX);
  /// Forgets all but the first `limit` rows of the order, for which it sorts.
  void keep_first(uint64_t limit);
  void clear();

  uint64_t size() const { return order_.size(); }
  const char* row(uint64_t at) const { return order_[at].row; }
  const RowLayout& layout() const { return rows_->layout(); }
  /// Of rows as add() stored them, by the sort keys `from` to `to` - 1.
  int compare(const char* a, const char* b, size_t from, size_t to) const {
    return by_.compare(layout(), a, b, from, to);
  }
  /// Whether all sort keys from `from` on are the same.
  bool same_keys(const char* a, const char* b, size_t from) const {
    return compare(a, b, from, by_.keys().size()) == 0;
  }
  /// Rows `from` on, at most a chunk, into the first columns of `out`.
  void read(uint64_t from, Chunk& out);
  /// The value of a sort key.
  bool is_null(const char* row, size_t key) const { return layout().is_null(row, by_.keys()[key].column); }
  Datum key(const char* row, size_t key) const { return layout().datum(row, by_.keys()[key].column); }

 private:
  struct Entry {
    uint64_t prefix;  // Of the first key, in its direction.
    char* row;
  };
  bool before(const Entry& a, const Entry& b) const;

  const size_t columns_;
  RowOrder by_;
  std::vector<ExpressionPtr> computed_;  // Keys that are not columns.
  Evaluation evaluation_;
  std::unique_ptr<Rows> rows_;
  Charge order_charge_;
  std::vector<Entry> order_;
  Execution& execution_;
  std::vector<const char*> reading_;
};

}  // namespace sqlmill::rt::query
