#include "runtime/sql/functions/bytes.h"

#include <bit>
#include <string>

#include "runtime/sql/functions/text_build.h"
#include "runtime/sql/text_result.h"

namespace sqlmill::rt::sql {

namespace {

bool is_index(Context& context, int64_t index, int64_t size) {
  if (index >= 0 && index < size) return true;
  context.fail(ErrorCode::kArraySubscriptError,
               "index " + std::to_string(index) + " out of valid range, 0.." + std::to_string(size - 1));
  return false;
}

Bytea kept(Arena& arena, std::string_view bytes) {
  return {text_result(arena, bytes)};
}

Bytea trim(Arena& arena, const Bytea& value, const Bytea& bytes, bool left, bool right) {
  std::string_view rest = value.bytes.view();
  const std::string_view trimmed = bytes.bytes.view();
  const auto is_trimmed = [&](char c) { return trimmed.find(c) != std::string_view::npos; };
  while (left && !rest.empty() && is_trimmed(rest.front())) rest.remove_prefix(1);
  while (right && !rest.empty() && is_trimmed(rest.back())) rest.remove_suffix(1);
  return kept(arena, rest);
}

}  // namespace

Bytea concatenate_bytea(Arena& arena, Bytea a, Bytea b) {
  return {concatenate(arena, a.bytes, b.bytes)};
}

Bytea substring_bytea(Context& context, Bytea value, int32_t start, int32_t count) {
  if (count < 0) {
    context.fail(ErrorCode::kSubstringError, "negative substring length not allowed");
    return {};
  }
  const std::string_view bytes = value.bytes.view();
  const int64_t size = static_cast<int64_t>(bytes.size());
  const int64_t begin = std::max<int64_t>(start, 1) - 1;
  const int64_t end = std::min<int64_t>(static_cast<int64_t>(start) + count - 1, size);
  if (begin >= end) return {};
  return kept(context.arena(), bytes.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
}

Bytea substring_bytea_from(Context& context, Bytea value, int32_t start) {
  return substring_bytea(context, value, std::max(start, 1), INT32_MAX);
}

Bytea overlay_bytea_for(Context& context, Bytea value, Bytea part, int32_t start, int32_t count) {
  if (start <= 0) {
    context.fail(ErrorCode::kSubstringError, "negative substring length not allowed");
    return {};
  }
  int32_t rest = 0;
  if (__builtin_add_overflow(start, count, &rest)) {
    context.fail(ErrorCode::kNumericValueOutOfRange, "integer out of range");
    return {};
  }
  std::string out(substring_bytea(context, value, 1, start - 1).bytes.view());
  out += part.bytes.view();
  out += substring_bytea_from(context, value, rest).bytes.view();
  return kept(context.arena(), out);
}

Bytea overlay_bytea(Context& context, Bytea value, Bytea part, int32_t start) {
  return overlay_bytea_for(context, value, part, start, static_cast<int32_t>(part.bytes.size()));
}

int32_t position_bytea(Bytea value, Bytea part) {
  const size_t at = value.bytes.view().find(part.bytes.view());
  return at == std::string_view::npos ? 0 : static_cast<int32_t>(at + 1);
}

Bytea trim_bytea(Arena& arena, Bytea value, Bytea bytes) {
  return trim(arena, value, bytes, true, true);
}
Bytea trim_left_bytea(Arena& arena, Bytea value, Bytea bytes) {
  return trim(arena, value, bytes, true, false);
}
Bytea trim_right_bytea(Arena& arena, Bytea value, Bytea bytes) {
  return trim(arena, value, bytes, false, true);
}

int32_t get_byte(Context& context, Bytea value, int32_t index) {
  if (!is_index(context, index, value.bytes.size())) return 0;
  return static_cast<unsigned char>(value.bytes.data()[index]);
}

Bytea set_byte(Context& context, Bytea value, int32_t index, int32_t byte) {
  if (!is_index(context, index, value.bytes.size())) return {};
  std::string out(value.bytes.view());
  out[static_cast<size_t>(index)] = static_cast<char>(byte);
  return kept(context.arena(), out);
}

int32_t get_bit(Context& context, Bytea value, int64_t index) {
  if (!is_index(context, index, static_cast<int64_t>(value.bytes.size()) * 8)) return 0;
  return static_cast<unsigned char>(value.bytes.data()[index / 8]) >> (index % 8) & 1;
}

Bytea set_bit(Context& context, Bytea value, int64_t index, int32_t bit) {
  if (!is_index(context, index, static_cast<int64_t>(value.bytes.size()) * 8)) return {};
  if (bit != 0 && bit != 1) {
    context.fail(ErrorCode::kInvalidParameterValue, "new bit must be 0 or 1");
    return {};
  }
  std::string out(value.bytes.view());
  char& byte = out[static_cast<size_t>(index / 8)];
  const int mask = 1 << (index % 8);
  byte = static_cast<char>(bit != 0 ? byte | mask : byte & ~mask);
  return kept(context.arena(), out);
}

int64_t bit_count(Bytea value) {
  int64_t count = 0;
  for (const char c : value.bytes.view()) count += std::popcount(static_cast<unsigned char>(c));
  return count;
}

}  // namespace sqlmill::rt::sql
