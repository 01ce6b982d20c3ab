// Rows that are kept as chunks, with their out-of-line bytes.
#pragma once

#include <vector>

#include "runtime/query/values.h"

namespace sqlmill::rt::query {

class KeptChunks {
 public:
  KeptChunks(std::vector<TypeId> types, Execution& execution)
      : types_(std::move(types)), charge_(execution) {}

  /// Appends row `row` of the vectors, a column each.
  void add(std::span<const Vector* const> columns, uint32_t row);
  /// The value of a column in the row that was added last.
  Datum last(size_t column) const { return chunks_.back().columns[column].datum(chunks_.back().rows - 1); }

  uint64_t rows() const { return rows_; }
  const std::vector<Chunk>& chunks() const { return chunks_; }
  std::vector<Chunk> take() { return std::move(chunks_); }

 private:
  const std::vector<TypeId> types_;
  Charge charge_;
  Arena memory_{4 * 1024};
  std::vector<Chunk> chunks_;
  uint64_t rows_ = 0;
};

}  // namespace sqlmill::rt::query
