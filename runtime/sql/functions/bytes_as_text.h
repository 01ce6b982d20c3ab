// encode and decode: bytes as text and back, in the formats hex, base64 and escape. convert_from and
// convert_to know UTF8 only.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

/// `format` in any case. base64 breaks lines after 76 characters.
Text encode(Context& context, Bytea value, Text format);
Bytea decode(Context& context, Text text, Text format);

Text convert_from(Context& context, Bytea value, Text encoding);
Bytea convert_to(Context& context, Text value, Text encoding);

}  // namespace sqlmill::rt::sql
