#include "compiler/parse/lexer_base.h"

#include <vector>

namespace sqlmill::parse {

bool LexerBase::take_comment_body() {
  size_t depth = 1;
  while (depth != 0) {
    const size_t here = _input->LA(1);
    if (here == antlr4::CharStream::EOF) return false;
    const size_t next = _input->LA(2);
    const bool opens = here == '/' && next == '*';
    const bool closes = here == '*' && next == '/';
    if (opens) ++depth;
    if (closes) --depth;
    _input->consume();
    if (opens || closes) _input->consume();
  }
  return true;
}

bool LexerBase::take_dollar_body() {
  std::vector<size_t> tag;
  const auto length = static_cast<ssize_t>(_input->index() - tokenStartCharIndex);
  for (ssize_t i = -length; i < 0; ++i) tag.push_back(_input->LA(i));
  while (true) {
    if (_input->LA(1) == antlr4::CharStream::EOF) return false;
    size_t matched = 0;
    while (matched < tag.size() && _input->LA(static_cast<ssize_t>(matched) + 1) == tag[matched]) ++matched;
    _input->consume();
    if (matched < tag.size()) continue;
    for (size_t i = 1; i < tag.size(); ++i) _input->consume();
    return true;
  }
}

}  // namespace sqlmill::parse
