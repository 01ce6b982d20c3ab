// Operators of an ad hoc query: each gives its rows a chunk at a time to the one that asks.
#pragma once

#include <memory>

#include "runtime/query/expression.h"

namespace sqlmill::rt::query {

class Operator {
 public:
  virtual ~Operator() = default;

  /// The next rows, at least one; null at the end. The chunk and all that it borrows are valid until the next
  /// call of next() or rewind(). Throws QueryError.
  virtual const Chunk* next() = 0;
  /// Starts again from the first row, with the present values of the frame that the operator was built with.
  virtual void rewind() = 0;
};
using OperatorPtr = std::unique_ptr<Operator>;

/// A chunk with vectors of its own.
inline Chunk make_chunk(const std::vector<plan::OutputColumn>& columns) {
  Chunk chunk;
  for (const plan::OutputColumn& column : columns) chunk.columns.emplace_back(column.type.id);
  return chunk;
}

}  // namespace sqlmill::rt::query
