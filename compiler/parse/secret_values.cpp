#include "compiler/parse/secret_values.h"

#include <SqlMillLexer.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace sqlmill::parse {
namespace {

using antlr4::Token;
using source::Span;
using L = SqlMillLexer;
using Tokens = std::vector<std::unique_ptr<Token>>;

/// Between the name and the value: `=`, but also `==` or `:`, which do not parse.
constexpr size_t kLongestSign = 2;

bool is_word(size_t type) {
  return (type >= L::ALL && type <= L::IDENT) || type == L::QUOTED_IDENT;
}

/// `properties.sasl.password`, or a slip of it.
bool is_secret_name(std::string_view name) {
  for (const std::string_view part : {"passw", "pwd", "secret"}) {
    if (name.find(part) != std::string_view::npos) return true;
  }
  return name.ends_with("key.pem");
}

bool is_string(size_t type) {
  switch (type) {
    case L::STRING:
    case L::ESCAPE_STRING:
    case L::BIT_STRING:
    case L::DOLLAR_STRING:
    case L::UNTERMINATED_STRING:
      return true;
    default:
      return false;
  }
}

bool is_sign(size_t type) {
  switch (type) {
    case L::EQ:
    case L::COLON:
    case L::COLON_EQUALS:
    case L::EQUALS_GREATER:
    case L::UNEXPECTED:
      return true;
    default:
      return false;
  }
}

bool ends_value(size_t type) {
  return type == L::COMMA || type == L::LPAREN || type == L::RPAREN;
}

class Finder {
 public:
  Finder(const source::Source& source, const Tokens& tokens) : source_(source), tokens_(tokens) {
    for (const auto& token : tokens) unterminated_ |= token->getType() == L::UNTERMINATED_STRING;
  }

  std::vector<Span> find() const {
    std::vector<Span> found;
    if (tokens_.size() > 1 && type(0) == L::CREATE && type(1) == L::SECRET) {
      for (size_t i = 2; i + 1 < tokens_.size(); ++i) {
        if (type(i) == L::AS && is_string(type(i + 1))) found.push_back(span(i + 1));
      }
      return found;
    }
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!is_word(type(i)) || type(i + 1) == L::DOT) continue;
      const std::string name = name_that_ends(i);
      if (!is_secret_name(name)) continue;
      const size_t value = behind_sign(i + 1);
      if (value == tokens_.size() || ends_value(type(value))) continue;
      // What is no string may be a column; behind the name of a connector's property it is meant as its
      // value.
      const bool is_property = name.starts_with("properties.") && type(value) != L::SECRET && value != i + 1;
      if (!is_string(type(value)) && !is_property) continue;
      const Span span = whole_value(value);
      if (source_.text(span).find("${") == std::string_view::npos) found.push_back(span);
    }
    return found;
  }

 private:
  size_t type(size_t at) const { return tokens_[at]->getType(); }
  Span span(size_t at) const { return span_of(*tokens_[at]); }

  /// `properties.sasl.password`, of the words and points up to this one.
  std::string name_that_ends(size_t last) const {
    size_t first = last;
    while (first >= 2 && type(first - 1) == L::DOT && is_word(type(first - 2))) first -= 2;
    std::string name;
    for (size_t i = first; i <= last; ++i) name += name_value(source_.text(span(i)));
    return name;
  }

  size_t behind_sign(size_t at) const {
    for (size_t signs = 0; signs < kLongestSign && at < tokens_.size() && is_sign(type(at)); ++signs) ++at;
    return at;
  }

  /// A quote inside a secret cuts it into several words, which stand side by side; and it makes the last
  /// quote of the statement the odd one.
  Span whole_value(size_t value) const {
    Span whole = span(value);
    for (size_t next = value + 1; next < tokens_.size() && !ends_value(type(next)); ++next) {
      const bool adjoins = span(next).begin == whole.end;
      if (!adjoins && !is_string(type(next))) break;
      whole.end = span(next).end;
    }
    if (unterminated_) {
      const size_t line_end = std::min(source_.text().find('\n', whole.begin), source_.text().size());
      whole.end = std::max(whole.end, static_cast<uint32_t>(line_end));
    }
    return whole;
  }

  const source::Source& source_;
  const Tokens& tokens_;
  bool unterminated_ = false;
};

}  // namespace

std::vector<Span> secret_values(const source::Source& source, const Tokens& tokens) {
  return Finder(source, tokens).find();
}

}  // namespace sqlmill::parse
