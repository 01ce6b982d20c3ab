// bytea: lengths, parts and bits. Bits count from the lowest of the first byte.
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
inline int32_t bytea_bit_length(Bytea value) {
  return static_cast<int32_t>(value.bytes.size() * 8);
}
Bytea concatenate_bytea(Arena& arena, Bytea a, Bytea b);
/// Bytes `start` to `start + count - 1`, as far as they exist.
Bytea substring_bytea(Context& context, Bytea value, int32_t start, int32_t count);
Bytea substring_bytea_from(Context& context, Bytea value, int32_t start);
Bytea overlay_bytea(Context& context, Bytea value, Bytea part, int32_t start);
Bytea overlay_bytea_for(Context& context, Bytea value, Bytea part, int32_t start, int32_t count);
int32_t position_bytea(Bytea value, Bytea part);
Bytea trim_bytea(Arena& arena, Bytea value, Bytea bytes);
Bytea trim_left_bytea(Arena& arena, Bytea value, Bytea bytes);
Bytea trim_right_bytea(Arena& arena, Bytea value, Bytea bytes);
int32_t get_byte(Context& context, Bytea value, int32_t index);
Bytea set_byte(Context& context, Bytea value, int32_t index, int32_t byte);
int32_t get_bit(Context& context, Bytea value, int64_t index);
Bytea set_bit(Context& context, Bytea value, int64_t index, int32_t bit);
int64_t bit_count(Bytea value);

}  // namespace sqlmill::rt::sql
