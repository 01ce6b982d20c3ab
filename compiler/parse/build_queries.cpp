// SELECT, VALUES, set operations, WITH, ORDER BY and what follows it.
#include <algorithm>
#include <bit>

#include "compiler/parse/builder.h"

namespace sqlmill::parse {

using source::Span;

namespace {

template <typename T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

ast::QueryPtr Builder::query(P::QueryContext* tree) {
  return query(tree->withClause(), tree->queryWithoutWith());
}

ast::QueryPtr Builder::query(P::WithClauseContext* with, P::QueryWithoutWithContext* rest) {
  const Levels levels(*this, 1, span(rest));
  ast::QueryPtr result = query_body(rest->queryBody());
  if (with != nullptr) with_clause(with, *result);
  if (P::OrderByContext* order = rest->orderBy()) {
    // `(SELECT … ORDER BY a) ORDER BY b`: the parentheses do not make a query of their own.
    if (!result->order_by.empty())
      fail(span(order), "more than one ORDER BY", "leave out the ORDER BY in the parentheses");
    result->order_by = order_by(order);
  }
  for (P::QueryTailContext* tail : rest->queryTail()) query_tail(tail, *result);
  result->span = with != nullptr ? join(span(with), span(rest)) : span(rest);
  return result;
}

template <class Statement>
void Builder::with_clause(P::WithClauseContext* tree, Statement& query_of) {
  std::vector<ast::CommonTable> tables;
  for (P::CommonTableContext* table : tree->commonTable()) {
    ast::CommonTable common;
    common.name = identifier(table->identifier());
    if (table->query() == nullptr) {
      sink_.report(diag::Code::kNotSupported, span(table),
                   "not supported yet: INSERT, UPDATE and DELETE in WITH",
                   "write them as statements of their own, between BEGIN and COMMIT");
      throw Abandoned{};
    }
    common.column_aliases = identifiers(table->columnList());
    common.query = query(table->query());
    search_and_cycle(table, common);
    tables.push_back(std::move(common));
  }
  query_of.recursive = query_of.recursive || tree->RECURSIVE() != nullptr;
  append(tables, std::move(query_of.with));
  query_of.with = std::move(tables);
}

template void Builder::with_clause(P::WithClauseContext* tree, ast::Insert& insert);
template void Builder::with_clause(P::WithClauseContext* tree, ast::Update& update);
template void Builder::with_clause(P::WithClauseContext* tree, ast::Delete& del);

ast::QueryPtr Builder::query_body(P::QueryBodyContext* tree) {
  const std::vector<P::QueryPrimaryContext*> primaries = tree->queryPrimary();
  if (primaries.size() == 1) return query_primary(primaries[0]);
  const Levels levels(*this, primaries.size(), span(tree));
  const std::vector<P::SetOperatorContext*> operators = tree->setOperator();
  const auto combine = [&](ast::QueryPtr left, ast::QueryPtr right, P::SetOperatorContext* op) {
    auto result = std::make_unique<ast::Query>();
    result->span = join(left->span, right->span);
    std::string name = op->UNION() != nullptr ? "union" : op->EXCEPT() != nullptr ? "except" : "intersect";
    result->body =
        ast::SetOperation{std::move(name), op->ALL() != nullptr, std::move(left), std::move(right), span(op)};
    return result;
  };
  // INTERSECT binds tighter than the others.
  ast::QueryPtr left;
  P::SetOperatorContext* pending = nullptr;
  ast::QueryPtr current = query_primary(primaries[0]);
  for (size_t i = 0; i < operators.size(); ++i) {
    ast::QueryPtr next = query_primary(primaries[i + 1]);
    if (operators[i]->INTERSECT() != nullptr) {
      current = combine(std::move(current), std::move(next), operators[i]);
      continue;
    }
    left = pending == nullptr ? std::move(current) : combine(std::move(left), std::move(current), pending);
    pending = operators[i];
    current = std::move(next);
  }
  return pending == nullptr ? std::move(current) : combine(std::move(left), std::move(current), pending);
}

ast::QueryPtr Builder::query_primary(P::QueryPrimaryContext* tree) {
  if (P::QueryContext* inner = tree->query()) {
    ast::QueryPtr result = query(inner);
    result->span = span(tree);
    return result;
  }
  auto result = std::make_unique<ast::Query>();
  result->span = span(tree);
  if (P::SelectContext* inner = tree->select()) {
    result->body = select(inner, result->only_ad_hoc);
  } else if (P::QualifiedNameContext* table = tree->qualifiedName()) {
    // TABLE t is SELECT * FROM t.
    ast::Select all;
    all.span = span(tree);
    all.items.push_back({make(span(tree->TABLE()), ast::Star{}), std::nullopt});
    all.from.emplace_back();
    all.from[0].span = span(table);
    all.from[0].source = ast::TableName{relation(table)};
    result->body = std::move(all);
  } else {
    result->body = ast::ValuesRows{values(tree, false), span(tree)};
  }
  return result;
}

std::vector<std::vector<ast::ExprPtr>> Builder::values(P::QueryPrimaryContext* tree, bool allow_default) {
  std::vector<std::vector<ast::ExprPtr>> rows;
  for (P::ValuesRowContext* row_tree : tree->valuesRow()) {
    std::vector<ast::ExprPtr> row;
    for (P::ValuesItemContext* item : row_tree->valuesItem()) {
      if (item->DEFAULT() != nullptr && !allow_default) {
        fail(span(item), "syntax error at \"DEFAULT\"", "DEFAULT is for the rows of an INSERT");
      }
      row.push_back(item->DEFAULT() != nullptr ? nullptr : expr(item->expr()));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

ast::Select Builder::select(P::SelectContext* tree, std::vector<ast::UnsupportedClause>& only_ad_hoc) {
  ast::Select result;
  result.span = span(tree);
  if (P::DistinctContext* distinct = tree->distinct()) {
    result.distinct = distinct->ON() == nullptr;
    result.distinct_on = exprs(distinct->expr());
    if (distinct->ON() != nullptr)
      only_ad_hoc.push_back(unsupported(distinct, "DISTINCT ON", "use GROUP BY with min and max"));
  }
  if (tree->distinct() != nullptr && tree->selectItem().empty())
    fail(span(tree->distinct()), "SELECT DISTINCT without columns", "list at least one column");
  for (P::SelectItemContext* item : tree->selectItem()) result.items.push_back(select_item(item));
  if (tree->fromClause() != nullptr) result.from = from(tree->fromClause()->fromItem());
  if (tree->whereClause() != nullptr) result.where = expr(tree->whereClause()->expr());
  if (P::GroupByContext* group_by = tree->groupBy()) {
    result.has_group_by = true;
    result.group_distinct = group_by->DISTINCT() != nullptr;
    for (P::GroupItemContext* item : group_by->groupItem()) result.group_by.push_back(group_item(item));
  }
  if (tree->having() != nullptr) result.having = expr(tree->having()->expr());
  if (P::WindowClauseContext* window = tree->windowClause()) {
    windows(window, result);
    only_ad_hoc.push_back(unsupported(window, "the WINDOW clause"));
  }
  return result;
}

ast::SelectItem Builder::select_item(P::SelectItemContext* tree) {
  ast::SelectItem item;
  if (tree->EXCEPT() != nullptr) {
    item.expr = unsupported_expr(span(tree), "SELECT * EXCEPT (…)", "list the columns");
  } else if (tree->STAR() != nullptr) {
    item.expr = make(span(tree), ast::Star{});
  } else {
    item.expr = expr(tree->expr()[0]);
  }
  if (tree->label() != nullptr) item.alias = identifier(tree->label());
  if (tree->bareAlias() != nullptr) item.alias = identifier(tree->bareAlias());
  return item;
}

ast::GroupItem Builder::group_item(P::GroupItemContext* tree) {
  const Levels levels(*this, 1, span(tree));
  ast::GroupItem item{ast::GroupItemKind::kEmpty, nullptr, {}, span(tree)};
  if (tree->expr() != nullptr) {
    item.kind = ast::GroupItemKind::kExpr;
    item.expr = expr(tree->expr());
  } else if (!tree->groupItem().empty()) {
    item.kind = tree->ROLLUP() != nullptr ? ast::GroupItemKind::kRollup
                : tree->CUBE() != nullptr ? ast::GroupItemKind::kCube
                                          : ast::GroupItemKind::kSets;
    for (P::GroupItemContext* inner : tree->groupItem()) item.items.push_back(group_item(inner));
  }
  return item;
}

std::vector<ast::OrderItem> Builder::order_by(P::OrderByContext* tree) {
  std::vector<ast::OrderItem> items;
  for (P::OrderItemContext* item : tree->orderItem()) items.push_back(order_item(item));
  return items;
}

ast::OrderItem Builder::order_item(P::OrderItemContext* tree) {
  ast::OrderItem item;
  item.expr = expr(tree->expr());
  item.descending = tree->DESC() != nullptr;
  if (tree->NULLS() != nullptr) item.nulls_first = tree->FIRST() != nullptr;
  return item;
}

void Builder::query_tail(P::QueryTailContext* tree, ast::Query& result) {
  const auto once = [&](const ast::ExprPtr& expr, const char* word) {
    if (expr != nullptr) fail(span(tree), std::string("more than one ") + word);
  };
  switch (tree->getStart()->getType()) {
    case P::LIMIT:
      once(result.limit, "LIMIT");
      if (tree->ALL() == nullptr) result.limit = value(tree->value());
      result.only_ad_hoc.push_back(
          unsupported(tree, "LIMIT", "leave it out here; a reader of the view can use LIMIT"));
      return;
    case P::OFFSET:
      once(result.offset, "OFFSET");
      result.offset = value(tree->value());
      result.only_ad_hoc.push_back(
          unsupported(tree, "OFFSET", "leave it out here; a reader of the view can use OFFSET"));
      return;
    case P::FETCH:
      once(result.limit, "LIMIT");
      result.limit =
          tree->value() != nullptr ? value(tree->value()) : make(span(tree), ast::NumberLiteral{"1"});
      result.with_ties = tree->TIES() != nullptr;
      result.only_ad_hoc.push_back(
          unsupported(tree, "FETCH FIRST", "leave it out here; a reader of the view can use LIMIT"));
      return;
    default:
      result.unsupported.push_back(
          unsupported(tree, "FOR UPDATE and other row locks",
                      "leave it out: readers and writers do not wait for each other"));
  }
}

}  // namespace sqlmill::parse
