// Rows that statements put into tables, divided over the workers.
#pragma once

#include <span>

#include "runtime/ops/environment.h"
#include "runtime/sql/vector.h"

namespace sqlmill::rt::engine {

/// Calls `visit(chunk, row)` for the rows that this worker takes; all workers together take each once.
template <class Visit>
void for_each_of_share(const ops::Environment& env, std::span<const sql::Chunk> chunks, Visit visit) {
  size_t row = 0;
  for (const sql::Chunk& chunk : chunks) {
    for (uint32_t i = 0; i < chunk.rows; ++i, ++row) {
      if (row % env.workers == env.worker) visit(chunk, i);
    }
  }
}

}  // namespace sqlmill::rt::engine
