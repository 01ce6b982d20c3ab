#include "compiler/ast/printer.h"

namespace sqlmill::ast {

void Printer::unsupported(const std::vector<UnsupportedClause>& clauses) {
  for (const UnsupportedClause& clause : clauses) line("unsupported: " + clause.feature);
}

void Printer::rows(const std::vector<std::vector<ExprPtr>>& rows) {
  for (const std::vector<ExprPtr>& row : rows) {
    line("row");
    const Block block(*this);
    for (const ExprPtr& item : row) {
      if (item == nullptr) {
        line("default");
      } else {
        expr(*item);
      }
    }
  }
}

void Printer::order(const std::string& label, const std::vector<OrderItem>& items) {
  for (const OrderItem& item : items) {
    std::string nulls = !item.nulls_first ? "" : *item.nulls_first ? " nulls first" : " nulls last";
    labelled(label + (item.descending ? " descending" : "") + nulls, item.expr);
  }
}

void Printer::join(const Join& node, const std::string& alias) {
  constexpr const char* kKinds[] = {"inner", "left", "right", "full", "cross"};
  std::string text = std::string(node.natural ? "natural " : "") + kKinds[static_cast<size_t>(node.kind)];
  if (!node.using_columns.empty()) text += " using (" + names(node.using_columns) + ")";
  if (node.using_alias) text += " as " + node.using_alias->name;
  line("from join " + text + alias);
  const Block block(*this);
  from(*node.left);
  from(*node.right);
  labelled("on", node.on);
}

void Printer::from(const FromItem& item) {
  std::string alias = item.alias ? " as " + item.alias->name : "";
  if (!item.column_aliases.empty()) alias += " (" + names(item.column_aliases) + ")";
  const std::string lateral = item.lateral ? "lateral " : "";
  std::visit(Overloaded{
                 [&](const TableName& node) { line("from " + name_text(node.name) + alias); },
                 [&](const Derived& node) {
                   line("from " + lateral + "subquery" + alias);
                   const Block block(*this);
                   query(*node.query);
                 },
                 [&](const FunctionCall& node) {
                   line("from " + lateral + "function " + node.name.name +
                        (node.ordinality ? " with ordinality" : "") + alias);
                   children(node.arguments);
                 },
                 [&](const RowsFrom& node) {
                   line("from " + lateral + "rows" + (node.ordinality ? " with ordinality" : "") + alias);
                   for (const FunctionCall& call : node.calls) {
                     const Block block(*this);
                     line("function " + call.name.name);
                     children(call.arguments);
                   }
                 },
                 [&](const Join& node) { join(node, alias); },
                 [&](const UnsupportedFrom& node) { line("from unsupported: " + node.feature + alias); },
             },
             item.source);
}

void Printer::group_item(const GroupItem& item) {
  constexpr const char* kKinds[] = {"", "()", "rollup", "cube", "grouping sets"};
  if (item.kind == GroupItemKind::kExpr) {
    expr(*item.expr);
    return;
  }
  line(kKinds[static_cast<size_t>(item.kind)]);
  const Block block(*this);
  for (const GroupItem& inner : item.items) group_item(inner);
}

void Printer::items(const std::string& label, const std::vector<SelectItem>& items) {
  for (const SelectItem& item : items)
    labelled(item.alias ? label + " as " + item.alias->name : label, item.expr);
}

void Printer::select(const Select& select) {
  line(select.distinct ? "select distinct" : "select");
  const Block block(*this);
  for (const ExprPtr& key : select.distinct_on) labelled("distinct on", key);
  items("item", select.items);
  for (const FromItem& item : select.from) from(item);
  labelled("where", select.where);
  if (select.has_group_by) {
    line(select.group_distinct ? "group by distinct" : "group by");
    const Block keys(*this);
    for (const GroupItem& item : select.group_by) group_item(item);
  }
  labelled("having", select.having);
  for (const NamedWindow& named : select.windows) {
    line("window " + named.name.name);
    const Block spec(*this);
    window(named.spec);
  }
}

/// Of a set operation: a query with clauses of its own is set off, so that they do not look like the other
/// side's.
void Printer::side(const Query& query_node) {
  const bool plain = query_node.with.empty() && query_node.order_by.empty() && !query_node.limit &&
                     !query_node.offset && query_node.unsupported.empty();
  if (plain) {
    query(query_node);
    return;
  }
  line("query");
  const Block block(*this);
  query(query_node);
}

void Printer::with(const std::vector<CommonTable>& tables, bool recursive) {
  for (const CommonTable& common : tables) {
    std::string columns = common.column_aliases.empty() ? "" : " (" + names(common.column_aliases) + ")";
    line(std::string(recursive ? "with recursive " : "with ") + common.name.name + columns);
    const Block block(*this);
    query(*common.query);
  }
}

void Printer::query(const Query& query_node) {
  with(query_node.with, query_node.recursive);
  std::visit(Overloaded{
                 [&](const Select& node) { select(node); },
                 [&](const ValuesRows& node) {
                   line("values");
                   const Block block(*this);
                   rows(node.rows);
                 },
                 [&](const SetOperation& node) {
                   line(node.op + (node.all ? " all" : ""));
                   const Block block(*this);
                   side(*node.left);
                   side(*node.right);
                 },
             },
             query_node.body);
  order("order by", query_node.order_by);
  labelled(query_node.with_ties ? "limit with ties" : "limit", query_node.limit);
  labelled("offset", query_node.offset);
  unsupported(query_node.unsupported);
}

}  // namespace sqlmill::ast
