#include "runtime/sql/functions/bytes_as_text.h"

#include <optional>
#include <string>

#include "runtime/sql/text_input.h"
#include "runtime/sql/text_result.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

enum class Format : uint8_t { kHex, kBase64, kEscape };

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr int kCharactersOfLine = 76;

std::optional<Format> find_format(Context& context, const Text& name) {
  if (equals_ignoring_case(name.view(), "hex")) return Format::kHex;
  if (equals_ignoring_case(name.view(), "base64")) return Format::kBase64;
  if (equals_ignoring_case(name.view(), "escape")) return Format::kEscape;
  context.fail(ErrorCode::kInvalidParameterValue,
               "unrecognized encoding: \"" + std::string(name.view()) + "\"");
  return std::nullopt;
}

std::string quoted_character(std::string_view text) {
  return "\"" + std::string(text.substr(0, utf8_first(text))) + "\"";
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

// ---- Hexadecimal ----

void encode_hex(std::string_view bytes, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[c & 15];
  }
}

bool decode_hex(Context& context, std::string_view in, std::string& out) {
  int high = -1;
  for (size_t i = 0; i < in.size(); ++i) {
    // Only between bytes, not within one.
    if (high < 0 && is_skipped(in[i])) continue;
    const int digit = hex_digit(in[i]);
    if (digit < 0) {
      context.fail(ErrorCode::kInvalidParameterValue,
                   "invalid hexadecimal digit: " + quoted_character(in.substr(i)));
      return false;
    }
    if (high < 0) {
      high = digit;
    } else {
      out += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  if (high < 0) return true;
  context.fail(ErrorCode::kInvalidParameterValue, "invalid hexadecimal data: odd number of digits");
  return false;
}

// ---- Base64 ----

void encode_base64(std::string_view bytes, std::string& out) {
  int in_line = 0;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = bytes.size() - i;
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k)
      word = word << 8 | (k < left ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) out += k <= left ? kBase64[word >> (18 - 6 * k) & 63] : '=';
    in_line += 4;
    // PostgreSQL ends a full line even if it is the last one.
    if (in_line >= kCharactersOfLine) {
      out += '\n';
      in_line = 0;
    }
  }
}

bool decode_base64(Context& context, std::string_view in, std::string& out) {
  uint32_t word = 0;
  int have = 0;
  int end = 0;  // Of the four characters: where the padding began.
  for (size_t i = 0; i < in.size(); ++i) {
    const char c = in[i];
    if (is_skipped(c)) continue;
    uint32_t value = 0;
    if (c == '=') {
      if (end == 0) {
        if (have != 2 && have != 3) {
          context.fail(ErrorCode::kInvalidParameterValue, "unexpected \"=\" while decoding base64 sequence");
          return false;
        }
        end = have - 1;
      }
    } else {
      const size_t place = kBase64.find(c);
      if (place == std::string_view::npos) {
        context.fail(ErrorCode::kInvalidParameterValue, "invalid symbol " + quoted_character(in.substr(i)) +
                                                            " found while decoding base64 sequence");
        return false;
      }
      value = static_cast<uint32_t>(place);
    }
    word = word << 6 | value;
    if (++have < 4) continue;
    out += static_cast<char>(word >> 16);
    if (end == 0 || end > 1) out += static_cast<char>(word >> 8);
    if (end == 0 || end > 2) out += static_cast<char>(word);
    word = 0;
    have = 0;
  }
  if (have == 0) return true;
  context.fail(ErrorCode::kInvalidParameterValue, "invalid base64 end sequence");
  return false;
}

// ---- Escapes ----

void encode_escape(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0 || byte >= 0x80) {
      out += '\\';
      out += static_cast<char>('0' + (byte >> 6));
      out += static_cast<char>('0' + (byte >> 3 & 7));
      out += static_cast<char>('0' + (byte & 7));
    } else {
      if (c == '\\') out += c;
      out += c;
    }
  }
}

bool decode_escape(Context& context, std::string_view in, std::string& out) {
  const auto octal = [&](size_t i, char most) { return i < in.size() && in[i] >= '0' && in[i] <= most; };
  for (size_t i = 0; i < in.size();) {
    if (in[i] != '\\') {
      out += in[i++];
    } else if (octal(i + 1, '3') && octal(i + 2, '7') && octal(i + 3, '7')) {
      out += static_cast<char>((in[i + 1] - '0') << 6 | (in[i + 2] - '0') << 3 | (in[i + 3] - '0'));
      i += 4;
    } else if (i + 1 < in.size() && in[i + 1] == '\\') {
      out += '\\';
      i += 2;
    } else {
      context.fail(ErrorCode::kInvalidTextRepresentation, "invalid input syntax for type bytea");
      return false;
    }
  }
  return true;
}

// ---- Character sets ----

bool is_utf8_name(Context& context, const Text& name, std::string_view what) {
  std::string plain;
  for (const char c : name.view()) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) plain += c;
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c + 32);
  }
  if (plain == "utf8" || plain == "unicode") return true;
  context.fail(
      ErrorCode::kFeatureNotSupported,
      std::string(what) + " encoding \"" + std::string(name.view()) + "\" is not supported, only UTF8 is");
  return false;
}

/// The size of the first character, 0 if it is not UTF-8 as PostgreSQL accepts it.
size_t valid_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t size = utf8_size(text[0]);
  if (text[0] == '\0') return 0;
  if (size == 1) return byte(0) < 0x80 ? 1 : 0;
  if (size > text.size() || byte(0) < 0xc2 || byte(0) > 0xf4) return 0;
  for (size_t i = 1; i < size; ++i) {
    if (!is_utf8_continuation(text[i])) return 0;
  }
  if (byte(0) == 0xe0 && byte(1) < 0xa0) return 0;
  if (byte(0) == 0xed && byte(1) > 0x9f) return 0;
  if (byte(0) == 0xf0 && byte(1) < 0x90) return 0;
  if (byte(0) == 0xf4 && byte(1) > 0x8f) return 0;
  return size;
}

}  // namespace

Text encode(Context& context, Bytea value, Text format) {
  const std::optional<Format> found = find_format(context, format);
  if (!found) return Text();
  std::string out;
  switch (*found) {
    case Format::kHex:
      encode_hex(value.bytes.view(), out);
      break;
    case Format::kBase64:
      encode_base64(value.bytes.view(), out);
      break;
    case Format::kEscape:
      encode_escape(value.bytes.view(), out);
      break;
  }
  return text_result(context.arena(), out);
}

Bytea decode(Context& context, Text text, Text format) {
  const std::optional<Format> found = find_format(context, format);
  if (!found) return {};
  std::string out;
  bool good = false;
  switch (*found) {
    case Format::kHex:
      good = decode_hex(context, text.view(), out);
      break;
    case Format::kBase64:
      good = decode_base64(context, text.view(), out);
      break;
    case Format::kEscape:
      good = decode_escape(context, text.view(), out);
      break;
  }
  return good ? Bytea{text_result(context.arena(), out)} : Bytea{};
}

Text convert_from(Context& context, Bytea value, Text encoding) {
  if (!is_utf8_name(context, encoding, "source")) return Text();
  const std::string_view bytes = value.bytes.view();
  for (size_t i = 0; i < bytes.size();) {
    const size_t size = valid_character(bytes.substr(i));
    if (size == 0) {
      std::string shown;
      const size_t end = std::min(bytes.size(), i + utf8_size(bytes[i]));
      for (size_t k = i; k < end; ++k) {
        shown += k == i ? "0x" : " 0x";
        encode_hex(bytes.substr(k, 1), shown);
      }
      context.fail(ErrorCode::kCharacterNotInRepertoire,
                   "invalid byte sequence for encoding \"UTF8\": " + shown);
      return Text();
    }
    i += size;
  }
  return value.bytes;
}

Bytea convert_to(Context& context, Text value, Text encoding) {
  if (!is_utf8_name(context, encoding, "destination")) return {};
  return {value};
}

}  // namespace sqlmill::rt::sql
