// What the lexer's actions do in C++: the two tokens that no regular expression describes.
#pragma once

#include <antlr4-runtime.h>

namespace sqlmill::parse {

class LexerBase : public antlr4::Lexer {
 public:
  using antlr4::Lexer::Lexer;

 protected:
  /// After `/*`: takes all up to the matching `*/`; comments nest. False at the end of the text.
  bool take_comment_body();
  /// After `$tag$`: takes all up to the same tag again. False at the end of the text.
  bool take_dollar_body();
};

}  // namespace sqlmill::parse

// The generated lexer is in the global namespace.
using sqlmill::parse::LexerBase;
