// Rows that this folder makes itself, as the query engine would give them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/pgwire/row_writer.h"
#include "runtime/query/database.h"

namespace sqlmill::rt::pgwire {

/// Columns of type text.
Columns text_columns(const std::vector<std::string>& names);

class TextResult : public query::Result {
 public:
  using Row = std::vector<std::optional<std::string>>;

  /// `tag`: of what is done, PostgreSQL's.
  TextResult(Columns columns, std::vector<Row> rows, std::string tag);

  const Columns& columns() const override { return columns_; }
  const sql::Chunk* next() override;
  std::string tag() const override { return tag_; }

 private:
  const Columns columns_;
  const std::vector<Row> rows_;
  const std::string tag_;
  sql::Chunk chunk_;
  size_t at_ = 0;
};

}  // namespace sqlmill::rt::pgwire
