#include "compiler/ast/print.h"

#include "compiler/ast/printer.h"

namespace sqlmill::ast {

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

std::string name_text(const RelationName& name) {
  return name.schema ? name.schema->name + "." + name.name.name : name.name.name;
}

namespace {

const char* if_not_exists(bool set) {
  return set ? "if not exists " : "";
}

}  // namespace

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
  with(node.with, node.recursive);
  line("insert into " + name_text(node.table) + (node.alias ? " as " + node.alias->name : "") +
       (node.columns.empty() ? "" : " (" + names(node.columns) + ")"));
  const Block block(*this);
  rows(node.rows);
  if (node.query) query(*node.query);
  if (node.on_conflict) {
    line("on conflict (" + names(node.on_conflict->columns) + ")");
    const Block conflict(*this);
    assignments(node.on_conflict->assignments);
    labelled("where", node.on_conflict->where);
  }
  items("returning", node.returning);
}

void Printer::assignments(const std::vector<Assignment>& assignments) {
  for (const Assignment& assignment : assignments) {
    const std::string target = "set " + names(assignment.columns);
    if (assignment.value == nullptr) {
      line(target + " default");
    } else {
      labelled(target, assignment.value);
    }
  }
}

void Printer::update(const Update& node) {
  with(node.with, node.recursive);
  line("update " + name_text(node.table) + (node.alias ? " as " + node.alias->name : ""));
  const Block block(*this);
  assignments(node.assignments);
  for (const FromItem& item : node.from) from(item);
  labelled("where", node.where);
  items("returning", node.returning);
}

void Printer::delete_from(const Delete& node) {
  with(node.with, node.recursive);
  line("delete from " + name_text(node.table) + (node.alias ? " as " + node.alias->name : ""));
  const Block block(*this);
  for (const FromItem& item : node.from) from(item);
  labelled("where", node.where);
  items("returning", node.returning);
}

void Printer::explain(const Explain& node) {
  line("explain");
  const Block block(*this);
  for (const Explain::Setting& option : node.options)
    line("option " + option.name + (option.value.empty() ? "" : " " + option.value));
  statement(*node.statement);
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
                 [&](const SelectStatement& node) { query(*node.query); },
                 [&](const Explain& node) { explain(node); },
                 [&](const UnsupportedStatement& node) { line("unsupported: " + node.feature); },
             },
             statement.node);
}

std::string print(const Script& script) {
  Printer printer;
  for (const Statement& statement : script.statements) printer.statement(statement);
  return printer.take();
}

}  // namespace sqlmill::ast
