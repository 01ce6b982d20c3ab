// Operands: literals, casts, CASE, parentheses, subqueries.
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
    return unsupported_expr(whole, "COLLATE",
                            "leave it out: text compares by its bytes, as in collation \"C\"");
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
  return unsupported_expr(whole, "array subscripts");
}

ast::ExprPtr Builder::primary(P::PrimaryContext* tree) {
  const Span place = span(tree);
  if (P::LiteralContext* inner = tree->literal()) return literal(inner);
  if (P::NameContext* inner = tree->name()) return name(inner);
  if (P::TimeLiteralContext* inner = tree->timeLiteral()) return time_literal(inner);
  if (P::SpecialCallContext* inner = tree->specialCall()) return special_call(inner);
  if (P::CaseExprContext* inner = tree->caseExpr()) return case_expr(inner);
  if (P::CurrentValueContext* inner = tree->currentValue()) return current_value(inner);
  if (tree->PARAMETER() != nullptr)
    return unsupported_expr(place, "a parameter ($1)", "write the value itself");
  if (tree->ARRAY() != nullptr)
    return unsupported_expr(place, "arrays", "keep the values in columns of their own, or in a jsonb");
  if (P::QueryContext* inner = tree->query()) {
    return subquery(tree, inner, tree->EXISTS() != nullptr ? "EXISTS" : "scalar subquery");
  }
  const std::vector<P::ExprContext*> inner = tree->expr();
  if (tree->ROW() != nullptr || inner.size() != 1) {
    return unsupported_expr(place, "row values", "compare or list the columns one by one");
  }
  if (!tree->DOT().empty())
    return unsupported_expr(place, "fields of composite values",
                            "keep the fields in columns of their own, or in a jsonb");
  ast::ExprPtr result = expr(inner[0]);
  // The carets of what is around it begin at the parenthesis.
  result->span = place;
  return result;
}

ast::ExprPtr Builder::subquery(const Tree* place, P::QueryContext* query_tree, std::string form) {
  const Levels levels(*this, 1, span(place));
  return make(span(place), ast::Subquery{query(query_tree), std::move(form)});
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
