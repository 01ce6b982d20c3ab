#include "compiler/parse/syntax_error.h"

namespace sqlmill::parse {

void FirstError::begin(size_t collect_at) {
  collect_at_ = collect_at;
  index_ = kNone;
  expected_.clear();
}

void FirstError::collect(antlr4::Parser* parser) {
  expected_.addAll(parser->getExpectedTokens());
}

void FirstError::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) {
  if (index_ != kNone) return;
  const antlr4::Token* offending = error.getOffendingToken();
  index_ = offending == nullptr ? parser->getInputStream()->index() : offending->getTokenIndex();
  const size_t here = parser->getInputStream()->index();
  if (index_ == here) {
    if (collect_at_ == here) collect(parser);
    return;
  }
  // The parser looked ahead: what it would have taken there is in the states that it was in.
  const auto* no_alternative = dynamic_cast<const antlr4::NoViableAltException*>(&error);
  if (no_alternative == nullptr || no_alternative->getDeadEndConfigs() == nullptr) return;
  for (const auto& config : no_alternative->getDeadEndConfigs()->configs) {
    for (const auto& transition : config->state->transitions) {
      if (!transition->isEpsilon()) expected_.addAll(transition->label());
    }
  }
}

void FirstError::recover(antlr4::Parser* /*parser*/, std::exception_ptr /*error*/) {
  throw antlr4::ParseCancellationException();
}

antlr4::Token* FirstError::recoverInline(antlr4::Parser* parser) {
  reportError(parser, antlr4::InputMismatchException(parser));
  throw antlr4::ParseCancellationException();
}

void FirstError::sync(antlr4::Parser* parser) {
  if (collect_at_ != kNone && parser->getInputStream()->index() == collect_at_) collect(parser);
}

}  // namespace sqlmill::parse
