// The words of a statement, one after the other.
#pragma once

#include <string>
#include <string_view>

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/parse/tokens.h"

namespace sqlmill::parse {

/// As written, letters A to Z in lower case; a quoted name keeps its quotes, so it is no keyword.
std::string lower_word(const source::Source& source, const antlr4::Token& token);

class SessionWords {
 public:
  /// Thrown after an error was reported.
  struct Failed {};

  SessionWords(const source::Source& source, diag::Sink& sink, StatementTokens statement)
      : source_(source), sink_(sink), statement_(std::move(statement)) {}

  bool at_end() const { return next_ == statement_.tokens.size(); }
  /// Of the next word; at the end an empty place behind the last.
  source::Span place() const;
  /// Whether the next word is this one: a word in lower case, or a sign.
  bool is(std::string_view word) const;
  bool is_number() const;
  bool has_more_than_a_name() const { return next_ + 1 < statement_.tokens.size(); }
  bool take(std::string_view word);
  void expect(std::string_view word);
  void expect_end();
  /// The word that was taken last, in lower case.
  std::string previous() const;

  std::string word();
  ast::Identifier identifier();
  ast::RelationName relation();
  /// `a.b` as one text.
  std::string dotted_name();
  std::string string();
  int64_t integer();
  /// A string, a number with its sign or a word, as the text that it stands for.
  std::string value();
  ast::TypeName type();
  /// All words from here on.
  StatementTokens rest();
  /// The same behind VALUES.
  StatementTokens rest_as_values();
  /// What is within the parentheses that open here.
  StatementTokens parenthesised();

  [[noreturn]] void fail(std::string message);

 private:
  [[noreturn]] void fail_here();
  const antlr4::Token& token() const { return *statement_.tokens[next_]; }
  StatementTokens take_until(size_t end);

  const source::Source& source_;
  diag::Sink& sink_;
  StatementTokens statement_;
  size_t next_ = 0;
};

}  // namespace sqlmill::parse
