#include "compiler/ast/print.h"

namespace sqlmill::ast {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

/// A text in single quotes on one line.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\'' || c == '\\') {
      result += c;
      result += c;
    } else {
      result += c;
    }
  }
  return result + "'";
}

std::string names(const std::vector<Identifier>& identifiers) {
  std::string result;
  for (const Identifier& identifier : identifiers) result += (result.empty() ? "" : ", ") + identifier.name;
  return result;
}

std::string type_text(const TypeName& type) {
  std::string modifiers;
  for (const int64_t modifier : type.modifiers)
    modifiers += (modifiers.empty() ? "" : ", ") + std::to_string(modifier);
  return modifiers.empty() ? type.name : type.name + "(" + modifiers + ")";
}

/// One node a line, children two spaces to the right.
class Printer {
 public:
  void statement(const Statement& statement);
  std::string take() { return std::move(text_); }

 private:
  /// Indents what is printed in its scope.
  class Block {
   public:
    explicit Block(Printer& printer) : printer_(printer) { printer_.indentation_ += 2; }
    ~Block() { printer_.indentation_ -= 2; }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

   private:
    Printer& printer_;
  };

  void line(const std::string& text) { text_ += std::string(indentation_, ' ') + text + "\n"; }
  /// A line and an expression below it; nothing for a null expression.
  void labelled(const std::string& label, const ExprPtr& expr) {
    if (expr == nullptr) return;
    line(label);
    const Block block(*this);
    this->expr(*expr);
  }
  void expr(const Expr& expr);
  void children(std::initializer_list<const ExprPtr*> exprs) {
    const Block block(*this);
    for (const ExprPtr* child : exprs) {
      if (*child != nullptr) expr(**child);
    }
  }
  void children(const std::vector<ExprPtr>& exprs) {
    const Block block(*this);
    for (const ExprPtr& child : exprs) expr(*child);
  }
  void case_branches(const Case& node);
  void call(const Call& node);

  void query(const Query& query);
  void side(const Query& query);
  void select(const Select& select);
  void from(const FromItem& item);
  void order(const std::string& label, const std::vector<OrderItem>& items);
  void rows(const std::vector<std::vector<ExprPtr>>& rows);
  void unsupported(const std::vector<UnsupportedClause>& clauses);

  void relation(const CreateRelation& node);
  void column(const ColumnDef& column);
  void include(const Include& include);
  void options(const std::vector<Option>& options, const std::optional<Format>& format);
  void view(const CreateView& node);
  void sink(const CreateSink& node);
  void index(const CreateIndex& node);
  void insert(const Insert& node);
  void update(const Update& node);
  void delete_from(const Delete& node);

  std::string text_;
  size_t indentation_ = 0;
};

const char* test_text(Test test) {
  switch (test) {
    case Test::kNull:
      return "null";
    case Test::kTrue:
      return "true";
    case Test::kFalse:
      return "false";
    case Test::kUnknown:
      return "unknown";
  }
  return "";
}

const char* negation(bool negated) {
  return negated ? "not " : "";
}

// ---- Expressions ----

void Printer::case_branches(const Case& node) {
  line("case");
  const Block block(*this);
  labelled("of", node.operand);
  for (const auto& [condition, result] : node.branches) {
    labelled("when", condition);
    labelled("then", result);
  }
  labelled("else", node.otherwise);
}

void Printer::call(const Call& node) {
  line("call " + node.name.name + (node.distinct ? " distinct" : ""));
  children(node.arguments);
  const Block block(*this);
  labelled("filter", node.filter);
}

void Printer::expr(const Expr& expr) {
  std::visit(Overloaded{
                 [&](const NullLiteral&) { line("null"); },
                 [&](const BooleanLiteral& node) { line(node.value ? "true" : "false"); },
                 [&](const NumberLiteral& node) { line("number " + node.digits); },
                 [&](const StringLiteral& node) { line("string " + quoted(node.value)); },
                 [&](const ColumnName& node) {
                   std::string path;
                   for (const Identifier& part : node.parts) path += (path.empty() ? "" : ".") + part.name;
                   line("column " + path);
                 },
                 [&](const Star& node) { line(node.qualifier ? "star of " + node.qualifier->name : "star"); },
                 [&](const Unary& node) {
                   line("unary " + node.op);
                   children({&node.operand});
                 },
                 [&](const Binary& node) {
                   line("binary " + node.op);
                   children({&node.left, &node.right});
                 },
                 [&](const Is& node) {
                   line(std::string("is ") + negation(node.negated) + test_text(node.test));
                   children({&node.operand});
                 },
                 [&](const IsDistinct& node) {
                   line(std::string("is ") + negation(node.negated) + "distinct from");
                   children({&node.left, &node.right});
                 },
                 [&](const Like& node) {
                   line(std::string(negation(node.negated)) + (node.case_insensitive ? "ilike" : "like"));
                   children({&node.operand, &node.pattern, &node.escape});
                 },
                 [&](const InList& node) {
                   line(std::string(negation(node.negated)) + "in");
                   children({&node.operand});
                   children(node.items);
                 },
                 [&](const Between& node) {
                   line(std::string(negation(node.negated)) + "between");
                   children({&node.operand, &node.low, &node.high});
                 },
                 [&](const Case& node) { case_branches(node); },
                 [&](const CastTo& node) {
                   line("cast to " + type_text(node.type));
                   children({&node.operand});
                 },
                 [&](const TypedLiteral& node) { line(type_text(node.type) + " " + quoted(node.value)); },
                 [&](const Call& node) { call(node); },
                 [&](const Subquery& node) {
                   line(node.form);
                   const Block block(*this);
                   query(*node.query);
                 },
                 [&](const Unsupported& node) { line("unsupported: " + node.feature); },
             },
             expr.node);
}

// ---- Queries ----

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

void Printer::from(const FromItem& item) {
  std::string alias = item.alias ? " as " + item.alias->name : "";
  if (!item.column_aliases.empty()) alias += " (" + names(item.column_aliases) + ")";
  std::visit(Overloaded{
                 [&](const TableName& node) { line("from " + node.name.name + alias); },
                 [&](const Derived& node) {
                   line("from subquery" + alias);
                   const Block block(*this);
                   query(*node.query);
                 },
                 [&](const UnsupportedFrom& node) { line("from unsupported: " + node.feature + alias); },
             },
             item.source);
}

void Printer::select(const Select& select) {
  line(select.distinct ? "select distinct" : "select");
  const Block block(*this);
  for (const SelectItem& item : select.items)
    labelled(item.alias ? "item as " + item.alias->name : "item", item.expr);
  for (const FromItem& item : select.from) from(item);
  labelled("where", select.where);
  if (select.has_group_by) {
    line("group by");
    children(select.group_by);
  }
  labelled("having", select.having);
}

/// Of a set operation: a query with clauses of its own is set off, so that they do not look like the other
/// side's.
void Printer::side(const Query& query_node) {
  const bool plain = query_node.with.empty() && query_node.order_by.empty() && query_node.unsupported.empty();
  if (plain) {
    query(query_node);
    return;
  }
  line("query");
  const Block block(*this);
  query(query_node);
}

void Printer::query(const Query& query_node) {
  for (const CommonTable& common : query_node.with) {
    std::string columns = common.column_aliases.empty() ? "" : " (" + names(common.column_aliases) + ")";
    line(std::string(query_node.recursive ? "with recursive " : "with ") + common.name.name + columns);
    const Block block(*this);
    query(*common.query);
  }
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
  unsupported(query_node.unsupported);
}

// ---- Statements ----

const char* if_not_exists(bool set) {
  return set ? "if not exists " : "";
}

void Printer::options(const std::vector<Option>& options, const std::optional<Format>& format) {
  for (const Option& option : options) line("option " + option.key.name + " = " + quoted(option.value));
  if (!format) return;
  line("format " + format->format.name + " encode " + format->encode.name);
  const Block block(*this);
  this->options(format->options, std::nullopt);
}

void Printer::column(const ColumnDef& column) {
  line("column " + column.name.name + (column.type.name.empty() ? "" : " " + type_text(column.type)) +
       (column.not_null ? " not null" : "") + (column.primary_key ? " primary key" : ""));
  const Block block(*this);
  labelled("default", column.default_value);
  unsupported(column.unsupported);
}

void Printer::include(const Include& include) {
  std::string text = "include " + include.what.name;
  if (include.header_name) text += " " + quoted(*include.header_name);
  if (include.type) text += " " + type_text(*include.type);
  if (include.alias) text += " as " + include.alias->name;
  line(text);
}

void Printer::relation(const CreateRelation& node) {
  line(std::string(node.kind == RelationKind::kSource ? "create source " : "create table ") +
       if_not_exists(node.if_not_exists) + node.name.name);
  const Block block(*this);
  for (const ColumnDef& definition : node.columns) column(definition);
  if (!node.primary_key.empty()) line("primary key (" + names(node.primary_key) + ")");
  if (node.append_only) line("append only");
  for (const Include& included : node.includes) include(included);
  options(node.options, node.format);
  unsupported(node.unsupported);
}

void Printer::view(const CreateView& node) {
  line(std::string(node.materialized ? "create materialized view " : "create view ") +
       if_not_exists(node.if_not_exists) + node.name.name +
       (node.columns.empty() ? "" : " (" + names(node.columns) + ")"));
  const Block block(*this);
  query(*node.query);
  unsupported(node.unsupported);
}

void Printer::sink(const CreateSink& node) {
  line(std::string("create sink ") + if_not_exists(node.if_not_exists) + node.name.name);
  const Block block(*this);
  if (node.from) line("from " + node.from->name);
  if (node.query != nullptr) query(*node.query);
  options(node.options, node.format);
  unsupported(node.unsupported);
}

void Printer::index(const CreateIndex& node) {
  line(std::string("create index ") + if_not_exists(node.if_not_exists) +
       (node.name ? node.name->name + " " : "") + "on " + node.relation.name);
  const Block block(*this);
  order("key", node.keys);
  if (!node.include.empty()) line("include (" + names(node.include) + ")");
  unsupported(node.unsupported);
}

void Printer::insert(const Insert& node) {
  line("insert into " + node.table.name + (node.columns.empty() ? "" : " (" + names(node.columns) + ")"));
  const Block block(*this);
  rows(node.rows);
  unsupported(node.unsupported);
}

void Printer::update(const Update& node) {
  line("update " + node.table.name + (node.alias ? " as " + node.alias->name : ""));
  const Block block(*this);
  for (const auto& [target, new_value] : node.assignments) {
    if (new_value == nullptr) {
      line("set " + target.name + " default");
    } else {
      labelled("set " + target.name, new_value);
    }
  }
  labelled("where", node.where);
  unsupported(node.unsupported);
}

void Printer::delete_from(const Delete& node) {
  line("delete from " + node.table.name + (node.alias ? " as " + node.alias->name : ""));
  const Block block(*this);
  labelled("where", node.where);
  unsupported(node.unsupported);
}

void Printer::statement(const Statement& statement) {
  std::visit(Overloaded{
                 [&](const CreateRelation& node) { relation(node); },
                 [&](const CreateView& node) { view(node); },
                 [&](const CreateSink& node) { sink(node); },
                 [&](const CreateIndex& node) { index(node); },
                 [&](const Insert& node) { insert(node); },
                 [&](const Update& node) { update(node); },
                 [&](const Delete& node) { delete_from(node); },
                 [&](const UnsupportedStatement& node) { line("unsupported: " + node.feature); },
             },
             statement.node);
}

}  // namespace

std::string print(const Script& script) {
  Printer printer;
  for (const Statement& statement : script.statements) printer.statement(statement);
  return printer.take();
}

}  // namespace sqlmill::ast
