// Reading what kernels keep, as of an epoch that is pinned or the last one that is sealed. A kernel says what
// it keeps (a `Kept` for each row, which borrows); the generated code of an output makes columns of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/sql/context.h"
#include "runtime/sql/vector.h"
#include "runtime/state/pins.h"

namespace sqlmill::rt::ops {

/// How far a scan of an output has come on one worker.
struct Cursor {
  uint64_t next = 0;   // The number of the record that is next.
  uint64_t end = 0;    // Records from this one on did not exist when the part was begun.
  uint32_t part = 0;   // Of the kernel's records; 0: not begun.
  int64_t copies = 0;  // How often the next record's row has been given already.
  bool at_end = false;
};

/// How rows are read: with columns[i] of the output in column i of a chunk.
struct Reading {
  uint32_t epoch;  // Pinned, or state::Pins::kLatest.
  std::span<const uint32_t> columns;
  sql::Context& context;  // Its arena has what is computed.
};

/// At most so many rows are handed from a kernel to an output at a time.
inline constexpr uint32_t kKeptRows = 64;

/// What a kernel has put into an array of Kept.
struct KeptCount {
  uint32_t records;  // That were looked at,
  uint32_t rows;     // and the rows that are in them.
};

/// A row of a table, or of a view that keeps its own.
template <class Row>
struct KeptRow {
  const Row* row;
  uint32_t number = 0;  // Of a table's record.
};

/// Instead of a column of a table: a bigint by which a row is found until the next epoch. Its upper half is
/// the worker.
inline constexpr uint32_t kRowNumber = 0xffffffff;

/// Fills `count` rows of a column from `at` on: `value(kept)` for each.
template <class Kept, class Value>
void fill(sql::Vector& column, uint32_t at, const Kept* kept, uint32_t count, Value value) {
  for (uint32_t i = 0; i < count; ++i) column.set(at + i, value(kept[i]));
}

}  // namespace sqlmill::rt::ops
