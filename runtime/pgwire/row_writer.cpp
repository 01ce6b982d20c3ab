#include "runtime/pgwire/row_writer.h"

#include <fmt/format.h>

#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/messages.h"

namespace sqlmill::rt::pgwire {

void ResultFormats::check(size_t columns) const {
  if (codes_.size() > 1 && codes_.size() != columns) {
    throw WireError("08P01", fmt::format("bind message has {} result formats but query has {} columns",
                                         codes_.size(), columns));
  }
}

void write_row_description(const query::ResultColumns& result, const ResultFormats& formats,
                           std::string& out) {
  const Columns& columns = result.columns;
  MessageWriter message(out);
  message.begin('T').int16(static_cast<int16_t>(columns.size()));
  for (size_t i = 0; i < columns.size(); ++i) {
    const plan::OutputColumn& column = columns[i];
    const query::ColumnOrigin origin = result.origins.empty() ? query::ColumnOrigin{} : result.origins[i];
    message.string(column.name)
        .int32(static_cast<int32_t>(origin.table))
        .int16(static_cast<int16_t>(origin.number))
        .int32(static_cast<int32_t>(oid_of(column.type)))
        .int16(size_of(column.type))
        .int32(modifier_of(column.type))
        .int16(static_cast<int16_t>(formats.of(i)));
  }
  message.end();
}

void write_data_row(const sql::Chunk& chunk, uint32_t row, const Columns& columns,
                    const ResultFormats& formats, std::string& out) {
  MessageWriter message(out);
  message.begin('D').int16(static_cast<int16_t>(chunk.columns.size()));
  for (size_t i = 0; i < chunk.columns.size(); ++i) {
    const sql::Vector& column = chunk.columns[i];
    if (column.nulls()[row] != 0) {
      message.null_field();
      continue;
    }
    append_value(column, row, columns[i].type, formats.of(i), message.begin_field());
    message.end_field();
  }
  message.end();
}

}  // namespace sqlmill::rt::pgwire
