// bytea: lengths, ||, encode and decode (hex only).
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

inline int32_t bytea_length(Bytea value) {
  return static_cast<int32_t>(value.bytes.size());
}
inline int32_t bytea_octet_length(Bytea value) {
  return static_cast<int32_t>(value.bytes.size());
}
Bytea concatenate_bytea(Arena& arena, Bytea a, Bytea b);

/// `format` is hex, in any case.
Text encode(Context& context, Bytea value, Text format);
/// White space between the digits is skipped.
Bytea decode(Context& context, Text text, Text format);

}  // namespace sqlmill::rt::sql
