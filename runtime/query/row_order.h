// ORDER BY over kept rows: which of their columns are the keys, and how.
#pragma once

#include "compiler/plan/node.h"
#include "runtime/query/rows.h"

namespace sqlmill::rt::query {

class RowOrder {
 public:
  struct Key {
    size_t column;
    bool descending;
    bool nulls_first;
  };

  RowOrder() = default;
  explicit RowOrder(std::vector<Key> keys) : keys_(std::move(keys)) {}

  const std::vector<Key>& keys() const { return keys_; }
  /// By the keys `from` to `to` - 1.
  int compare(const RowLayout& layout, const char* a, const char* b, size_t from, size_t to) const {
    for (size_t k = from; k < to; ++k) {
      if (const int order = compare(layout, keys_[k], a, b)) return order;
    }
    return 0;
  }
  int compare(const RowLayout& layout, const char* a, const char* b) const {
    return compare(layout, a, b, 0, keys_.size());
  }
  /// The same order where the numbers differ; of the first key.
  uint64_t prefix(const RowLayout& layout, const char* row) const;

 private:
  static int compare(const RowLayout& layout, const Key& key, const char* a, const char* b) {
    const bool null_a = layout.is_null(a, key.column);
    const bool null_b = layout.is_null(b, key.column);
    if (null_a || null_b) return null_a == null_b ? 0 : null_a == key.nulls_first ? -1 : 1;
    const int order = layout.compare(key.column, a, b);
    return key.descending ? -order : order;
  }

  std::vector<Key> keys_;
};

inline uint64_t RowOrder::prefix(const RowLayout& layout, const char* row) const {
  if (keys_.empty()) return 0;
  const auto [column, descending, nulls_first] = keys_[0];
  if (layout.is_null(row, column)) return nulls_first ? 0 : UINT64_MAX;
  const uint64_t value = value_type(layout.type(column)).prefix(layout.value(row, column));
  return descending ? ~value : value;
}

}  // namespace sqlmill::rt::query
