// The translator behind translate_regex (compiled_patterns.h): PostgreSQL's advanced regular expressions in
// RE2's syntax. What RE2 cannot do (references back, looking ahead and behind) is an error. Of the places
// where both mean different things, the choice among several matches is kept (longest, unless the first
// quantifier is a non-greedy one); docs/sql.md lists the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/sql/compiled_patterns.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql::regex {

enum class Greediness : uint8_t { kNone, kGreedy, kShort };

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class Translator {
 public:
  Translator(std::string_view pattern, RegexOptions options) : rest_(pattern), options_(options) {}
  TranslatedRegex run();

 private:
  // Each returns false after an error, or gives the greediness of what it has read.
  bool alternatives(int depth, Greediness& greediness);
  bool branch(int depth, Greediness& greediness);
  bool atom(int depth, Greediness& greediness, bool& is_constraint);
  bool group(int depth, Greediness& greediness);
  bool quantifier(Greediness& greediness);
  bool bound(std::string& quantifier, bool& is_variable);
  bool escape(bool& is_constraint);
  bool word_edge(bool at_start);
  bool bracket();
  bool bracket_element(std::string& out, uint32_t& code, bool& is_class);
  bool named_class(std::string& out);
  bool character_escape(uint32_t& code);
  bool take_hex(size_t digits, uint32_t& code);
  bool prefix();
  bool embedded_options();
  void skip_ignored();

  char peek(size_t i = 0) const { return i < rest_.size() ? rest_[i] : '\0'; }
  bool at_end() const { return rest_.empty(); }
  void skip(size_t count) { rest_.remove_prefix(count); }
  uint32_t take_character() {
    const uint32_t code = utf8_code(rest_);
    skip(utf8_first(rest_));
    return code;
  }

  void literal(uint32_t code) { literal(code, out_); }
  static void literal(uint32_t code, std::string& out) {
    if (code < 0x80 && !is_digit(static_cast<char>(code)) && !is_letter(static_cast<char>(code)) &&
        code != '_') {
      char digits[8];
      const char* const hex = "0123456789abcdef";
      digits[0] = hex[code >> 4];
      digits[1] = hex[code & 15];
      out += "\\x";
      out.append(digits, 2);
    } else {
      append_utf8(code, out);
    }
  }

  bool fail(std::string_view why) {
    if (result_.error.empty()) result_.error = "invalid regular expression: " + std::string(why);
    return false;
  }
  bool unsupported(std::string_view what) {
    if (result_.error.empty()) {
      result_.error = std::string(what);
      result_.code = ErrorCode::kFeatureNotSupported;
    }
    return false;
  }

  static constexpr int kMaxDepth = 200;
  std::string_view rest_;
  RegexOptions options_;
  std::string out_;
  TranslatedRegex result_;
  bool has_greedy_ = false;
  bool has_short_ = false;
  bool after_word_ = false;  // What was written last ends with a word's character.
};

}  // namespace sqlmill::rt::sql::regex
