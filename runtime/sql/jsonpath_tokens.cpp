#include "runtime/sql/jsonpath_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

using Kind = PathToken::Kind;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// What a word is made of.
bool is_plain(char c) {
  constexpr std::string_view kSpecial = "?%$.[]{}()|&!=<>@#,*:-+/\\\"";
  return c != '\0' && !is_blank(c) && kSpecial.find(c) == std::string_view::npos;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char letter = lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

bool PathToken::is_word(std::string_view keyword) const {
  if (kind != Kind::kWord) return false;
  if (keyword == "true" || keyword == "false" || keyword == "null") return text == keyword;
  return std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(),
                    [](char a, char b) { return lower(a) == b; });
}

void fail_jsonpath(Context& context, std::string_view what, std::string_view near) {
  context.fail(ErrorCode::kSyntaxError,
               near.empty() ? fmt::format("{} at end of jsonpath input", what)
                            : fmt::format("{} at or near \"{}\" of jsonpath input", what, near));
}

PathToken PathTokens::fail(std::string_view what, std::string_view near) {
  fail_jsonpath(context_, what, near);
  return {};
}

/// White space and comments; false after a failure.
bool PathTokens::skip_space() {
  for (;;) {
    while (!ends() && is_blank(peek())) ++at_;
    if (peek() != '/' || peek(1) != '*') return true;
    const size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) {
      fail("unexpected end of comment", "");
      return false;
    }
    at_ = end + 2;
  }
}

PathToken PathTokens::next() {
  if (!skip_space() || ends()) return {};
  const char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
  if (c == '"') return quoted(Kind::kString);
  if (c == '$' && peek(1) == '"') {
    ++at_;
    return quoted(Kind::kVariable);
  }
  if (c == '$' && is_plain(peek(1))) {
    const size_t begin = at_++;
    while (is_plain(peek())) ++at_;
    const std::string_view whole = text_.substr(begin, at_ - begin);
    return {Kind::kVariable, std::string(whole.substr(1)), std::string(whole)};
  }
  if (is_plain(c) || c == '\\') return word();
  constexpr std::string_view kPairs[] = {"&&", "||", "**", "<=", "==", "<>", "!=", ">="};
  const std::string_view pair = text_.substr(at_, 2);
  const bool is_pair = std::find(std::begin(kPairs), std::end(kPairs), pair) != std::end(kPairs);
  const std::string_view sign = text_.substr(at_, is_pair ? 2 : 1);
  at_ += sign.size();
  return {Kind::kSign, std::string(sign), std::string(sign)};
}

/// 12, 1.5, 1., .5, 1e3; no zeros before other digits.
PathToken PathTokens::number() {
  const size_t begin = at_;
  const auto digits = [&] {
    while (is_digit(peek())) ++at_;
  };
  const auto taken = [&](size_t more = 0) { return text_.substr(begin, at_ + more - begin); };
  bool is_integer = true;
  if (peek() == '0') {
    ++at_;
  } else {
    digits();
  }
  if (peek() == '.') {
    is_integer = false;
    ++at_;
    digits();
  }
  if (lower(peek()) == 'e') {
    const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if (is_digit(peek(1 + sign))) {
      is_integer = false;
      at_ += 1 + sign;
      digits();
    } else if (sign != 0) {
      return fail("invalid numeric literal", taken(2));
    }
  }
  if (is_plain(peek())) {
    // PostgreSQL's lexer takes what is longer: the number and one character more, which is an error, or a
    // word.
    size_t end = begin;
    while (end < text_.size() && is_plain(text_[end])) ++end;
    if (end <= at_ + 1) return fail("trailing junk after numeric literal", taken(1));
    at_ = begin;
    return word();
  }
  return {is_integer ? Kind::kInteger : Kind::kNumber, std::string(taken()), std::string(taken())};
}

PathToken PathTokens::word() {
  PathToken token{Kind::kWord, "", ""};
  while (is_plain(peek()) || peek() == '\\') {
    if (peek() != '\\') {
      token.text += text_[at_++];
    } else if (!read_escape(token.text)) {
      return {};
    }
  }
  // PostgreSQL has the word when it sees what follows, and that is what its errors are near to.
  for (size_t blank = at_; blank < text_.size() && is_blank(text_[blank]); ++blank)
    token.near += text_[blank];
  return token;
}

PathToken PathTokens::quoted(Kind kind) {
  PathToken token{kind, "", "\""};
  ++at_;
  while (peek() != '"' || ends()) {
    if (ends()) return fail("unexpected end of quoted string", "");
    if (peek() != '\\') {
      token.text += text_[at_++];
    } else if (!read_escape(token.text)) {
      return {};
    }
  }
  ++at_;
  return token;
}

bool PathTokens::read_escape(std::string& out) {
  constexpr std::string_view kNames = "bfnrtv";
  constexpr std::string_view kMeanings = "\b\f\n\r\t\v";
  ++at_;
  if (ends()) {
    fail("unexpected end after backslash", "");
    return false;
  }
  const char name = peek();
  if (name == 'u') return read_code_points(out);
  if (name == 'x') {
    uint32_t code = 0;
    const size_t begin = at_ - 1;
    ++at_;
    if (read_hex(2, 2, code)) return append_character(code, out);
    fail("invalid hexadecimal character sequence", text_.substr(begin, at_ - begin));
    return false;
  }
  const size_t known = kNames.find(name);
  out += known != std::string_view::npos ? kMeanings[known] : name;
  ++at_;
  return true;
}

/// From the u of \u0041 or \u{41} on, and the low surrogate behind a high one.
bool PathTokens::read_code_points(std::string& out) {
  uint32_t high = 0;
  for (;;) {
    const size_t begin = at_ - 1;
    ++at_;
    uint32_t code = 0;
    const bool braces = peek() == '{';
    if (braces) ++at_;
    const bool whole = read_hex(braces ? 1 : 4, braces ? 6 : 4, code);
    if (!whole || (braces && peek() != '}')) {
      fail("invalid Unicode escape sequence", text_.substr(begin, at_ - begin));
      return false;
    }
    if (braces) ++at_;
    const bool is_high = code >= 0xd800 && code < 0xdc00;
    const bool is_low = code >= 0xdc00 && code < 0xe000;
    if (is_low != (high != 0) || (is_high && (peek() != '\\' || peek(1) != 'u'))) {
      context_.fail(ErrorCode::kInvalidTextRepresentation, "invalid input syntax for type jsonpath");
      return false;
    }
    if (!is_high)
      return append_character(is_low ? 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00) : code, out);
    high = code;
    ++at_;
  }
}

bool PathTokens::read_hex(size_t least, size_t most, uint32_t& code) {
  size_t count = 0;
  for (; count < most && hex_digit(peek()) >= 0; ++count)
    code = code << 4 | static_cast<uint32_t>(hex_digit(text_[at_++]));
  return count >= least;
}

bool PathTokens::append_character(uint32_t code, std::string& out) {
  if (code == 0 || code > 0x10ffff) {
    context_.fail(ErrorCode::kUntranslatableCharacter, "unsupported Unicode escape sequence");
    return false;
  }
  append_utf8(code, out);
  return true;
}

}  // namespace sqlmill::rt::sql
