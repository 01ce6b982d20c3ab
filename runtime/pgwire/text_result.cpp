#include "runtime/pgwire/text_result.h"

#include <utility>

namespace sqlmill::rt::pgwire {

Columns text_columns(const std::vector<std::string>& names) {
  Columns columns;
  for (const std::string& name : names) columns.push_back({name, {sql::TypeId::kText}, true});
  return columns;
}

TextResult::TextResult(Columns columns, std::vector<Row> rows, std::string tag)
    : columns_(std::move(columns)), rows_(std::move(rows)), tag_(std::move(tag)) {
  for (size_t i = 0; i < columns_.size(); ++i) chunk_.columns.emplace_back(sql::TypeId::kText);
}

const sql::Chunk* TextResult::next() {
  chunk_.rows = 0;
  for (; at_ < rows_.size() && chunk_.rows < sql::kVectorRows; ++at_, ++chunk_.rows) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::optional<std::string>& value = rows_[at_][i];
      if (value)
        chunk_.columns[i].set(chunk_.rows, sql::Text(*value));
      else
        chunk_.columns[i].set_null(chunk_.rows);
    }
  }
  return chunk_.rows > 0 ? &chunk_ : nullptr;
}

}  // namespace sqlmill::rt::pgwire
