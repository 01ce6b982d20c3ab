// Operands: literals, casts, CASE, parentheses, subqueries.
#include <fmt/format.h>

#include <charconv>

#include "compiler/ast/field_call.h"
#include "compiler/parse/builder.h"

namespace sqlmill::parse {

using source::Span;

std::string Builder::string(P::StringContext* tree) {
  return string_value(text(tree), span(tree), sink_);
}

std::vector<ast::ExprPtr> Builder::exprs(const std::vector<P::ExprContext*>& trees) {
  std::vector<ast::ExprPtr> result;
  result.reserve(trees.size());
  for (P::ExprContext* tree : trees) result.push_back(expr(tree));
  return result;
}

ast::ExprPtr Builder::operand(P::OperandContext* tree) {
  const std::vector<antlr4::tree::ParseTree*>& children = tree->children;
  if (children.size() == 1) return primary(static_cast<P::PrimaryContext*>(children[0]));
  const Levels levels(*this, children.size() - 1, span(tree));
  ast::ExprPtr result = primary(static_cast<P::PrimaryContext*>(children[0]));
  for (size_t i = 1; i < children.size(); ++i) {
    auto* suffix = static_cast<P::PostfixContext*>(children[i]);
    if (suffix->ZONE() == nullptr) {
      result = postfix(suffix, std::move(result));
      continue;
    }
    // The casts after a zone are the zone's: x AT TIME ZONE 'UTC'::text.
    ast::ExprPtr zone = primary(suffix->primary());
    for (; i + 1 < children.size(); ++i) {
      auto* next = static_cast<P::PostfixContext*>(children[i + 1]);
      if (next->TYPECAST() == nullptr) break;
      zone = postfix(next, std::move(zone));
    }
    const Span whole = join(result->span, zone->span);
    ast::Call call;
    call.name = {"timezone", join(span(suffix->AT()), span(suffix->ZONE()))};
    call.arguments.push_back(std::move(zone));
    call.arguments.push_back(std::move(result));
    result = make(whole, std::move(call));
  }
  return result;
}

ast::ExprPtr Builder::postfix(P::PostfixContext* tree, ast::ExprPtr operand) {
  const Span whole = join(operand->span, span(tree));
  if (tree->TYPECAST() != nullptr)
    return make(whole, ast::CastTo{std::move(operand), scalar_type(tree->scalarType())});
  if (tree->COLLATE() != nullptr) {
    ast::Identifier collation = tree->DEFAULT() != nullptr ? ast::Identifier{"default", span(tree->DEFAULT())}
                                                           : identifier(tree->identifier().back());
    return make(whole, ast::Collate{std::move(operand), std::move(collation)});
  }
  if (auto* cast = std::get_if<ast::CastTo>(&operand->node)) {
    // x::int[]: an array type; (x::int)[1] has its parentheses in the span, and an operand that ends before
    // it.
    const bool of_type = cast->type.span.end == operand->span.end;
    if (of_type) {
      cast->type.name += "[]";
      cast->type.span.end = whole.end;
      operand->span = whole;
      return operand;
    }
  }
  ast::Subscript subscript{std::move(operand), nullptr, nullptr, tree->COLON() != nullptr};
  for (P::ExprContext* bound : tree->expr()) {
    const bool is_upper = tree->COLON() != nullptr && span(bound).begin > span(tree->COLON()).begin;
    (is_upper ? subscript.upper : subscript.lower) = expr(bound);
  }
  if (!subscript.is_slice && !subscript.lower)
    fail(span(tree), "syntax error at \"]\"", "an array has a number here");
  return make(whole, std::move(subscript));
}

ast::ExprPtr Builder::primary(P::PrimaryContext* tree) {
  const Span place = span(tree);
  if (P::LiteralContext* inner = tree->literal()) return literal(inner);
  if (P::NameContext* inner = tree->name()) return name(inner);
  if (P::TimeLiteralContext* inner = tree->timeLiteral()) return time_literal(inner);
  if (P::SpecialCallContext* inner = tree->specialCall()) return special_call(inner);
  if (P::CaseExprContext* inner = tree->caseExpr()) return case_expr(inner);
  if (P::CurrentValueContext* inner = tree->currentValue()) return current_value(inner);
  if (tree->PARAMETER() != nullptr) return parameter(tree->PARAMETER());
  if (P::ArrayItemsContext* items = tree->arrayItems()) return array_items(items, place);
  if (P::QueryContext* inner = tree->query()) {
    return subquery(place, inner,
                    tree->EXISTS() != nullptr  ? ast::SubqueryForm::kExists
                    : tree->ARRAY() != nullptr ? ast::SubqueryForm::kArray
                                               : ast::SubqueryForm::kScalar);
  }
  const std::vector<P::ExprContext*> inner = tree->expr();
  if (tree->ROW() != nullptr || inner.size() != 1) {
    const Levels levels(*this, 1, place);
    return make(place, ast::Row{exprs(inner)});
  }
  if (!tree->DOT().empty()) return field(tree);
  ast::ExprPtr result = expr(inner[0]);
  // The carets of what is around it begin at the parenthesis.
  result->span = place;
  return result;
}

/// `(value).field` is a call whose name nobody can write.
ast::ExprPtr Builder::field(P::PrimaryContext* tree) {
  const Span place = span(tree);
  if (tree->DOT().size() > 1)
    return unsupported_expr(place, "fields of composite values", std::string(ast::kNoFieldsHint));
  const Levels levels(*this, 1, place);
  if (!tree->STAR().empty()) {
    ast::ExprPtr value = expr(tree->expr(0));
    const auto* name = std::get_if<ast::ColumnName>(&value->node);
    if (name != nullptr && name->parts.size() == 1) return make(place, ast::Star{name->parts[0]});
    return make(place, ast::Star{std::nullopt, std::move(value)});
  }
  const ast::Identifier name = identifier(tree->identifier(0));
  ast::Call call;
  call.name = {std::string(ast::kFieldCall), name.span};
  call.arguments.push_back(expr(tree->expr(0)));
  call.arguments.push_back(make(name.span, ast::StringLiteral{name.name}));
  return make(place, std::move(call));
}

ast::ExprPtr Builder::subquery(Span place, P::QueryContext* query_tree, ast::SubqueryForm form) {
  const Levels levels(*this, 1, place);
  return make(place, ast::Subquery{form, query(query_tree)});
}

ast::ExprPtr Builder::array_items(P::ArrayItemsContext* tree, Span place) {
  const Levels levels(*this, 1, place);
  ast::ArrayLiteral array;
  for (P::ArrayItemContext* item : tree->arrayItem()) {
    array.items.push_back(item->expr() != nullptr ? expr(item->expr())
                                                  : array_items(item->arrayItems(), span(item)));
  }
  return make(place, std::move(array));
}

ast::ExprPtr Builder::parameter(Terminal* word) {
  const std::string_view digits = text(word).substr(1);
  uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  // PostgreSQL's bound: the protocol counts them in 16 bits.
  if (number < 1 || number > 65535) fail(span(word), fmt::format("there is no parameter {}", text(word)));
  return make(span(word), ast::Parameter{number});
}

ast::ExprPtr Builder::literal(P::LiteralContext* tree) {
  const Span place = span(tree);
  switch (tree->getStart()->getType()) {
    case P::NULL_P:
      return make(place, ast::NullLiteral{});
    case P::TRUE:
      return make(place, ast::BooleanLiteral{true});
    case P::FALSE:
      return make(place, ast::BooleanLiteral{false});
    case P::NUMBER:
      return make(place, ast::NumberLiteral{std::string(text(tree))});
    case P::BIT_STRING:
      return unsupported_expr(place, "bit strings", "write bytes as '\\x…'::bytea");
    default:
      return make(place, ast::StringLiteral{string(tree->string())});
  }
}

ast::ExprPtr Builder::case_expr(P::CaseExprContext* tree) {
  const Levels levels(*this, 1, span(tree));
  ast::Case result;
  // Before the first branch: the operand; after the last: ELSE.
  bool in_branches = false;
  for (antlr4::tree::ParseTree* child : tree->children) {
    if (auto* branch = dynamic_cast<P::CaseBranchContext*>(child)) {
      in_branches = true;
      const std::vector<P::ExprContext*> pair = branch->expr();
      ast::ExprPtr condition = expr(pair[0]);
      result.branches.emplace_back(std::move(condition), expr(pair[1]));
    } else if (auto* inner = dynamic_cast<P::ExprContext*>(child)) {
      (in_branches ? result.otherwise : result.operand) = expr(inner);
    }
  }
  return make(span(tree), std::move(result));
}

}  // namespace sqlmill::parse
