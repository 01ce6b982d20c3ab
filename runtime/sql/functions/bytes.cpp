#include "runtime/sql/functions/bytes.h"

#include <string>

#include "runtime/sql/functions/text_build.h"
#include "runtime/sql/text_input.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

bool is_hex(Context& context, const Text& format) {
  if (equals_ignoring_case(format.view(), "hex")) return true;
  const bool is_known =
      equals_ignoring_case(format.view(), "base64") || equals_ignoring_case(format.view(), "escape");
  if (is_known) {
    context.fail(ErrorCode::kFeatureNotSupported,
                 "encoding \"" + std::string(format.view()) + "\" is not supported, only hex is");
  } else {
    context.fail(ErrorCode::kInvalidParameterValue,
                 "unrecognized encoding: \"" + std::string(format.view()) + "\"");
  }
  return false;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_skipped(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

Bytea concatenate_bytea(Arena& arena, Bytea a, Bytea b) {
  return {concatenate(arena, a.bytes, b.bytes)};
}

Text encode(Context& context, Bytea value, Text format) {
  constexpr char kDigits[] = "0123456789abcdef";
  if (!is_hex(context, format)) return Text();
  const std::string_view bytes = value.bytes.view();
  char* const out = context.arena().allocate_chars(2 * bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out[2 * i] = kDigits[byte >> 4];
    out[2 * i + 1] = kDigits[byte & 15];
  }
  return Text(std::string_view(out, 2 * bytes.size()));
}

Bytea decode(Context& context, Text text, Text format) {
  if (!is_hex(context, format)) return {};
  const std::string_view in = text.view();
  char* const bytes = context.arena().allocate_chars(in.size() / 2);
  size_t size = 0;
  int high = -1;
  for (size_t i = 0; i < in.size(); ++i) {
    // Only between bytes, not within one.
    if (high < 0 && is_skipped(in[i])) continue;
    const int digit = hex_digit(in[i]);
    if (digit < 0) {
      const std::string_view character = in.substr(i, utf8_first(in.substr(i)));
      context.fail(ErrorCode::kInvalidParameterValue,
                   "invalid hexadecimal digit: \"" + std::string(character) + "\"");
      return {};
    }
    if (high < 0) {
      high = digit;
    } else {
      bytes[size++] = static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  if (high >= 0) {
    context.fail(ErrorCode::kInvalidParameterValue, "invalid hexadecimal data: odd number of digits");
    return {};
  }
  return {Text(std::string_view(bytes, size))};
}

}  // namespace sqlmill::rt::sql
