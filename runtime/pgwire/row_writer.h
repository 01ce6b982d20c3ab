// RowDescription and DataRow.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/pgwire/values.h"
#include "runtime/query/result_columns.h"
#include "runtime/sql/vector.h"

namespace sqlmill::rt::pgwire {

using Columns = std::vector<plan::OutputColumn>;
/// Null: there are none.
using SharedColumns = std::shared_ptr<const query::ResultColumns>;

/// The format of each column of a result, from the codes of a Bind message: none, one for all, or one each.
class ResultFormats {
 public:
  ResultFormats() = default;  // Text.
  explicit ResultFormats(std::vector<WireFormat> codes) : codes_(std::move(codes)) {}
  static ResultFormats all(WireFormat format) { return ResultFormats({format}); }

  /// Throws WireError when these codes are not for so many columns.
  void check(size_t columns) const;
  WireFormat of(size_t column) const {
    return codes_.empty() ? WireFormat::kText : codes_.size() == 1 ? codes_[0] : codes_[column];
  }

 private:
  std::vector<WireFormat> codes_;
};

void write_row_description(const query::ResultColumns& result, const ResultFormats& formats,
                           std::string& out);
void write_data_row(const sql::Chunk& chunk, uint32_t row, const Columns& columns,
                    const ResultFormats& formats, std::string& out);

}  // namespace sqlmill::rt::pgwire
