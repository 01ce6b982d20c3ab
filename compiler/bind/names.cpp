// Columns by their names, `*`, and what a subquery finds around it.
#include <fmt/format.h>

#include "compiler/ast/field_call.h"
#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

/// The only one of the name; sets `found` and `ambiguous`.
void find_among(const std::vector<ScopeColumn>& columns, const std::string& name, ExprRef& found,
                bool& ambiguous) {
  for (const ScopeColumn& c : columns) {
    if (c.name != name) continue;
    ambiguous = ambiguous || found;
    found = c.value;
  }
}

bool is_broken(const ExprRef& value) {
  return value->type.id == sql::TypeId::kUnknown && std::holds_alternative<plan::Column>(value->node);
}

}  // namespace

Binder::Found Binder::find_column(const std::string* qualifier, const std::string& name, const Scope& scope,
                                  uint32_t hidden_from, Span span) {
  Found found;
  if (hidden_from == 0 && qualifier) {
    for (const ScopeTable& table : scope.tables) {
      if (table.name != *qualifier) continue;
      found.table_exists = true;
      find_among(table.columns, name, found.value, found.ambiguous);
    }
  } else if (hidden_from == 0) {
    find_among(scope.columns, name, found.value, found.ambiguous);
  }
  // A table of the name ends the search, as in PostgreSQL.
  if (found.value || found.table_exists || !scope.closure) return found;
  Closure& closure = *scope.closure;
  const bool hide = closure.from != 0 && (closure.from == hidden_from || !scope.sees_lateral);
  found = find_column(qualifier, name, *closure.around->scope, hide ? closure.from : 0, span);
  if (found.value && !found.ambiguous && !is_broken(found.value))
    found.value = closure.take(found.value, qualifier ? *qualifier + "." + name : name, span);
  return found;
}

ExprRef Binder::bind_node(const ast::ColumnName& name, Span span, const ExprContext& context) {
  const size_t parts = name.parts.size();
  const bool whole = parts == 3 && name.parts[0].name == catalog::kPublicSchema;
  if (parts > 2 && !whole && !is_ad_hoc()) {
    not_supported("names of three parts", "write table.column", span);
    return nullptr;
  }
  const std::string& column = name.parts.back().name;
  const std::string* qualifier = parts >= 2 ? &name.parts[parts - 2].name : nullptr;
  const Found found = find_column(qualifier, column, *context.scope, 0, span);
  if (found.ambiguous) {
    size_t tables = 0;
    const std::string* table = nullptr;
    for (const ScopeTable& t : context.scope->tables) {
      const auto has = [&](const ScopeColumn& c) { return c.name == column; };
      if (std::none_of(t.columns.begin(), t.columns.end(), has)) continue;
      ++tables;
      table = &t.name;
    }
    sink_.report(diag::Code::kAmbiguousColumn, span,
                 is_ad_hoc() ? fmt::format("column reference \"{}\" is ambiguous", column)
                             : fmt::format("column \"{}\" is ambiguous", column),
                 tables == 1
                     ? fmt::format("\"{}\" has two columns of this name: give one another name", *table)
                     : "write its table before it: table.column");
    return nullptr;
  }
  if (!found.value) {
    if (is_ad_hoc() && column == "tableoid") {
      if (ExprRef oid = bind_tableoid(qualifier, *context.scope, span)) return oid;
    }
    const ScopeTable* table = is_ad_hoc() && parts == 1 ? find_table(column, *context.scope) : nullptr;
    if (table && table->is_value) {
      const ast::Identifier value{table->columns.front().name, span};
      return bind_node(ast::ColumnName{{name.parts[0], value}}, span, context);
    }
    if (table) {
      std::vector<ScopeColumn> columns;
      return table_row(name.parts[0], context, columns) ? row_value(columns, false, true, span) : nullptr;
    }
    report_unknown_column(qualifier, name, *context.scope, found.table_exists, span);
    return nullptr;
  }
  // Its declaration had an error, which was reported.
  if (is_broken(found.value)) return nullptr;
  if (const auto* c = std::get_if<plan::Column>(&found.value->node))
    return plan::column(c->index, c->name, found.value->type, found.value->nullable, span);
  return found.value;
}

void Binder::report_unknown_column(const std::string* qualifier, const ast::ColumnName& name,
                                   const Scope& scope, bool table_exists, Span span) {
  const std::string& column = name.parts.back().name;
  if (qualifier && !table_exists) {
    report_unknown_table(*qualifier, name.parts[name.parts.size() - 2].span, scope);
    return;
  }
  std::vector<std::string> names;
  for (const ScopeColumn& c : scope.columns) names.push_back(c.name);
  sink_.report(diag::Code::kUnknownColumn, span,
               qualifier && is_ad_hoc() ? fmt::format("column {}.{} does not exist", *qualifier, column)
                                        : fmt::format("column \"{}\" does not exist", column),
               diag::did_you_mean(column, names));
}

void Binder::report_unknown_table(const std::string& name, Span span, const Scope& scope) {
  std::vector<std::string> names;
  for (const ScopeTable& table : scope.tables) names.push_back(table.name);
  std::string hint = diag::did_you_mean(name, names);
  if (hint.empty() && !names.empty()) hint = fmt::format("FROM has \"{}\"", fmt::join(names, "\", \""));
  sink_.report(diag::Code::kUnknownTable, span,
               is_ad_hoc() ? fmt::format("missing FROM-clause entry for table \"{}\"", name)
                           : fmt::format("there is no \"{}\" in FROM", name),
               hint);
}

bool Binder::expand_star(const ast::Star& star, Span span, const Scope& scope,
                         std::vector<ScopeColumn>& out) {
  const auto add = [&](const std::vector<ScopeColumn>& columns) {
    bool ok = true;
    for (const ScopeColumn& c : columns) {
      // A column without a type had an error in its declaration, which was reported.
      if (is_broken(c.value)) {
        ok = false;
        continue;
      }
      const auto* column = std::get_if<plan::Column>(&c.value->node);
      out.push_back(
          {c.name, column ? plan::column(column->index, column->name, c.value->type, c.value->nullable, span)
                          : c.value});
    }
    return ok;
  };
  if (star.value) {
    not_supported("fields of composite values", std::string(ast::kNoFieldsHint), span);
    return false;
  }
  if (!star.qualifier) {
    if (!scope.tables.empty()) return add(scope.columns);
    sink_.report(diag::Code::kSyntaxError, span, "SELECT * with no tables specified is not valid");
    return false;
  }
  for (const ScopeTable& table : scope.tables) {
    if (table.name == star.qualifier->name) return add(table.columns);
  }
  report_unknown_table(star.qualifier->name, star.qualifier->span, scope);
  return false;
}

const ScopeTable* Binder::find_table(const std::string& name, const Scope& scope) {
  for (const Scope* s = &scope; s; s = s->closure ? s->closure->around->scope : nullptr) {
    for (const ScopeTable& table : s->tables) {
      if (table.name == name) return &table;
    }
  }
  return nullptr;
}

ExprRef Binder::bind_node(const ast::Star& star, Span span, const ExprContext& context) {
  if (is_ad_hoc() && star.qualifier) {
    std::vector<ScopeColumn> columns;
    return table_row(*star.qualifier, context, columns) ? row_value(columns, false, true, span) : nullptr;
  }
  sink_.report(diag::Code::kSyntaxError, span, "* is not an expression",
               "name the column; count(*) counts rows");
  return nullptr;
}

}  // namespace sqlmill::bind
