#include "runtime/query/kept_chunks.h"

namespace sqlmill::rt::query {

void KeptChunks::add(std::span<const Vector* const> columns, uint32_t row) {
  if (chunks_.empty() || chunks_.back().rows == sql::kVectorRows) {
    Chunk& chunk = chunks_.emplace_back();
    for (const TypeId type : types_) chunk.columns.emplace_back(type);
  }
  Chunk& chunk = chunks_.back();
  for (size_t c = 0; c < types_.size(); ++c) {
    Vector& column = chunk.columns[c];
    copy_rows(*columns[c], row, 1, column, chunk.rows);
    if (column.nulls()[chunk.rows]) continue;
    const ValueType& type = value_type(types_[c]);
    type.keep(column.values<char>() + size_t{chunk.rows} * type.size, memory_);
  }
  ++chunk.rows;
  ++rows_;
  size_t bytes = memory_.capacity_bytes();
  for (const TypeId type : types_) bytes += chunks_.size() * sql::kVectorRows * (sql::value_size(type) + 1);
  charge_.set(bytes);
}

}  // namespace sqlmill::rt::query
