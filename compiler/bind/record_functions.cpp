// jsonb_to_record and jsonb_to_recordset, whose columns the query itself names: `AS x(a int, b text)`.
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

}  // namespace sqlmill::bind
