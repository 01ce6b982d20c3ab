#include "runtime/pgwire/kept_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/pgwire/errors.h"

namespace sqlmill::rt::pgwire {

KeptRows::KeptRows(RowStream& rows) {
  size_t values_bytes = 0;
  for (; rows.has_row(); rows.advance()) {
    const sql::Chunk& from = rows.chunk();
    if (chunks_.empty() || chunks_.back().rows == sql::kVectorRows) {
      sql::Chunk& chunk = chunks_.emplace_back();
      for (const sql::Vector& column : from.columns) {
        chunk.columns.emplace_back(column.type());
        values_bytes += sql::kVectorRows * (sql::value_size(column.type()) + 1);
      }
      if (values_bytes + memory_.capacity_bytes() > kMaxBytes) {
        throw WireError("53200", fmt::format("the rows of the cursor need more than {} MiB", kMaxBytes >> 20),
                        "A cursor without SCROLL and WITH HOLD keeps no rows.");
      }
    }
    sql::Chunk& chunk = chunks_.back();
    for (size_t i = 0; i < chunk.columns.size(); ++i) {
      if (from.columns[i].nulls()[rows.row()] != 0)
        chunk.columns[i].set_null(chunk.rows);
      else
        chunk.columns[i].set_datum(chunk.rows, sql::copy(from.columns[i].datum(rows.row()), memory_));
    }
    ++chunk.rows;
    ++size_;
  }
}

void KeptRows::move_to(int64_t position) {
  position_ = std::clamp<int64_t>(position, 0, size_ + 1);
}

}  // namespace sqlmill::rt::pgwire
