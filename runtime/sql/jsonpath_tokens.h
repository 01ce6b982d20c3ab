// The words of a jsonpath, by the rules of PostgreSQL's lexer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/sql/context.h"

namespace sqlmill::rt::sql {

struct PathToken {
  enum class Kind : uint8_t { kEnd, kSign, kWord, kString, kVariable, kInteger, kNumber };
  Kind kind = Kind::kEnd;
  std::string text;  // The sign, or the word, string or name without quotes and escapes, or the digits.
  std::string near;  // What an error here says that it is near; empty: the end.

  bool is(std::string_view sign) const { return kind == Kind::kSign && text == sign; }
  /// A keyword: `true`, `false` and `null` in lower case, the others in any.
  bool is_word(std::string_view keyword) const;
};

class PathTokens {
 public:
  PathTokens(Context& context, std::string_view text) : context_(context), text_(text) {}
  /// The end after a failure.
  PathToken next();

 private:
  bool skip_space();
  PathToken number();
  PathToken word();
  PathToken quoted(PathToken::Kind kind);
  bool read_escape(std::string& out);
  bool read_code_points(std::string& out);
  bool read_hex(size_t least, size_t most, uint32_t& code);
  bool append_character(uint32_t code, std::string& out);
  PathToken fail(std::string_view what, std::string_view near);
  bool ends() const { return at_ >= text_.size(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  Context& context_;
  std::string_view text_;
  size_t at_ = 0;
};

/// `syntax error at or near "x" of jsonpath input`.
void fail_jsonpath(Context& context, std::string_view what, std::string_view near);

}  // namespace sqlmill::rt::sql
