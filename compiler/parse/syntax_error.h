// Errors of the grammar in the user's words.
#pragma once

#include <SqlMillParser.h>

#include "compiler/diag/diagnostic.h"
#include "compiler/parse/tokens.h"
#include "compiler/source/source.h"

namespace sqlmill::parse {

/// Stops at the first error and remembers it. ANTLR's own recovery skips words and reports what follows from
/// that.
class FirstError : public antlr4::DefaultErrorStrategy {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  /// The parser is about to run (again). If `collect_at` is the index of a word, everything that could stand
  /// there is collected: not only what the last rule wanted, but also the clauses that were skipped because
  /// they are optional.
  void begin(size_t collect_at = kNone);

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override;
  void recover(antlr4::Parser* parser, std::exception_ptr error) override;
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void sync(antlr4::Parser* parser) override;

  /// Of the word that cannot stand there; the number of words: the end of the statement.
  size_t index() const { return index_; }
  const antlr4::misc::IntervalSet& expected() const { return expected_; }

 private:
  void collect(antlr4::Parser* parser);

  size_t collect_at_ = kNone;
  size_t index_ = kNone;
  antlr4::misc::IntervalSet expected_;
};

/// What to report: where, and what could stand there.
struct SyntaxError {
  size_t index;
  antlr4::misc::IntervalSet expected;
};

/// `parser` has the statement's words, all of them.
void report_syntax_error(const source::Source& source, antlr4::Parser& parser, source::Span statement,
                         const SyntaxError& error, diag::Sink& sink);

}  // namespace sqlmill::parse
