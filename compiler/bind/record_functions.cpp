// jsonb_to_record and jsonb_to_recordset, whose columns the query itself names: `AS x(a int, b text)`;
// jsonb_populate_record and jsonb_populate_recordset, which have those of a relation: `NULL::events`.
#include <fmt/format.h>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

/// The member of an object as a value of the column's type.
ExprRef Binder::bind_record_column(const ExprRef& record, const ast::Identifier& name, sql::Type type) {
  const bool stays_json = type.id == sql::TypeId::kJsonb;
  const bool is_array = type.id == sql::TypeId::kArray;
  ExprRef member = make_call(stays_json || is_array ? "->" : "->>",
                             {record, unknown_text(name.name, name.span)}, name.span, true);
  if (member && is_array) member = make_call("text[](jsonb)", {std::move(member)}, name.span, true);
  if (!member || stays_json) return member;
  return coerce(std::move(member), type, sql::CastContext::kExplicit, name.span, "a column");
}

NodeRef Binder::bind_record_function(const ast::FunctionCall& call, const ast::FromItem& item,
                                     const ExprContext& context) {
  const std::string& name = call.name.name;
  const bool is_set = name == "jsonb_to_recordset" || name == "json_to_recordset";
  if (!is_set && name != "jsonb_to_record" && name != "json_to_record") {
    sink_.report(diag::Code::kSyntaxError, item.span,
                 "a column definition list is only allowed for functions returning \"record\"");
    return nullptr;
  }
  if (call.ordinality) {
    sink_.report(diag::Code::kSyntaxError, item.span,
                 "WITH ORDINALITY cannot be used with a column definition list");
    return nullptr;
  }
  std::vector<ExprRef> arguments;
  if (!bind_all(call.arguments, context, arguments)) return nullptr;
  if (arguments.size() != 1) {
    sink_.report(diag::Code::kUnknownFunction, item.span, fmt::format("{} takes one jsonb", name));
    return nullptr;
  }
  constexpr sql::Type kJsonb{sql::TypeId::kJsonb};
  ExprRef json =
      coerce(std::move(arguments[0]), kJsonb, sql::CastContext::kImplicit, item.span, "the argument");
  if (!json) return nullptr;
  NodeRef records =
      is_set ? plan::table_function(plan::TableFunctionKind::kJsonbArrayElements, {std::move(json)}, false,
                                    {{"value", kJsonb, true}}, item.span)
             : plan::project(plan::values({{}}, {}, item.span), {std::move(json)}, {"value"}, item.span);
  const ExprRef record = plan::column_of(*records, 0, item.span);
  std::vector<ExprRef> exprs;
  std::vector<std::string> names;
  for (size_t i = 0; i < item.column_types.size(); ++i) {
    const std::optional<sql::Type> type = bind_type(item.column_types[i]);
    ExprRef column = type ? bind_record_column(record, item.column_aliases[i], *type) : nullptr;
    if (!column) return nullptr;
    exprs.push_back(std::move(column));
    names.push_back(item.column_aliases[i].name);
  }
  return plan::project(std::move(records), std::move(exprs), std::move(names), item.span);
}

bool Binder::is_populate(std::string_view name) const {
  return is_ad_hoc() && (name == "jsonb_populate_record" || name == "json_populate_record" ||
                         name == "jsonb_populate_recordset" || name == "json_populate_recordset");
}

/// `NULL::relation`, `ROW (…)::relation` or the row of a table: what the record has where the JSON says
/// nothing.
bool Binder::bind_record_base(const ast::Expr& base, const ExprContext& context,
                              std::vector<ScopeColumn>& out) {
  if (is_whole_row(base, context))
    return table_row(std::get<ast::ColumnName>(base.node).parts[0], context, out);
  const auto* cast = std::get_if<ast::CastTo>(&base.node);
  const catalog::Relation* relation = cast ? catalog().find(cast->type.name) : nullptr;
  const bool is_null = cast && std::holds_alternative<ast::NullLiteral>(cast->operand->node);
  const auto* row = cast ? std::get_if<ast::Row>(&cast->operand->node) : nullptr;
  if (!relation || (!is_null && !row)) {
    not_supported("a record of no relation's type", "write NULL::relation, with the name of a table or view",
                  base.span);
    return false;
  }
  const std::vector<plan::OutputColumn> columns = plan::scan(relation, base.span)->columns;
  std::vector<ScopeColumn> given;
  if (row && !row_columns(*row, context, given)) return false;
  if (row && given.size() != columns.size()) {
    sink_.report(diag::Code::kCannotCast, base.span,
                 fmt::format("cannot cast type record to {}", relation->name),
                 fmt::format("it has {} columns", columns.size()));
    return false;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const plan::OutputColumn& column = columns[i];
    ExprRef value =
        row ? coerce(given[i].value, column.type, sql::CastContext::kExplicit, base.span, "a field")
            : plan::null_constant(column.type, base.span);
    if (!value) return false;
    out.push_back({column.name, std::move(value)});
  }
  return true;
}

/// The columns of `base`, with those that `record` has from it.
bool Binder::populate_columns(const std::vector<ScopeColumn>& base, const ExprRef& record, Span span,
                              std::vector<ScopeColumn>& out) {
  for (const ScopeColumn& column : base) {
    const sql::Type type = column.value->type;
    ExprRef value = bind_record_column(record, {column.name, span}, type);
    const sql::Datum* constant = plan::as_constant(column.value);
    if (value && (!constant || !constant->is_null())) {
      ExprRef is_there = make_call("?", {record, unknown_text(column.name, span)}, span, true);
      value = plan::case_when({{std::move(is_there), std::move(value)}}, column.value, type, span);
    }
    if (!value) return false;
    out.push_back({column.name, std::move(value)});
  }
  return true;
}

bool Binder::populate_arguments(const std::string& name, const std::vector<ast::ExprPtr>& arguments,
                                const ExprContext& context, Span span, std::vector<ScopeColumn>& base,
                                ExprRef& json) {
  if (arguments.size() != 2) {
    sink_.report(diag::Code::kUnknownFunction, span, fmt::format("{} takes a record and a jsonb", name));
    return false;
  }
  json = bind_expr(*arguments[1], context);
  if (!json || !bind_record_base(*arguments[0], context, base)) return false;
  json = coerce(std::move(json), {sql::TypeId::kJsonb}, sql::CastContext::kImplicit, span, "the argument");
  return json != nullptr;
}

/// In a SELECT list and in expressions.
bool Binder::bind_populate(const ast::Call& call, Span span, const ExprContext& context,
                           std::vector<ScopeColumn>& out) {
  std::vector<ScopeColumn> base;
  ExprRef record;
  ExprContext inner = context;
  if (call.name.name.ends_with("set")) inner.set_functions = nullptr;
  if (!populate_arguments(call.name.name, call.arguments, inner, span, base, record)) return false;
  if (call.name.name.ends_with("set")) {
    if (!context.set_functions || context.inside_aggregate) {
      not_supported(fmt::format("{} in {}", call.name.name, context.clause), "write it in FROM", span);
      return false;
    }
    record = bind_set_column({"jsonb_array_elements", span}, {std::move(record)}, span, context);
  }
  return record && populate_columns(base, record, span, out);
}

NodeRef Binder::bind_populate_function(const ast::FunctionCall& call, const ExprContext& context, Span span) {
  if (call.ordinality) {
    not_supported(fmt::format("WITH ORDINALITY of {}", call.name.name), "use jsonb_array_elements", span);
    return nullptr;
  }
  std::vector<ScopeColumn> base;
  ExprRef json;
  if (!populate_arguments(call.name.name, call.arguments, context, span, base, json)) return nullptr;
  constexpr sql::Type kJsonb{sql::TypeId::kJsonb};
  NodeRef records = call.name.name.ends_with("set")
                        ? plan::table_function(plan::TableFunctionKind::kJsonbArrayElements,
                                               {std::move(json)}, false, {{"value", kJsonb, true}}, span)
                        : plan::project(plan::values({{}}, {}, span), {std::move(json)}, {"value"}, span);
  std::vector<ScopeColumn> columns;
  if (!populate_columns(base, plan::column_of(*records, 0, span), span, columns)) return nullptr;
  std::vector<ExprRef> exprs;
  std::vector<std::string> names;
  for (ScopeColumn& column : columns) {
    exprs.push_back(std::move(column.value));
    names.push_back(std::move(column.name));
  }
  return plan::project(std::move(records), std::move(exprs), std::move(names), span);
}

}  // namespace sqlmill::bind
