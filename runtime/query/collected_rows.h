// Rows of groups that an aggregate keeps until its result is asked for, because it wants them in an order.
#pragma once

#include "runtime/query/row_order.h"

namespace sqlmill::rt::query {

class CollectedRows {
 public:
  CollectedRows(std::vector<TypeId> columns, RowOrder order, Execution& execution)
      : order_(std::move(order)),
        rows_(RowLayout(sizeof(uint32_t), std::move(columns)), execution),
        places_charge_(execution),
        execution_(execution) {}

  /// Rows `selected[i]` (null: i); `groups[row]` is the number of a row's group.
  void add(std::span<const Vector* const> columns, const uint32_t* groups, const uint32_t* selected,
           uint32_t count);
  /// The group's rows in order; equal ones stay as they came. After the first call none may be added.
  std::span<const char* const> rows(uint32_t group) {
    if (!sorted_) sort();
    if (group + 1 >= begins_.size()) return {};
    return {places_.data() + begins_[group], begins_[group + 1] - begins_[group]};
  }

  const RowLayout& layout() const { return rows_.layout(); }
  const RowOrder& order() const { return order_; }
  void clear();

 private:
  void sort();

  const RowOrder order_;
  Rows rows_;
  Charge places_charge_;
  Execution& execution_;
  bool sorted_ = false;
  std::vector<const char*> places_;  // By group, in order.
  std::vector<uint32_t> begins_;     // Where a group's are among them; one more at the end.
};

}  // namespace sqlmill::rt::query
