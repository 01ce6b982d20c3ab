#include "compiler/parse/session_words.h"

#include <SqlMillLexer.h>
#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace sqlmill::parse {

using source::Span;

std::string lower_word(const source::Source& source, const antlr4::Token& token) {
  std::string text(source.text(span_of(token)));
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

Span SessionWords::place() const {
  return at_end() ? Span{statement_.span.end, statement_.span.end} : span_of(token());
}

bool SessionWords::is(std::string_view word) const {
  return !at_end() && lower_word(source_, token()) == word;
}

bool SessionWords::is_number() const {
  return !at_end() && (token().getType() == SqlMillLexer::NUMBER || is("-") || is("+"));
}

bool SessionWords::take(std::string_view word) {
  if (!is(word)) return false;
  ++next_;
  return true;
}

void SessionWords::expect(std::string_view word) {
  if (!take(word)) fail_here();
}

void SessionWords::expect_end() {
  if (!at_end()) fail_here();
}

std::string SessionWords::previous() const {
  return lower_word(source_, *statement_.tokens[next_ - 1]);
}

void SessionWords::fail(std::string message) {
  sink_.report(diag::Code::kSyntaxError, place(), std::move(message));
  throw Failed{};
}

void SessionWords::fail_here() {
  if (at_end()) fail("syntax error at the end of the statement");
  fail(fmt::format("syntax error at \"{}\"", source_.text(place())));
}

std::string SessionWords::word() {
  if (at_end()) fail_here();
  const std::string text = lower_word(source_, token());
  const bool is_word = !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_');
  if (!is_word) fail_here();
  ++next_;
  return text;
}

ast::Identifier SessionWords::identifier() {
  if (at_end()) fail_here();
  const std::string_view text = source_.text(place());
  const bool is_name = text[0] == '"' || text[0] == '_' ||
                       std::isalpha(static_cast<unsigned char>(text[0])) ||
                       static_cast<unsigned char>(text[0]) >= 0x80;
  const size_t type = token().getType();
  const bool is_reserved = type >= SqlMillLexer::ALL && type <= SqlMillLexer::WITH;
  if (!is_name || is_reserved) fail_here();
  ast::Identifier name{name_value(text), place()};
  ++next_;
  return name;
}

ast::RelationName SessionWords::relation() {
  ast::RelationName name{std::nullopt, identifier(), {}};
  Span span = name.name.span;
  while (take(".")) {
    name.schema = std::move(name.name);
    name.name = identifier();
    span.end = name.name.span.end;
  }
  name.span = span;
  return name;
}

std::string SessionWords::dotted_name() {
  std::string name = at_end() || source_.text(place())[0] != '"' ? word() : identifier().name;
  while (take(".")) name += "." + identifier().name;
  return name;
}

std::string SessionWords::string() {
  const size_t type = at_end() ? antlr4::Token::EOF : token().getType();
  if (type != SqlMillLexer::STRING && type != SqlMillLexer::ESCAPE_STRING &&
      type != SqlMillLexer::DOLLAR_STRING)
    fail_here();
  std::string text = string_value(source_.text(place()), place(), sink_);
  ++next_;
  return text;
}

int64_t SessionWords::integer() {
  const bool negative = take("-");
  if (!negative) take("+");
  if (at_end()) fail_here();
  const std::string_view digits = source_.text(place());
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) fail_here();
  ++next_;
  return negative ? -number : number;
}

std::string SessionWords::value() {
  if (at_end()) fail_here();
  std::string sign;
  if (take("-")) sign = "-";
  if (sign.empty()) take("+");
  if (at_end()) fail_here();
  if (token().getType() == SqlMillLexer::NUMBER || is("*")) {
    std::string number = sign + std::string(source_.text(place()));
    ++next_;
    return number;
  }
  const char first = source_.text(place())[0];
  const size_t type = token().getType();
  if (type == SqlMillLexer::STRING || type == SqlMillLexer::ESCAPE_STRING ||
      type == SqlMillLexer::DOLLAR_STRING)
    return string();
  return first == '"' ? identifier().name : word();
}

ast::TypeName SessionWords::type() {
  ast::TypeName type;
  type.span = place();
  do {
    type.name += (type.name.empty() ? "" : " ") + (is("\"char\"") ? identifier().name : word());
  } while (!at_end() && !is(",") && !is(")") && !is("(") && !is("["));
  if (take("(")) {
    do {
      type.modifiers.push_back(integer());
    } while (take(","));
    expect(")");
  }
  while (take("[")) {
    expect("]");
    type.name += "[]";
  }
  type.span.end = span_of(*statement_.tokens[next_ - 1]).end;
  return type;
}

StatementTokens SessionWords::take_until(size_t end) {
  if (next_ >= end) fail_here();
  StatementTokens part;
  part.span = {span_of(*statement_.tokens[next_]).begin, span_of(*statement_.tokens[end - 1]).end};
  // Places stay known to who looks back: words are copied.
  for (; next_ < end; ++next_)
    part.tokens.push_back(std::make_unique<antlr4::CommonToken>(statement_.tokens[next_].get()));
  return part;
}

StatementTokens SessionWords::rest() {
  return take_until(statement_.tokens.size());
}

StatementTokens SessionWords::rest_as_values() {
  auto values = std::make_unique<antlr4::CommonToken>(statement_.tokens[next_ - 1].get());
  values->setType(SqlMillLexer::VALUES);
  StatementTokens part = rest();
  part.tokens.insert(part.tokens.begin(), std::move(values));
  return part;
}

StatementTokens SessionWords::parenthesised() {
  expect("(");
  size_t open = 1;
  size_t end = next_;
  for (; end < statement_.tokens.size(); ++end) {
    const std::string text = lower_word(source_, *statement_.tokens[end]);
    if (text == "(") ++open;
    if (text == ")" && --open == 0) break;
  }
  StatementTokens part = take_until(end);
  expect(")");
  return part;
}

}  // namespace sqlmill::parse
