// uuid: its text forms. PostgreSQL prints lower case with hyphens, and reads hyphens after any group of four
// digits, upper case and braces, too.
#pragma once

#include <string>
#include <string_view>

#include "runtime/sql/context.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

Uuid uuid_from_text(Context& context, std::string_view text);
void append_text(const Uuid& value, std::string& out);

}  // namespace sqlmill::rt::sql
