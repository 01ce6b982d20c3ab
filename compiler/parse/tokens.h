// From text to the words of each statement, with all that is checked before ANTLR's parser sees them.
#pragma once

#include <antlr4-runtime.h>

#include <memory>
#include <vector>

#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

namespace sqlmill::parse {

/// Parentheses, brackets, CASE and struct< that may be open at the same place: the parser recurses on them.
inline constexpr size_t kDeepestNesting = 500;
/// PostgreSQL cuts longer names silently, so that two different names become one; here they are an error.
inline constexpr size_t kLongestName = 63;

/// The words of one statement, without its semicolon. Places are bytes of the source.
struct StatementTokens {
  std::vector<std::unique_ptr<antlr4::Token>> tokens;
  source::Span span;
  /// An error inside has been reported; the statement is not to be parsed.
  bool broken = false;
};

struct ScriptTokens {
  // Tokens point to them.
  std::unique_ptr<antlr4::CharStream> stream;
  std::unique_ptr<antlr4::Lexer> lexer;
  std::vector<StatementTokens> statements;
};

ScriptTokens split_statements(const source::Source& source, diag::Sink& sink);

/// The text of a STRING, ESCAPE_STRING or DOLLAR_STRING token, continuations included, quotes and escapes
/// resolved.
std::string string_value(std::string_view token_text, source::Span span, diag::Sink& sink);
/// Whether a STRING or QUOTED_IDENT token is U&'…' or U&"…", perhaps with its UESCAPE.
inline bool has_unicode_escapes(std::string_view token_text) {
  return token_text.size() > 2 && (token_text[0] == 'u' || token_text[0] == 'U') && token_text[1] == '&';
}
/// What is wrong with such a token; empty: nothing.
std::string unicode_escape_error(std::string_view token_text);
/// A name as it is looked up: quotes removed, or letters A to Z in lower case.
std::string name_value(std::string_view token_text);

inline source::Span span_of(const antlr4::Token& token) {
  return {static_cast<uint32_t>(token.getStartIndex()), static_cast<uint32_t>(token.getStopIndex() + 1)};
}

}  // namespace sqlmill::parse
