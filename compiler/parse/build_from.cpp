// FROM: relations, derived tables, and the joins and table functions that are named in a message.
#include "compiler/parse/builder.h"

namespace sqlmill::parse {
namespace {

constexpr const char* kJoinHint = "a query reads one relation or one subquery";

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

std::vector<ast::FromItem> Builder::from(P::FromClauseContext* tree) {
  const std::vector<P::FromItemContext*> trees = tree->fromItem();
  std::vector<ast::FromItem> items;
  if (trees.size() == 1) {
    items.push_back(from_item(trees[0]));
    return items;
  }
  ast::FromItem joined = unsupported_from(tree, "joins (a comma in FROM)", kJoinHint);
  joined.span = {span(trees.front()).begin, span(trees.back()).end};
  items.push_back(std::move(joined));
  return items;
}

ast::FromItem Builder::from_item(P::FromItemContext* tree) {
  const std::vector<P::JoinTailContext*> joins = tree->joinTail();
  if (joins.empty()) return from_primary(tree->fromPrimary());
  for (P::JoinTailContext* join : joins) {
    P::FromPrimaryContext* right = join->fromPrimary();
    if (!right->systemTime().empty()) {
      return unsupported_from(tree, "temporal joins (FOR SYSTEM_TIME AS OF PROCTIME())", kJoinHint);
    }
    const bool conditional = join->NATURAL() == nullptr && join->CROSS() == nullptr;
    const bool has_condition = join->ON() != nullptr || join->USING() != nullptr;
    if (conditional && !has_condition && joins.size() == 1) {
      fail(span(join), "join without a condition", "write JOIN … ON …, or CROSS JOIN");
    }
  }
  P::JoinTailContext* first = joins.front();
  std::string kind;
  for (antlr4::tree::ParseTree* child : first->children) {
    if (dynamic_cast<Terminal*>(child) == nullptr) break;
    kind += upper(std::string(text(static_cast<Terminal*>(child)))) + " ";
  }
  return unsupported_from(tree, "joins (" + kind.substr(0, kind.size() - 1) + ")", kJoinHint);
}

ast::FromItem Builder::from_primary(P::FromPrimaryContext* tree) {
  if (tree->LATERAL() != nullptr) return unsupported_from(tree, "LATERAL", kJoinHint);
  ast::FromItem item;
  item.span = span(tree);
  if (P::QueryContext* inner = tree->query()) {
    const Levels levels(*this, 1, span(tree));
    item.source = ast::Derived{query(inner)};
  } else if (P::FromItemContext* inner = tree->fromItem()) {
    item = from_item(inner);
    item.span = span(tree);
  } else if (tree->LPAREN() != nullptr) {
    const std::string name = identifier(tree->qualifiedName()->identifier().back()).name;
    if (name == "tumble") {
      return unsupported_from(
          tree, "tumbling windows (TUMBLE)",
          "GROUP BY date_trunc('minute', event_ts) makes windows of a minute, an hour or a day");
    }
    if (name == "hop")
      return unsupported_from(tree, "hopping windows (HOP)",
                              "GROUP BY date_trunc('minute', event_ts) makes windows that do not overlap");
    if (name == "session")
      return unsupported_from(tree, "session windows (SESSION)",
                              "GROUP BY a session id that the events carry");
    return unsupported_from(tree, "table functions (" + name + ")", "read a relation or a subquery");
  } else if (!tree->systemTime().empty()) {
    return unsupported_from(tree, "FOR SYSTEM_TIME AS OF", kJoinHint);
  } else {
    item.source = ast::TableName{relation_name(tree->qualifiedName())};
  }
  if (tree->tableAlias() != nullptr) alias(tree->tableAlias(), item);
  return item;
}

ast::Identifier Builder::alias_name(P::TableAliasContext* tree) const {
  return tree->bareAlias() != nullptr ? identifier(tree->bareAlias()) : identifier(tree->identifier());
}

void Builder::alias(P::TableAliasContext* tree, ast::FromItem& item) {
  item.alias = alias_name(tree);
  item.column_aliases = identifiers(tree->columnList());
}

}  // namespace sqlmill::parse
