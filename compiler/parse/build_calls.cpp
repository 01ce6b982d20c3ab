// Columns and calls, with the calls that have a syntax of their own.
#include <charconv>

#include "compiler/parse/builder.h"

namespace sqlmill::parse {

using source::Span;

ast::ExprPtr Builder::call(const Tree* tree, antlr4::Token* name_token, std::string name,
                           std::vector<ast::ExprPtr> arguments) {
  ast::Call result;
  result.name = {std::move(name), span_of(*name_token)};
  result.arguments = std::move(arguments);
  return make(span(tree), std::move(result));
}

ast::ExprPtr Builder::name(P::NameContext* tree) {
  // Parts, dots, perhaps the arguments or the string.
  std::vector<antlr4::tree::ParseTree*> parts;
  P::CallSuffixContext* call_suffix = tree->callSuffix();
  P::StringContext* string_suffix = tree->string();
  for (antlr4::tree::ParseTree* child : tree->children) {
    const bool dot = dynamic_cast<Terminal*>(child) != nullptr &&
                     static_cast<Terminal*>(child)->getSymbol()->getType() == P::DOT;
    const bool suffix = child == call_suffix || child == string_suffix;
    if (!dot && !suffix) parts.push_back(child);
  }
  if (call_suffix == nullptr && string_suffix == nullptr) return column(tree, parts);

  // A function or a type, perhaps with its schema.
  for (antlr4::tree::ParseTree* part : parts) {
    if (dynamic_cast<Terminal*>(part) != nullptr)
      fail(span(static_cast<Terminal*>(part)), "syntax error at \"*\"");
  }
  const bool qualified = parts.size() > 1;
  ast::Identifier last = identifier(static_cast<Tree*>(parts.back()));
  if (qualified) {
    const ast::Identifier schema = identifier(static_cast<Tree*>(parts[parts.size() - 2]));
    if (parts.size() > 2 ||
        (schema.name != "pg_catalog" && schema.name != "public" && schema.name != "information_schema")) {
      return unsupported_expr(span(tree), "schemas", "functions and types have no schema");
    }
  }
  if (string_suffix != nullptr) {
    ast::TypeName type{last.name, {}, last.span};
    return make(span(tree), ast::TypedLiteral{std::move(type), string(string_suffix)});
  }
  return call(tree, std::move(last));
}

ast::ExprPtr Builder::column(const Tree* place, const std::vector<antlr4::tree::ParseTree*>& parts) {
  std::vector<ast::Identifier> names;
  for (antlr4::tree::ParseTree* part : parts) {
    if (auto* star = dynamic_cast<Terminal*>(part)) {
      if (part != parts.back()) fail(span(star), "syntax error at \"*\"", "nothing can follow .*");
      return make(span(place), ast::Star{names.back()});
    }
    names.push_back(identifier(static_cast<Tree*>(part)));
  }
  // PostgreSQL has a few functions without parentheses; this one is no reserved word.
  const bool unquoted = names.size() == 1 && text(place).size() == names[0].name.size();
  if (unquoted && names[0].name == "current_schema") {
    ast::Call result;
    result.name = names[0];
    return make(span(place), std::move(result));
  }
  return make(span(place), ast::ColumnName{std::move(names)});
}

ast::ExprPtr Builder::call(P::NameContext* tree, ast::Identifier name) {
  P::CallSuffixContext* suffix = tree->callSuffix();
  const Levels levels(*this, 1, span(tree));
  ast::Call result;
  result.name = std::move(name);
  result.distinct = suffix->DISTINCT() != nullptr;
  if (suffix->STAR() != nullptr) result.arguments.push_back(make(span(suffix->STAR()), ast::Star{}));
  for (P::ArgumentContext* argument : suffix->argument()) {
    if (argument->VARIADIC() != nullptr) {
      // Of an array whose elements are written down, they are the arguments.
      ast::ExprPtr array = expr(argument->expr());
      auto* literal = std::get_if<ast::ArrayLiteral>(&array->node);
      if (literal == nullptr)
        return unsupported_expr(span(tree), "VARIADIC arguments", "pass the elements one by one");
      for (ast::ExprPtr& item : literal->items) result.arguments.push_back(std::move(item));
      continue;
    }
    if (argument->identifier() != nullptr) {
      result.names.push_back(identifier(argument->identifier()));
    } else if (!result.names.empty()) {
      fail(span(argument), "positional argument cannot follow named argument");
    }
    result.arguments.push_back(expr(argument->expr()));
  }
  result.within_group = suffix->WITHIN() != nullptr;
  const std::vector<P::OrderByContext*> orders = suffix->orderBy();
  if (orders.size() > 1) fail(span(orders[0]), "cannot use multiple ORDER BY clauses with WITHIN GROUP");
  if (!orders.empty()) result.order_by = order_by(orders[0]);
  if (P::FilterClauseContext* filter = suffix->filterClause()) result.filter = expr(filter->expr());
  result.ignore_nulls = suffix->IGNORE() != nullptr;
  if (P::OverClauseContext* over = suffix->overClause()) {
    result.over = std::make_unique<ast::WindowSpec>();
    if (over->windowSpec() != nullptr) {
      *result.over = window_spec(over->windowSpec());
    } else {
      result.over->base = identifier(over->identifier());
      result.over->is_name = true;
      result.over->span = span(over->identifier());
    }
  }
  return make(span(tree), std::move(result));
}

ast::ExprPtr Builder::special_call(P::SpecialCallContext* tree) {
  const Levels levels(*this, 1, span(tree));
  antlr4::Token* word = tree->getStart();
  const std::vector<P::ExprContext*> inner = tree->expr();
  const std::vector<P::ValueContext*> operands = tree->value();
  std::vector<ast::ExprPtr> arguments;
  switch (word->getType()) {
    case P::CAST: {
      ast::ExprPtr operand = expr(inner[0]);
      return make(span(tree), ast::CastTo{std::move(operand), type_name(tree->typeName())});
    }
    case P::EXTRACT: {
      const Tree* field =
          tree->identifier() != nullptr ? static_cast<Tree*>(tree->identifier()) : tree->string();
      std::string name = tree->string() != nullptr ? string(tree->string()) : name_value(text(field));
      arguments.push_back(make(span(field), ast::StringLiteral{std::move(name)}));
      arguments.push_back(expr(inner[0]));
      return call(tree, word, "extract", std::move(arguments));
    }
    case P::POSITION: {
      // position(a IN b) = strpos(b, a); position has no form with commas, but PostgreSQL's message for it is
      // about types.
      if (operands.size() != 2)
        fail(span(tree->COMMA()[0]), "syntax error at \",\"",
             "write position(part IN text), or strpos(text, part)");
      ast::ExprPtr part = value(operands[0]);
      arguments.push_back(value(operands[1]));
      arguments.push_back(std::move(part));
      return call(tree, word, "strpos", std::move(arguments));
    }
    case P::OVERLAY:
      arguments = exprs(inner);
      for (P::ValueContext* operand : operands) arguments.push_back(value(operand));
      return call(tree, word, "overlay", std::move(arguments));
    case P::TRIM:
      return trim(tree);
    default:
      return substring(tree);
  }
}

ast::ExprPtr Builder::substring(P::SpecialCallContext* tree) {
  if (tree->SIMILAR() != nullptr)
    return unsupported_expr(span(tree), "SUBSTRING … SIMILAR", "use a regular expression function");
  std::vector<ast::ExprPtr> arguments = exprs(tree->expr());
  const std::vector<P::ValueContext*> bounds = tree->value();
  const bool for_first = tree->FOR() != nullptr &&
                         (tree->FROM() == nullptr || span(tree->FOR()).begin < span(tree->FROM()).begin);
  if (for_first && bounds.size() == 1) {
    // FOR alone counts from the first character.
    arguments.push_back(make(span(tree->FOR()), ast::NumberLiteral{"1"}));
    arguments.push_back(value(bounds[0]));
  } else if (for_first) {
    ast::ExprPtr length = value(bounds[0]);
    arguments.push_back(value(bounds[1]));
    arguments.push_back(std::move(length));
  } else {
    for (P::ValueContext* bound : bounds) arguments.push_back(value(bound));
  }
  return call(tree, tree->getStart(), "substr", std::move(arguments));
}

/// TRIM([LEADING|TRAILING|BOTH] [characters] FROM text), TRIM(text [, characters]).
ast::ExprPtr Builder::trim(P::SpecialCallContext* tree) {
  const char* name = tree->LEADING() != nullptr ? "ltrim" : tree->TRAILING() != nullptr ? "rtrim" : "btrim";
  std::vector<ast::ExprPtr> arguments = exprs(tree->expr());
  const bool characters_first = tree->FROM() != nullptr && arguments.size() > 1 && tree->COMMA().empty();
  if (characters_first) std::swap(arguments[0], arguments[1]);
  if (arguments.size() > 2)
    fail(span(tree->COMMA()[0]), "syntax error at \",\"", "write trim(characters FROM text)");
  return call(tree, tree->getStart(), name, std::move(arguments));
}

ast::ExprPtr Builder::current_value(P::CurrentValueContext* tree) {
  antlr4::Token* word = tree->getStart();
  // PostgreSQL's CURRENT_TIMESTAMP is now(); the others are functions of the same name without parentheses.
  std::string name = folded_words(text(tree));
  if (word->getType() == P::CURRENT_TIMESTAMP) name = "now";
  if (word->getType() == P::USER || word->getType() == P::CURRENT_ROLE) name = "current_user";
  ast::ExprPtr result = call(tree, word, std::move(name), {});
  if (tree->NUMBER() == nullptr) return result;
  int64_t digits = 0;
  const std::string_view number = text(tree->NUMBER());
  std::from_chars(number.data(), number.data() + number.size(), digits);
  const char* type = word->getType() == P::LOCALTIME        ? "time"
                     : word->getType() == P::LOCALTIMESTAMP ? "timestamp"
                                                            : "timestamptz";
  return make(span(tree), ast::CastTo{std::move(result), {type, {digits}, span(tree)}});
}

}  // namespace sqlmill::parse
