#include "runtime/formats/record_columns.h"

#include <simdjson.h>

namespace sqlmill::rt::formats {

sql::Nullable<sql::Text> as_text(sql::Context& context, const sql::Nullable<sql::Bytea>& bytes) {
  if (!bytes.has_value()) return {};
  const sql::Bytea value = bytes.value();
  const std::string_view view = value.bytes.view();
  if (!simdjson::validate_utf8(view.data(), view.size())) {
    context.fail(sql::ErrorCode::kCharacterNotInRepertoire,
                 "the record's key or header is not UTF-8: leave out its type to read it as bytea");
  }
  return value.bytes;
}

}  // namespace sqlmill::rt::formats
