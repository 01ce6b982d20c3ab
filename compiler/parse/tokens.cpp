#include "compiler/parse/tokens.h"

#include <SqlMillLexer.h>

#include <algorithm>

#include "compiler/parse/parens.h"
#include "compiler/parse/text_checks.h"

namespace sqlmill::parse {
namespace {

using antlr4::CommonToken;
using antlr4::Token;
using diag::Code;
using source::Span;
using TokenPtr = std::unique_ptr<Token>;

/// The source as the lexer reads it: a symbol a byte, so that a token's place is its place in the source;
/// letters in lower case.
class ByteStream : public antlr4::ANTLRInputStream {
 public:
  explicit ByteStream(std::string_view text) {
    _data.reserve(text.size());
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      _data.push_back(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
    }
  }
};

bool is_string(size_t type) {
  return type == SqlMillLexer::STRING || type == SqlMillLexer::ESCAPE_STRING;
}

void report_unexpected(const source::Source& source, Span span, diag::Sink& sink) {
  const auto byte = static_cast<unsigned char>(source.text(span)[0]);
  if (byte < 0x20 || byte == 0x7F) {
    sink.report(Code::kInvalidCharacter, span, "control character in the SQL",
                "remove it, or write it in a string");
    return;
  }
  const bool backtick = byte == '`';
  sink.report(Code::kSyntaxError, span, "syntax error at \"" + std::string(source.text(span)) + "\"",
              backtick ? "names are quoted with double quotes: \"name\"" : "");
}

/// Quotes and spaces that word processors and web pages put in the place of the plain ones; as letters they
/// would become part of a name, and the message would be about a column that nobody wrote.
bool has_typographic_quote(std::string_view name) {
  for (const std::string_view c : {"\u2018", "\u2019", "\u201C", "\u201D", "\u00A0", "\u2003", "\u200B"}) {
    if (name.find(c) != std::string_view::npos) return true;
  }
  return false;
}

/// Reports what is wrong with the word by itself. False if anything is.
bool check_word(const source::Source& source, const Token& token, diag::Sink& sink) {
  Span span = span_of(token);
  const std::string_view text = source.text(span);
  // What is not terminated reaches to the end of the file; only its beginning is of interest.
  const Span first_line{span.begin,
                        span.begin + static_cast<uint32_t>(std::min(text.find('\n'), text.size()))};
  switch (token.getType()) {
    case SqlMillLexer::UNTERMINATED_STRING:
      sink.report(
          Code::kUnterminated, first_line, "unterminated string",
          "the string that begins here is never closed; a quote inside a string is written twice: ''");
      return false;
    case SqlMillLexer::UNTERMINATED_IDENT:
      sink.report(Code::kUnterminated, first_line, "unterminated quoted name",
                  "the name that begins here is never closed; strings have single quotes");
      return false;
    case SqlMillLexer::UNTERMINATED_COMMENT:
      sink.report(Code::kUnterminated, first_line, "unterminated comment",
                  "comments nest: each /* needs its own */");
      return false;
    case SqlMillLexer::INVALID_NUMBER:
      sink.report(Code::kSyntaxError, span, "syntax error at \"" + std::string(text.substr(0, 100)) + "\"",
                  "a name that begins with a digit needs double quotes");
      return false;
    case SqlMillLexer::UNEXPECTED:
      report_unexpected(source, span, sink);
      return false;
    case SqlMillLexer::IDENT:
      if (has_typographic_quote(text)) {
        sink.report(Code::kInvalidCharacter, span, "typographic quote or space in the SQL",
                    "strings have plain single quotes ('), names plain double quotes (\")");
        return false;
      }
      [[fallthrough]];
    case SqlMillLexer::QUOTED_IDENT: {
      const std::string name = name_value(text);
      if (name.empty()) {
        sink.report(Code::kSyntaxError, span, "a quoted name must not be empty");
        return false;
      }
      if (name.size() > kLongestName) {
        sink.report(Code::kIdentifierTooLong, span, "name of " + std::to_string(name.size()) + " bytes",
                    "names have at most " + std::to_string(kLongestName) + " bytes");
        return false;
      }
      return true;
    }
    default:
      return true;
  }
}

/// `'a'` newline `'b'` is one string. The second token goes, the first one reaches over it.
bool continues_string(const source::Source& source, const std::vector<TokenPtr>& tokens, const Token& next) {
  if (tokens.empty() || next.getType() != SqlMillLexer::STRING || !is_string(tokens.back()->getType()))
    return false;
  const std::string_view between = source.text({span_of(*tokens.back()).end, span_of(next).begin});
  return between.find('\n') != std::string_view::npos && between.find("/*") == std::string_view::npos;
}

/// U&'…' and U&"…" are one word in PostgreSQL; the lexer takes them for a column u, & and a string.
bool has_unicode_prefix(const source::Source& source, const std::vector<TokenPtr>& tokens, Span quoted) {
  if (tokens.size() < 2) return false;
  const Span sign = span_of(*tokens.back());
  const Span letter = span_of(*tokens[tokens.size() - 2]);
  const std::string_view u = source.text(letter);
  return letter.end == sign.begin && sign.end == quoted.begin && source.text(sign) == "&" &&
         (u == "u" || u == "U");
}

/// Behind U&'…': the two words UESCAPE '!'. The second one is `next`.
bool ends_unicode_escape(const source::Source& source, const std::vector<TokenPtr>& tokens,
                         const Token& next) {
  if (tokens.size() < 2 || next.getType() != SqlMillLexer::STRING) return false;
  const Token& word = *tokens.back();
  const Token& quoted = *tokens[tokens.size() - 2];
  return word.getType() == SqlMillLexer::IDENT && name_value(source.text(span_of(word))) == "uescape" &&
         (quoted.getType() == SqlMillLexer::STRING || quoted.getType() == SqlMillLexer::QUOTED_IDENT) &&
         has_unicode_escapes(source.text(span_of(quoted)));
}

class Splitter {
 public:
  Splitter(const source::Source& source, diag::Sink& sink) : source_(source), sink_(sink) {}

  void take(TokenPtr token) {
    if (token->getType() == SqlMillLexer::SEMICOLON) {
      finish();
      return;
    }
    // Of signs that are not SQL's, one message a statement is enough.
    const bool repeated = current_.broken && token->getType() == SqlMillLexer::UNEXPECTED;
    if (!repeated && !check_word(source_, *token, sink_)) current_.broken = true;
    if (continues_string(source_, current_.tokens, *token)) {
      static_cast<CommonToken&>(*current_.tokens.back()).setStopIndex(token->getStopIndex());
      return;
    }
    if (ends_unicode_escape(source_, current_.tokens, *token)) {
      current_.tokens.pop_back();
      static_cast<CommonToken&>(*current_.tokens.back()).setStopIndex(token->getStopIndex());
      return;
    }
    const bool is_quoted =
        token->getType() == SqlMillLexer::STRING || token->getType() == SqlMillLexer::QUOTED_IDENT;
    if (is_quoted && has_unicode_prefix(source_, current_.tokens, span_of(*token))) {
      current_.tokens.resize(current_.tokens.size() - 2);
      static_cast<CommonToken&>(*token).setStartIndex(token->getStartIndex() - 2);
    }
    current_.tokens.push_back(std::move(token));
  }

  void finish() {
    if (current_.tokens.empty()) return;
    for (const TokenPtr& token : current_.tokens) check_unicode_escapes(*token);
    current_.span = {span_of(*current_.tokens.front()).begin, span_of(*current_.tokens.back()).end};
    statements_.push_back(std::move(current_));
    current_ = {};
  }

  std::vector<StatementTokens> statements() { return std::move(statements_); }

 private:
  void check_unicode_escapes(const Token& token) {
    const Span span = span_of(token);
    const std::string_view text = source_.text(span);
    const bool is_quoted =
        token.getType() == SqlMillLexer::STRING || token.getType() == SqlMillLexer::QUOTED_IDENT;
    if (!is_quoted || !has_unicode_escapes(text) || current_.broken) return;
    const std::string error = unicode_escape_error(text);
    if (error.empty()) return;
    sink_.report(Code::kInvalidEscape, span, error,
                 "a character is \\ and 4 hexadecimal digits, or \\+ and 6");
    current_.broken = true;
  }

  const source::Source& source_;
  diag::Sink& sink_;
  StatementTokens current_;
  std::vector<StatementTokens> statements_;
};

}  // namespace

ScriptTokens split_statements(const source::Source& source, diag::Sink& sink) {
  const std::vector<Span> bad_bytes = check_characters(source, sink);
  // A byte order mark is not a word; positions stay as they are.
  std::string text(source.text());
  if (text.starts_with("\xEF\xBB\xBF")) text.replace(0, 3, "   ");
  // A bad byte must not become part of a name; the statement around it is not parsed.
  for (const Span& place : bad_bytes) text[place.begin] = ' ';

  ScriptTokens result;
  result.stream = std::make_unique<ByteStream>(text);
  result.lexer = std::make_unique<SqlMillLexer>(result.stream.get());
  result.lexer->removeErrorListeners();
  Splitter splitter(source, sink);
  while (true) {
    TokenPtr token = result.lexer->nextToken();
    if (token->getType() == Token::EOF) break;
    splitter.take(std::move(token));
  }
  splitter.finish();

  result.statements = splitter.statements();
  for (StatementTokens& statement : result.statements) {
    const auto inside =
        std::lower_bound(bad_bytes.begin(), bad_bytes.end(), statement.span.begin,
                         [](const Span& place, uint32_t begin) { return place.begin < begin; });
    if (inside != bad_bytes.end() && inside->begin < statement.span.end) statement.broken = true;
    if (!statement.broken) statement.broken = !check_nesting(statement, sink);
    if (statement.broken) continue;
    split_struct_closers(statement);
    mark_query_parentheses(statement);
  }
  return result;
}

}  // namespace sqlmill::parse
