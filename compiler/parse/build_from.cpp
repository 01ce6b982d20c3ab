// FROM: relations, derived tables, functions and joins.
#include "compiler/parse/builder.h"

namespace sqlmill::parse {
namespace {

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace

ast::FromItem Builder::unsupported_from(const Tree* tree, std::string feature, std::string hint) const {
  ast::FromItem item;
  item.span = span(tree);
  item.source = ast::UnsupportedFrom{std::move(feature), std::move(hint)};
  return item;
}

std::vector<ast::FromItem> Builder::from(const std::vector<P::FromItemContext*>& trees) {
  std::vector<ast::FromItem> items;
  for (P::FromItemContext* tree : trees) items.push_back(from_item(tree));
  return items;
}

ast::FromItem Builder::from_item(P::FromItemContext* tree) {
  const std::vector<P::JoinTailContext*> joins = tree->joinTail();
  if (joins.empty()) return from_primary(tree->fromPrimary());
  const Levels levels(*this, joins.size(), span(tree));
  ast::FromItem left = from_primary(tree->fromPrimary());
  for (P::JoinTailContext* join : joins) {
    if (!join->fromPrimary()->systemTime().empty()) {
      return unsupported_from(tree, "temporal joins (FOR SYSTEM_TIME AS OF PROCTIME())",
                              "a query reads one relation or one subquery");
    }
    left = join_tail(join, std::move(left));
  }
  return left;
}

ast::FromItem Builder::join_tail(P::JoinTailContext* tree, ast::FromItem left) {
  ast::Join join;
  for (antlr4::tree::ParseTree* child : tree->children) {
    if (dynamic_cast<Terminal*>(child) == nullptr) break;
    join.words += (join.words.empty() ? "" : " ") + upper(std::string(text(static_cast<Terminal*>(child))));
  }
  if (tree->ASOF() != nullptr) return unsupported_from(tree, "joins (" + join.words + ")", "");
  join.natural = tree->NATURAL() != nullptr;
  join.kind = tree->CROSS() != nullptr   ? ast::JoinKind::kCross
              : tree->LEFT() != nullptr  ? ast::JoinKind::kLeft
              : tree->RIGHT() != nullptr ? ast::JoinKind::kRight
              : tree->FULL() != nullptr  ? ast::JoinKind::kFull
                                         : ast::JoinKind::kInner;
  const bool conditional = !join.natural && join.kind != ast::JoinKind::kCross;
  const bool has_condition = tree->ON() != nullptr || tree->USING() != nullptr;
  if (conditional && !has_condition)
    fail(span(tree), "join without a condition", "write JOIN … ON …, or CROSS JOIN");
  if (!conditional && has_condition)
    fail(span(tree), join.words + " takes no condition",
         "leave out " + join.words.substr(0, join.words.find(' ')));
  ast::FromItem item;
  item.span = source::join(left.span, span(tree));
  join.left = std::make_unique<ast::FromItem>(std::move(left));
  join.right = std::make_unique<ast::FromItem>(from_primary(tree->fromPrimary()));
  if (tree->ON() != nullptr) join.on = expr(tree->expr());
  join.using_columns = identifiers(tree->columnList());
  if (tree->identifier() != nullptr) join.using_alias = identifier(tree->identifier());
  item.source = std::move(join);
  return item;
}

ast::FromItem Builder::from_primary(P::FromPrimaryContext* tree) {
  ast::FromItem item;
  item.span = span(tree);
  item.lateral = tree->LATERAL() != nullptr;
  if (P::QueryContext* inner = tree->query()) {
    const Levels levels(*this, 1, span(tree));
    item.source = ast::Derived{query(inner)};
  } else if (P::FromItemContext* inner = tree->fromItem()) {
    item = from_item(inner);
    item.span = span(tree);
  } else if (tree->ROWS() != nullptr) {
    ast::RowsFrom rows;
    for (P::FromFunctionContext* function : tree->fromFunction())
      rows.calls.push_back(from_function(function->qualifiedName(), function->argument()));
    rows.ordinality = tree->ORDINALITY() != nullptr;
    item.source = std::move(rows);
  } else if (tree->LPAREN() != nullptr) {
    ast::FunctionCall call = from_function(tree->qualifiedName(), tree->argument());
    call.ordinality = tree->ORDINALITY() != nullptr;
    item.source = std::move(call);
  } else if (!tree->systemTime().empty()) {
    return unsupported_from(tree, "FOR SYSTEM_TIME AS OF", "a query reads one relation or one subquery");
  } else if (item.lateral) {
    fail(span(tree), "syntax error at \"LATERAL\"", "LATERAL is for a subquery or a function");
  } else {
    item.source = ast::TableName{relation(tree->qualifiedName())};
  }
  if (tree->tableAlias() != nullptr) alias(tree->tableAlias(), item);
  return item;
}

ast::FunctionCall Builder::from_function(P::QualifiedNameContext* name,
                                         const std::vector<P::ArgumentContext*>& arguments) {
  ast::FunctionCall call;
  call.name = identifier(name->identifier().back());
  for (P::ArgumentContext* argument : arguments) {
    if (argument->VARIADIC() != nullptr) {
      call.arguments.push_back(
          unsupported_expr(span(argument), "VARIADIC in FROM", "pass the arguments one by one"));
      continue;
    }
    if (argument->identifier() != nullptr) call.names.push_back(identifier(argument->identifier()));
    call.arguments.push_back(expr(argument->expr()));
  }
  return call;
}

ast::Identifier Builder::alias_name(P::TableAliasContext* tree) const {
  return tree->bareAlias() != nullptr ? identifier(tree->bareAlias()) : identifier(tree->identifier());
}

void Builder::alias(P::TableAliasContext* tree, ast::FromItem& item) {
  const bool named = tree->bareAlias() != nullptr || tree->identifier() != nullptr;
  if (named) item.alias = alias_name(tree);
  item.column_aliases = identifiers(tree->columnList());
  if (P::TypedColumnsContext* columns = tree->typedColumns()) {
    for (P::TypedColumnContext* column : columns->typedColumn()) {
      item.column_aliases.push_back(identifier(column->identifier()));
      item.column_types.push_back(type_name(column->typeName()));
    }
  }
}

}  // namespace sqlmill::parse
