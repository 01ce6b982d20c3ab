// The translation of what stands for one character: escapes and brackets.
#include "runtime/sql/regex_translator.h"

namespace sqlmill::rt::sql::regex {

namespace {

constexpr std::string_view kWord = R"(\pL\p{Nl}\p{Nd}_)";
constexpr std::string_view kSpace =
    R"(\t-\r \x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000})";

}  // namespace

// ---- Escapes ----

/// RE2 knows the edge of a word, but not which. Beside a word's character it can be only one.
bool Translator::word_edge(bool at_start) {
  const bool next_is_word = is_letter(peek()) || is_digit(peek()) || peek() == '_' ||
                            rest_.starts_with("\\w") || rest_.starts_with("\\d") || rest_.starts_with("(");
  if (at_start ? next_is_word : after_word_) {
    out_ += "\\b";
    return true;
  }
  return unsupported(at_start ? "\\m is supported only before a letter, a digit or an underscore; write \\y"
                              : "\\M is supported only behind a letter, a digit or an underscore; write \\y");
}

bool Translator::escape(bool& is_constraint) {
  skip(1);
  if (at_end()) return fail("invalid escape \\ sequence");
  const char c = peek();
  const auto write = [&](std::string_view text, bool constraint, bool word) {
    skip(1);
    out_ += text;
    is_constraint = constraint;
    after_word_ = word;
    return true;
  };
  switch (c) {
    case 'd':
      return write("[0-9]", false, true);
    case 'D':
      return write(options_.dot_stops_at_newline ? "[^0-9\\n]" : "[^0-9]", false, false);
    case 'w':
      return write("[" + std::string(kWord) + "]", false, true);
    case 'W':
      return write("[^" + std::string(kWord) + (options_.dot_stops_at_newline ? "\\n]" : "]"), false, false);
    case 's':
      return write("[" + std::string(kSpace) + "]", false, false);
    case 'S':
      return write("[^" + std::string(kSpace) + "]", false, false);
    case 'A':
      return write("\\A", true, false);
    case 'Z':
      return write("\\z", true, false);
    case 'y':
      return write("\\b", true, false);
    case 'Y':
      return write("\\B", true, false);
    case 'm':
    case 'M':
      is_constraint = true;
      skip(1);
      return word_edge(c == 'm');
    default:
      break;
  }
  if (c >= '1' && c <= '9') {
    // A number that is no group yet is an error there, too.
    if (c - '0' > result_.groups && !is_digit(peek(1))) return fail("invalid backreference number");
    return unsupported("regular expressions with references back (\\1) are not supported");
  }
  uint32_t code = 0;
  if (!character_escape(code)) return false;
  literal(code);
  after_word_ = code < 0x80 && (is_letter(static_cast<char>(code)) || is_digit(static_cast<char>(code)));
  return true;
}

bool Translator::take_hex(size_t digits, uint32_t& code) {
  code = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char c = peek(i);
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return fail("invalid escape \\ sequence");
    code = code << 4 | static_cast<uint32_t>(digit);
  }
  skip(digits);
  return code <= 0x10ffff || fail("invalid escape \\ sequence");
}

/// An escape that stands for one character, behind its backslash.
bool Translator::character_escape(uint32_t& code) {
  const char c = peek();
  if (!is_letter(c) && !is_digit(c)) {
    code = take_character();
    return true;
  }
  skip(1);
  constexpr std::string_view kNames = "abBefnrtv0";
  constexpr std::string_view kCodes{"\a\b\\\033\f\n\r\t\v\0", 10};
  if (const size_t at = kNames.find(c); at != std::string_view::npos) {
    code = static_cast<unsigned char>(kCodes[at]);
    return true;
  }
  switch (c) {
    case 'c':
      if (at_end()) return fail("invalid escape \\ sequence");
      code = take_character() & 0x1f;
      return true;
    case 'u':
      return take_hex(4, code);
    case 'U':
      return take_hex(8, code);
    case 'x': {
      size_t digits = 0;
      while (digits < 8 && (is_digit(peek(digits)) || (peek(digits) >= 'a' && peek(digits) <= 'f') ||
                            (peek(digits) >= 'A' && peek(digits) <= 'F')))
        ++digits;
      return digits != 0 ? take_hex(digits, code) : fail("invalid escape \\ sequence");
    }
    default:
      return fail("invalid escape \\ sequence");
  }
}

// ---- Brackets ----

/// `[:alpha:]` and the like, of which the opening two characters are next.
bool Translator::named_class(std::string& out) {
  const char kind = peek(1);
  const std::string_view closing = kind == ':' ? ":]" : kind == '.' ? ".]" : "=]";
  const size_t end = rest_.find(closing, 2);
  if (end == std::string_view::npos) return fail("brackets [] not balanced");
  const std::string_view name = rest_.substr(2, end - 2);
  skip(end + 2);
  if (kind != ':') return fail("invalid collating element");
  constexpr std::pair<std::string_view, std::string_view> kClasses[] = {
      {"alpha", R"(\pL\p{Nl})"},
      {"alnum", R"(\pL\p{Nl}\p{Nd})"},
      {"digit", "0-9"},
      {"lower", R"(\p{Ll})"},
      {"upper", R"(\p{Lu})"},
      {"space", kSpace},
      {"blank", R"(\t )"},
      {"punct", R"([:punct:])"},
      {"xdigit", "0-9A-Fa-f"},
      {"cntrl", R"([:cntrl:])"},
      {"print", R"(\x20-\x7e\pL\pM\pN\pP\pS\p{Zs})"},
      {"graph", R"(\x21-\x7e\pL\pM\pN\pP\pS)"},
      {"ascii", R"(\x00-\x7f)"},
      {"word", kWord}};
  for (const auto& [known, text] : kClasses) {
    if (known != name) continue;
    // With either case, either class means both.
    out += options_.ignore_case && (name == "lower" || name == "upper") ? R"(\p{Ll}\p{Lu})" : text;
    return true;
  }
  return fail("invalid character class");
}

bool Translator::bracket_element(std::string& out, uint32_t& code, bool& is_class) {
  is_class = false;
  if (peek() == '[' && (peek(1) == '.' || peek(1) == '=')) {
    const size_t end = rest_.find(peek(1) == '.' ? ".]" : "=]", 2);
    if (end == std::string_view::npos) return fail("brackets [] not balanced");
    const std::string_view name = rest_.substr(2, end - 2);
    if (name.empty() || utf8_first(name) != name.size()) return fail("invalid collating element");
    code = utf8_code(name);
    skip(end + 2);
    return true;
  }
  if (peek() == '[' && peek(1) == ':') {
    is_class = true;
    return named_class(out);
  }
  if (peek() != '\\') {
    code = take_character();
    return true;
  }
  skip(1);
  if (at_end()) return fail("invalid escape \\ sequence");
  const char c = peek();
  if (c == 'd' || c == 'w' || c == 's') {
    is_class = true;
    skip(1);
    out += c == 'd' ? "0-9" : c == 'w' ? kWord : kSpace;
    return true;
  }
  return character_escape(code);
}

bool Translator::bracket() {
  skip(1);
  std::string inside;
  const bool negated = peek() == '^';
  if (negated) skip(1);
  bool first = true;
  for (;; first = false) {
    if (at_end()) return fail("brackets [] not balanced");
    if (peek() == ']' && !first) break;
    std::string part;
    uint32_t code = 0;
    bool is_class = false;
    if (!bracket_element(part, code, is_class)) return false;
    const bool is_range = peek() == '-' && peek(1) != ']' && rest_.size() > 1;
    if (is_class) {
      if (is_range) return fail("invalid character range");
      inside += part;
      continue;
    }
    literal(code, inside);
    if (!is_range) continue;
    skip(1);
    uint32_t last = 0;
    if (!bracket_element(part, last, is_class)) return false;
    if (is_class || last < code) return fail("invalid character range");
    inside += '-';
    literal(last, inside);
  }
  skip(1);
  out_ += negated ? "[^" : "[";
  out_ += inside;
  if (negated && options_.dot_stops_at_newline) out_ += "\\n";
  out_ += ']';
  after_word_ = false;
  return true;
}

}  // namespace sqlmill::rt::sql::regex
