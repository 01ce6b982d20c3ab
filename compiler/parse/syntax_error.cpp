#include "compiler/parse/syntax_error.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/parse/text_checks.h"

namespace sqlmill::parse {
namespace {

using antlr4::Token;
using antlr4::misc::IntervalSet;
using P = SqlMillParser;
using source::Span;

constexpr size_t kLongestQuote = 60;
constexpr size_t kMostExpected = 4;

bool is_keyword(size_t type) {
  return type >= P::ALL && type < P::IDENT;
}
bool is_reserved(size_t type) {
  return type >= P::ALL && type <= P::WITH;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

/// SELECT, "(".
std::string display(size_t type, const antlr4::dfa::Vocabulary& vocabulary) {
  if (type == P::QUERY_OPEN) return "\"(\"";
  if (type == Token::EOF) return "the end of the statement";
  std::string name = vocabulary.getLiteralName(type);
  if (name.size() < 2) return "";
  name = name.substr(1, name.size() - 2);
  return is_keyword(type) ? upper(name) : "\"" + name + "\"";
}

/// What may follow any operand. Never what the user forgot, so it says nothing in a hint.
bool continues_expression(size_t type) {
  switch (type) {
    case P::AND:
    case P::OR:
    case P::NOT:
    case P::IS:
    case P::ISNULL:
    case P::NOTNULL:
    case P::LIKE:
    case P::ILIKE:
    case P::SIMILAR:
    case P::BETWEEN:
    case P::IN:
    case P::AT:
    case P::COLLATE:
    case P::ESCAPE:
    case P::OPERATOR_WORD:
    case P::OVER:
    case P::OVERLAPS:
    case P::FILTER:
    case P::WITHIN:
    case P::IGNORE:
    case P::RESPECT:
    case P::STRING:
    case P::ESCAPE_STRING:
    case P::DOLLAR_STRING:
    case P::LPAREN:
    case P::LBRACKET:
    case P::TYPECAST:
    case P::EQ:
    case P::NEQ:
    case P::LT:
    case P::LTE:
    case P::GT:
    case P::GTE:
    case P::PLUS:
    case P::MINUS:
    case P::STAR:
    case P::SLASH:
    case P::PERCENT:
    case P::CARET:
    case P::OPERATOR:
    case P::SHIFT_RIGHT:
      return true;
    default:
      return false;
  }
}

class Reporter {
 public:
  Reporter(const source::Source& source, antlr4::Parser& parser, Span statement, const SyntaxError& error)
      : source_(source),
        tokens_(*parser.getTokenStream()),
        statement_(statement),
        error_(error),
        vocabulary_(parser.getVocabulary()) {}

  void report(diag::Sink& sink) {
    find_parentheses();
    const bool unwanted_query = token(error_.index).getType() == P::QUERY_OPEN && expects(P::LPAREN);
    if (unwanted_query) {
      sink.report(diag::Code::kSyntaxError, place(error_.index + 1), message(error_.index + 1),
                  "a query cannot stand here, unless in parentheses of its own");
      return;
    }
    if (previous_type() == P::LIKE && expects(P::LPAREN) && !expects_expression()) {
      // Only a call of the function like() begins with LIKE; nobody meant one.
      const bool is_operator =
          !is_end(error_.index) && (type(error_.index) == P::STRING || type(error_.index) == P::IDENT);
      sink.report(
          diag::Code::kSyntaxError, place(error_.index - 1), message(error_.index - 1),
          is_operator ? "expected an expression" : "LIKE is a reserved word; as a name, write \"like\"");
      return;
    }
    if (error_.index > 0 && !misspelt(error_.index - 1, 4).empty() && !at_end_of_open_name()) {
      // `SELECT a FORM t`: the error shows at t, FORM was taken as a name for a.
      if (misspelt(error_.index, 3).empty()) {
        sink.report(diag::Code::kSyntaxError, place(error_.index - 1), message(error_.index - 1),
                    misspelt(error_.index - 1, 4));
        return;
      }
    }
    sink.report(diag::Code::kSyntaxError, place(error_.index), message(error_.index), hint());
  }

 private:
  const Token& token(size_t index) const { return *tokens_.get(index); }
  bool is_end(size_t index) const { return token(index).getType() == Token::EOF; }
  Span place(size_t index) const {
    return is_end(index) ? Span{statement_.end, statement_.end} : span_of(token(index));
  }
  std::string_view text(size_t index) const { return source_.text(place(index)); }

  std::string message(size_t index) const {
    if (is_end(index)) return "syntax error at the end of the statement";
    std::string_view quoted = text(index);
    quoted = quoted.substr(0, quoted.find('\n'));
    size_t length = 0;
    while (length < quoted.size() && length < kLongestQuote)
      length += std::max<size_t>(utf8_length(quoted.substr(length)), 1);
    const bool cut = length < text(index).size();
    return fmt::format("syntax error at \"{}{}\"", quoted.substr(0, length), cut ? "…" : "");
  }

  bool expects(size_t type) const { return error_.expected.contains(type); }
  bool expects_expression() const { return expects(P::NUMBER) && expects(P::IDENT) && expects(P::LPAREN); }
  bool follows_operand() const { return expects(P::TYPECAST); }
  size_t type(size_t index) const { return token(index).getType(); }
  size_t previous_type() const { return error_.index == 0 ? Token::EOF : type(error_.index - 1); }

  std::vector<size_t> expected_types() const {
    std::vector<size_t> types;
    for (const ssize_t type : error_.expected.toList()) types.push_back(static_cast<size_t>(type));
    return types;
  }

  /// `did you mean "FROM"?` if the word is a name like a keyword that could stand at the error.
  std::string misspelt(size_t index, size_t shortest) const {
    if (is_end(index) || token(index).getType() != P::IDENT) return "";
    std::vector<std::string> keywords;
    for (const size_t type : expected_types()) {
      const std::string name = is_keyword(type) ? display(type, vocabulary_) : "";
      if (name.size() >= shortest) keywords.push_back(name);
    }
    return diag::did_you_mean(upper(text(index)), keywords);
  }

  /// A word that had to be a name there is not a misspelt keyword: `CREATE TABLE form x`.
  bool at_end_of_open_name() const { return !follows_operand() && !after_alias(); }
  /// Where an alias may have swallowed a keyword, clauses of a query can follow.
  bool after_alias() const {
    return expects(P::WHERE) || expects(P::FROM) || expects(P::UNION) || expects(P::SET);
  }

  void find_parentheses() {
    std::vector<size_t> open;
    for (size_t i = 0; !is_end(i); ++i) {
      const size_t type = token(i).getType();
      if (type == P::LPAREN || type == P::QUERY_OPEN) open.push_back(i);
      if (type != P::RPAREN) continue;
      if (open.empty() && i == error_.index) closes_nothing_ = true;
      if (!open.empty()) open.pop_back();
    }
    if (!open.empty() && open.back() < error_.index) unclosed_ = open.back();
  }

  std::string hint() const {
    if (std::string keyword = misspelt(error_.index, 3); !keyword.empty()) return keyword;
    if (closes_nothing_) return "there is no \"(\" that it could close";
    const bool end = is_end(error_.index);
    if (unclosed_ != kNone && (end || expects(P::RPAREN))) {
      const source::Position position = source_.position(place(unclosed_).begin);
      return fmt::format("expected \")\": the \"(\" in line {}, column {} is not closed", position.line,
                         position.column);
    }
    if (std::string habit = habit_of_other_languages(); !habit.empty()) return habit;
    const bool reserved = !end && is_reserved(type(error_.index));
    const bool closing = !end && type(error_.index) == P::RPAREN;
    if (previous_type() == P::COMMA && (reserved || closing)) {
      return fmt::format("remove the comma before {}", closing ? "\")\"" : upper(text(error_.index)));
    }
    if (reserved && expects(P::IDENT) && !follows_operand() && stands_for_name())
      return as_a_name(error_.index);
    // SELECT may have no columns, so that ORDER and GROUP begin a clause there.
    if ((previous_type() == P::ORDER || previous_type() == P::GROUP) && error_.index >= 2 &&
        type(error_.index - 2) == P::SELECT)
      return as_a_name(error_.index - 1);
    if (error_.index == 0) return "expected CREATE, INSERT, UPDATE or DELETE";
    if (previous_type() == P::CREATE) return "expected SOURCE, TABLE, MATERIALIZED VIEW, VIEW, SINK or INDEX";
    return expected_words();
  }

  std::string as_a_name(size_t index) const {
    const std::string_view word = text(index);
    return fmt::format("{} is a reserved word; as a name, write \"{}\"", upper(word), name_value(word));
  }

  std::string habit_of_other_languages() const {
    if (is_end(error_.index)) return "";
    const size_t here = type(error_.index);
    const size_t before = previous_type();
    if (here == P::EQ && before == P::EQ) return "equality is written with a single =";
    if (here == P::STRING && (before == P::STRING || before == P::ESCAPE_STRING))
      return "two strings in a row are joined with ||";
    return "";
  }

  /// A reserved word before something that cannot follow it as a keyword.
  bool stands_for_name() const {
    if (!expects_expression()) return true;
    switch (type(error_.index + 1)) {
      case P::IDENT:
      case P::QUOTED_IDENT:
      case P::NUMBER:
      case P::STRING:
      case P::LPAREN:
      case P::QUERY_OPEN:
      case P::BY:
        return false;
      default:
        return true;
    }
  }

  std::string expected_words() const {
    if (expects_expression()) return "expected an expression";
    std::vector<std::string> words;
    const auto add = [&](std::string word) {
      if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end())
        words.push_back(std::move(word));
    };
    const bool operand = follows_operand();
    const bool name = expects(P::IDENT) && !operand;
    if (name) add("a name");
    if (expects(P::STRING) && !operand) add("a string");
    if (expects(P::NUMBER)) add("a number");
    for (const size_t type : expected_types()) {
      // BETWEEN waits for its AND; elsewhere AND and OR come together.
      const bool and_of_between = type == P::AND && !expects(P::OR);
      const bool hidden = type == P::DOT || (operand && continues_expression(type) && !and_of_between) ||
                          (expects(P::IDENT) && is_keyword(type) && !is_reserved(type));
      if (!hidden && type != Token::EOF) add(display(type, vocabulary_));
    }
    if (words.empty() && expects(Token::EOF)) add(display(Token::EOF, vocabulary_));
    if (words.size() > kMostExpected && expects(P::COMMA)) {
      if (expects(P::RPAREN)) return "expected \",\" or \")\"";
      if (expects(P::FROM)) return "expected \",\" or FROM";
    }
    if (words.empty() || words.size() > kMostExpected) return name ? "expected a name" : "";
    std::string result = "expected " + words[0];
    for (size_t i = 1; i < words.size(); ++i) result += (i + 1 == words.size() ? " or " : ", ") + words[i];
    return result;
  }

  static constexpr size_t kNone = static_cast<size_t>(-1);

  const source::Source& source_;
  const antlr4::TokenStream& tokens_;
  Span statement_;
  const SyntaxError& error_;
  const antlr4::dfa::Vocabulary& vocabulary_;
  size_t unclosed_ = kNone;
  bool closes_nothing_ = false;
};

}  // namespace

void report_syntax_error(const source::Source& source, antlr4::Parser& parser, Span statement,
                         const SyntaxError& error, diag::Sink& sink) {
  Reporter(source, parser, statement, error).report(sink);
}

}  // namespace sqlmill::parse
