// The values of names and strings: quotes, escapes, continuations.
#include <fmt/format.h>

#include "compiler/parse/text_checks.h"
#include "compiler/parse/tokens.h"

namespace sqlmill::parse {
namespace {

using diag::Code;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Empty for what is not a character: NUL, surrogates, beyond U+10FFFF.
std::string utf8(uint32_t code) {
  const auto byte = [](uint32_t value) { return static_cast<char>(value); };
  if (code == 0 || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) return "";
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))};
  if (code < 0x10000)
    return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
  return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F)),
          byte(0x80 | (code & 0x3F))};
}

/// Reads the quoted parts of one string token.
class StringReader {
 public:
  StringReader(std::string_view text, source::Span span, diag::Sink& sink)
      : text_(text), span_(span), sink_(sink) {}

  std::string read() {
    escapes_ = text_[0] == 'e' || text_[0] == 'E';
    while (true) {
      at_ = text_.find('\'', at_);
      // A continuation may follow a line comment that has a quote of its own; the lexer has skipped it, so it
      // is skipped here.
      if (at_ == std::string_view::npos) break;
      ++at_;
      read_part();
      skip_gap();
    }
    check_result();
    return std::move(value_);
  }

 private:
  void read_part() {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\'') {
        if (at_ >= text_.size() || text_[at_] != '\'') return;
        ++at_;
        value_ += '\'';
      } else if (c == '\\' && escapes_) {
        read_escape();
      } else {
        value_ += c;
      }
    }
  }

  /// White space and line comments between the parts.
  void skip_gap() {
    while (at_ < text_.size() && text_[at_] != '\'') {
      if (text_[at_] == '-') at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_ < text_.size() && text_[at_] != '\'') ++at_;
    }
  }

  void read_escape() {
    const size_t begin = at_ - 1;
    const char c = text_[at_++];
    switch (c) {
      case 'b':
        value_ += '\b';
        return;
      case 'f':
        value_ += '\f';
        return;
      case 'n':
        value_ += '\n';
        return;
      case 'r':
        value_ += '\r';
        return;
      case 't':
        value_ += '\t';
        return;
      case 'x':
        read_byte(16, 2, begin);
        return;
      case 'u':
        read_code_point(4, begin);
        return;
      case 'U':
        read_code_point(8, begin);
        return;
      default:
        break;
    }
    if (c >= '0' && c <= '7') {
      --at_;
      read_byte(8, 3, begin);
      return;
    }
    value_ += c;
  }

  uint32_t read_digits(int base, size_t most, size_t& count) {
    uint32_t number = 0;
    for (count = 0; count < most && at_ < text_.size(); ++count, ++at_) {
      const int digit = hex_digit(text_[at_]);
      if (digit < 0 || digit >= base) break;
      number = number * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
    }
    return number;
  }

  void read_byte(int base, size_t most, size_t begin) {
    size_t count = 0;
    const uint32_t number = read_digits(base, most, count);
    if (count == 0) {
      // PostgreSQL reads \x without digits as x.
      value_ += 'x';
    } else if (number % 256 == 0) {
      report(begin, "strings cannot hold NUL characters");
    } else {
      value_ += static_cast<char>(number);
    }
  }

  void read_code_point(size_t digits, size_t begin) {
    size_t count = 0;
    uint32_t number = read_digits(16, digits, count);
    if (count == digits && number >= 0xD800 && number < 0xDC00) number = read_low_surrogate(number);
    const std::string character = count == digits ? utf8(number) : "";
    if (character.empty()) {
      report(begin, fmt::format("write a character as \\{} and {} hexadecimal digits",
                                digits == 4 ? 'u' : 'U', digits));
    }
    value_ += character;
  }

  /// The second half of a surrogate pair; the first half itself if there is none.
  uint32_t read_low_surrogate(uint32_t high) {
    const size_t begin = at_;
    if (text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      size_t count = 0;
      const uint32_t low = read_digits(16, 4, count);
      if (count == 4 && low >= 0xDC00 && low < 0xE000)
        return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    }
    at_ = begin;
    return high;
  }

  void report(size_t begin, std::string hint) {
    const auto offset = [&](size_t at) { return span_.begin + static_cast<uint32_t>(at); };
    sink_.report(Code::kInvalidEscape, {offset(begin), offset(at_)}, "invalid escape in a string",
                 std::move(hint));
    reported_ = true;
  }

  /// \x and octal escapes make bytes, which may not be UTF-8 together.
  void check_result() {
    if (!escapes_ || reported_) return;
    for (size_t i = 0; i < value_.size();) {
      const size_t length = utf8_length(std::string_view(value_).substr(i));
      if (length == 0) {
        sink_.report(Code::kInvalidEscape, span_, "the escapes of the string do not make UTF-8");
        return;
      }
      i += length;
    }
  }

  std::string_view text_;
  source::Span span_;
  diag::Sink& sink_;
  size_t at_ = 0;
  bool escapes_ = false;
  bool reported_ = false;
  std::string value_;
};

/// The text of U&'…' or U&"…" with UESCAPE, and what is wrong with it.
struct UnicodeText {
  std::string value;
  std::string error;
};

/// From the first quote on; `escape` is what UESCAPE says.
std::string unicode_parts(std::string_view text, std::string& escape) {
  const char quote = text[2];
  std::string parts;
  std::string* to = &parts;
  for (size_t at = 2; at < text.size();) {
    if (text[at] == '-' && text.substr(at, 2) == "--") {
      at = std::min(text.find('\n', at), text.size());
    } else if (text[at] == 'u' || text[at] == 'U') {
      escape.clear();
      to = &escape;
      at += std::string_view("uescape").size();
    } else if (text[at] == quote || text[at] == '\'') {
      const char end = text[at];
      for (++at; at < text.size(); ++at) {
        if (text[at] == end && (at + 1 == text.size() || text[at + 1] != end)) break;
        *to += text[at];
        if (text[at] == end) ++at;
      }
      ++at;
    } else {
      ++at;
    }
  }
  return parts;
}

UnicodeText read_unicode(std::string_view token_text) {
  UnicodeText result;
  std::string escape = "\\";
  const std::string parts = unicode_parts(token_text, escape);
  if (escape.size() != 1 || hex_digit(escape[0]) >= 0 || (escape[0] >= 'A' && escape[0] <= 'F') ||
      std::string_view("+'\" \t\n\r\f").find(escape[0]) != std::string_view::npos) {
    result.error = "invalid Unicode escape character";
    return result;
  }
  uint32_t high = 0;
  for (size_t at = 0; at < parts.size();) {
    const bool is_escape = parts[at] == escape[0];
    if (!is_escape || (at + 1 < parts.size() && parts[at + 1] == escape[0])) {
      if (high != 0) break;
      result.value += parts[at];
      at += is_escape ? 2 : 1;
      continue;
    }
    const size_t digits = at + 1 < parts.size() && parts[at + 1] == '+' ? 6 : 4;
    at += digits == 6 ? 2 : 1;
    uint32_t code = 0;
    for (size_t end = at + digits; at < end; ++at) {
      const char c = at < parts.size() ? parts[at] : ' ';
      const int digit = hex_digit(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
      if (digit < 0) {
        result.error = "invalid Unicode escape";
        return result;
      }
      code = code << 4 | static_cast<uint32_t>(digit);
    }
    const bool is_low = code >= 0xDC00 && code < 0xE000;
    if (is_low != (high != 0)) {
      high = 1;
      break;
    }
    if (code >= 0xD800 && code < 0xDC00) {
      high = code;
      continue;
    }
    if (is_low) code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00);
    high = 0;
    const std::string character = utf8(code);
    if (character.empty()) {
      result.error = "invalid Unicode escape value";
      return result;
    }
    result.value += character;
  }
  if (high != 0) result.error = "invalid Unicode surrogate pair";
  return result;
}

}  // namespace

std::string unicode_escape_error(std::string_view token_text) {
  return read_unicode(token_text).error;
}

std::string string_value(std::string_view token_text, source::Span span, diag::Sink& sink) {
  if (token_text[0] == '$') {
    const size_t tag = token_text.find('$', 1) + 1;
    return std::string(token_text.substr(tag, token_text.size() - 2 * tag));
  }
  if (has_unicode_escapes(token_text)) return read_unicode(token_text).value;
  return StringReader(token_text, span, sink).read();
}

std::string name_value(std::string_view token_text) {
  std::string name;
  if (has_unicode_escapes(token_text)) return read_unicode(token_text).value;
  if (token_text[0] != '"') {
    for (const char c : token_text) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return name;
  }
  for (size_t i = 1; i + 1 < token_text.size(); ++i) {
    name += token_text[i];
    if (token_text[i] == '"') ++i;
  }
  return name;
}

}  // namespace sqlmill::parse
