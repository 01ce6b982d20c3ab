// The rows of a cursor that can go back, or that outlives its transaction: copies, and a place among them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/pgwire/statement.h"

namespace sqlmill::rt::pgwire {

class KeptRows {
 public:
  static constexpr size_t kMaxBytes = size_t{256} << 20;

  /// Takes all rows that are left. Throws WireError when they are too many.
  explicit KeptRows(RowStream& rows);

  int64_t size() const { return size_; }
  /// 0 is before the first row, size() + 1 behind the last.
  int64_t position() const { return position_; }
  void move_to(int64_t position);

  /// A row of chunk(), from 1.
  const sql::Chunk& chunk(int64_t row) const {
    return chunks_[static_cast<size_t>(row - 1) / sql::kVectorRows];
  }
  static uint32_t index(int64_t row) { return static_cast<uint32_t>((row - 1) % sql::kVectorRows); }

 private:
  base::Arena memory_;
  std::vector<sql::Chunk> chunks_;  // All but the last are full.
  int64_t size_ = 0;
  int64_t position_ = 0;
};

}  // namespace sqlmill::rt::pgwire
