// md5(text) and md5(bytea): the MD5 digest (RFC 1321) as 32 hexadecimal digits.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

Text md5_text(Arena& arena, Text value);
Text md5_bytea(Arena& arena, Bytea value);

}  // namespace sqlmill::rt::sql
