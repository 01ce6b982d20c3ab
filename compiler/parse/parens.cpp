#include "compiler/parse/parens.h"

#include <SqlMillLexer.h>

namespace sqlmill::parse {
namespace {

using Lexer = SqlMillLexer;

size_t type_at(const StatementTokens& statement, size_t index) {
  return index < statement.tokens.size() ? statement.tokens[index]->getType() : antlr4::Token::EOF;
}

bool begins_query(size_t type) {
  return type == Lexer::SELECT || type == Lexer::VALUES || type == Lexer::WITH || type == Lexer::TABLE;
}

/// After a query in parentheses: the query goes on.
bool continues_query(size_t type) {
  switch (type) {
    case Lexer::UNION:
    case Lexer::INTERSECT:
    case Lexer::EXCEPT:
    case Lexer::ORDER:
    case Lexer::LIMIT:
    case Lexer::OFFSET:
    case Lexer::FETCH:
      return true;
    default:
      return false;
  }
}

/// Before a parenthesis: only a query can follow, or either reading of `((SELECT 1))` means the same.
bool expects_query(size_t type) {
  switch (type) {
    case antlr4::Token::EOF:  // The statement begins.
    case Lexer::ALL:
    case Lexer::ANY:
    case Lexer::AS:
    case Lexer::DISTINCT:
    case Lexer::EXCEPT:
    case Lexer::EXISTS:
    case Lexer::FROM:
    case Lexer::IN:
    case Lexer::INTERSECT:
    case Lexer::JOIN:
    case Lexer::LATERAL:
    case Lexer::SOME:
    case Lexer::UNION:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool check_nesting(const StatementTokens& statement, diag::Sink& sink) {
  size_t open = 0;
  size_t open_structs = 0;
  for (size_t i = 0; i < statement.tokens.size(); ++i) {
    switch (type_at(statement, i)) {
      case Lexer::LPAREN:
      case Lexer::LBRACKET:
      case Lexer::CASE:
        ++open;
        break;
      case Lexer::RPAREN:
      case Lexer::RBRACKET:
      case Lexer::END:
        if (open != 0) --open;
        break;
      case Lexer::STRUCT:
        if (type_at(statement, i + 1) == Lexer::LT) ++open_structs;
        break;
      case Lexer::SHIFT_RIGHT:
        if (open_structs != 0) --open_structs;
        [[fallthrough]];
      case Lexer::GT:
        if (open_structs != 0) --open_structs;
        break;
      default:
        break;
    }
    if (open + open_structs > kDeepestNesting) {
      sink.report(diag::Code::kTooDeep, span_of(*statement.tokens[i]),
                  "more than " + std::to_string(kDeepestNesting) + " levels of nesting",
                  "split the expression");
      return false;
    }
  }
  return true;
}

void split_struct_closers(StatementTokens& statement) {
  size_t open = 0;
  std::vector<std::unique_ptr<antlr4::Token>> words;
  for (size_t i = 0; i < statement.tokens.size(); ++i) {
    const size_t type = type_at(statement, i);
    if (type == Lexer::STRUCT && type_at(statement, i + 1) == Lexer::LT) ++open;
    if (type == Lexer::GT && open != 0) --open;
    if (type == Lexer::SHIFT_RIGHT && open > 1) {
      open -= 2;
      auto& both = static_cast<antlr4::CommonToken&>(*statement.tokens[i]);
      both.setType(Lexer::GT);
      auto second = std::make_unique<antlr4::CommonToken>(&both);
      second->setStartIndex(both.getStopIndex());
      both.setStopIndex(both.getStartIndex());
      words.push_back(std::move(statement.tokens[i]));
      words.push_back(std::move(second));
      continue;
    }
    words.push_back(std::move(statement.tokens[i]));
    // type_at() looks one word ahead only, so what is behind may be moved away.
  }
  statement.tokens = std::move(words);
}

void mark_query_parentheses(StatementTokens& statement) {
  const auto mark = [&](size_t i) {
    static_cast<antlr4::CommonToken&>(*statement.tokens[i]).setType(Lexer::QUERY_OPEN);
  };
  std::vector<size_t> open;
  for (size_t i = 0; i < statement.tokens.size(); ++i) {
    const size_t type = type_at(statement, i);
    if (type == Lexer::LPAREN) {
      open.push_back(i);
      if (begins_query(type_at(statement, i + 1))) mark(i);
      continue;
    }
    if (type != Lexer::RPAREN || open.empty()) continue;
    const size_t opened = open.back();
    open.pop_back();
    const bool opens_outer = !open.empty() && opened == open.back() + 1;
    if (type_at(statement, opened) != Lexer::QUERY_OPEN || !opens_outer) continue;
    // `((query) …`: is the outer one a query's, too?
    const size_t next = type_at(statement, i + 1);
    size_t before = open.back();
    while (before != 0 && type_at(statement, before - 1) == Lexer::LPAREN) --before;
    const size_t context = before == 0 ? antlr4::Token::EOF : type_at(statement, before - 1);
    if (continues_query(next) || (next == Lexer::RPAREN && expects_query(context))) mark(open.back());
  }
}

}  // namespace sqlmill::parse
