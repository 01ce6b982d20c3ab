// Inner joins that stand together, taken apart: their order is free, and what one of their conditions says
// holds for all of them.
#pragma once

#include <vector>

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

namespace sql = rt::sql;

/// The row of the region is the leaves' columns, one leaf after the other.
struct JoinRegion {
  std::vector<plan::NodeRef> leaves;
  std::vector<uint32_t> offsets;         // Of the leaves' columns; one more: their number.
  std::vector<plan::ExprRef> conjuncts;  // Over the row. They are harmless, in any order.
  std::vector<plan::ExprRef> last;       // Those that are not: evaluated where all others hold.
  std::vector<plan::ExprRef> outputs;    // What the node gives, over the row.

  /// To `conjuncts` or to `last`.
  void add(plan::ExprRef conjunct);
  size_t width() const { return offsets.back(); }
  size_t leaf_of(uint32_t column) const;
  /// Whether it reads columns of this leaf and no others.
  bool is_of_leaf(const plan::ExprRef& expr, size_t leaf) const;
};

/// Whether the node is an inner join, or filters and selects columns of one.
bool is_region(const plan::NodeRef& node);
JoinRegion take_apart(const plan::NodeRef& node);

/// Columns that are equal in every row of the region.
struct EqualColumns {
  std::vector<uint32_t> columns;
  const sql::Function* function;  // Their `=`.
  plan::ExprRef constant;         // What they equal that reads no column; null: not known.
};
std::vector<EqualColumns> equal_columns(const JoinRegion& region);

}  // namespace sqlmill::optimize
