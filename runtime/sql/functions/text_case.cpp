#include "runtime/sql/functions/text_case.h"

#include <locale.h>
#include <wctype.h>

#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

/// Of a locale object, so that the process's locale does not matter. Without C.UTF-8 only ASCII letters have
/// cases.
locale_t character_types() {
  static const locale_t kLocale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return kLocale;
}

struct Character {
  uint32_t code;
  size_t size;
};

/// Bytes that are not UTF-8 are characters by themselves, with codes that have no case.
Character decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const size_t size = utf8_first(text);
  if (size == 1) return {byte(0) < 0x80 ? byte(0) : 0xfffd, 1};
  for (size_t i = 1; i < size; ++i) {
    if (!is_utf8_continuation(text[i])) return {0xfffd, 1};
  }
  if (size != utf8_size(text[0]) || byte(0) < 0xc2) return {0xfffd, 1};
  uint32_t code = byte(0) & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) code = code << 6 | (byte(i) & 0x3f);
  return {code, size};
}

size_t encode(uint32_t code, char* out) {
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  const size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = size - 1; i > 0; --i, code >>= 6) out[i] = static_cast<char>(0x80 | (code & 0x3f));
  out[0] = static_cast<char>((0xf00u >> size & 0xf0) | code);
  return size;
}

enum class Case : uint8_t { kLower, kUpper, kWords };

bool is_ascii_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

Text convert_ascii(Arena& arena, const Text& text, Case to) {
  const std::string_view in = text.view();
  char inline_bytes[Text::kInlineBytes];
  char* const bytes = text.is_inline() ? inline_bytes : arena.allocate_chars(in.size());
  bool in_word = false;
  for (size_t i = 0; i < in.size(); ++i) {
    const bool make_upper = to == Case::kUpper || (to == Case::kWords && !in_word);
    bytes[i] = make_upper ? ascii_upper(in[i]) : ascii_lower(in[i]);
    in_word = is_ascii_alphanumeric(in[i]);
  }
  return Text(std::string_view(bytes, in.size()));
}

Text convert(Arena& arena, const Text& text, Case to) {
  const std::string_view in = text.view();
  const locale_t locale = character_types();
  if (is_ascii(in) || locale == nullptr) return convert_ascii(arena, text, to);
  constexpr size_t kMaxGrowth =
      3;  // A two-byte letter whose other case has three bytes, at most two of them to one.
  char* const bytes = arena.allocate_chars(in.size() * kMaxGrowth);
  char* out = bytes;
  bool in_word = false;
  for (size_t i = 0; i < in.size();) {
    const Character character = decode(in.substr(i));
    const bool make_upper = to == Case::kUpper || (to == Case::kWords && !in_word);
    const uint32_t code =
        make_upper ? towupper_l(character.code, locale) : towlower_l(character.code, locale);
    in_word = iswalnum_l(character.code, locale) != 0;
    if (code == character.code || character.code == 0xfffd) {
      std::memcpy(out, in.data() + i, character.size);
      out += character.size;
    } else {
      out += encode(code, out);
    }
    i += character.size;
  }
  return Text(std::string_view(bytes, static_cast<size_t>(out - bytes)));
}

}  // namespace

Text lower(Arena& arena, Text text) {
  return convert(arena, text, Case::kLower);
}
Text upper(Arena& arena, Text text) {
  return convert(arena, text, Case::kUpper);
}
Text initcap(Arena& arena, Text text) {
  return convert(arena, text, Case::kWords);
}

}  // namespace sqlmill::rt::sql
