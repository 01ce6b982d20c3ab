// Functions that give rows: in FROM, and in a SELECT list.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/catalog/function_schema.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::bind {

namespace {

using Kind = plan::TableFunctionKind;
using sql::TypeId;

constexpr std::string_view kSubscripts = "generate_subscripts";
/// Of foreign tables and their servers, of which there are none: it has no rows.
constexpr std::string_view kOptions = "pg_options_to_table";
/// Of information_schema: rows of an element and its number.
constexpr std::string_view kExpandArray = "_pg_expandarray";

struct SetFunction {
  Kind kind;
  sql::Function function;  // Name, arguments and result of one column; nothing evaluates it.
  std::vector<std::pair<std::string_view, TypeId>> columns;  // Of several columns, or of one with a name.
};

sql::Function signature(std::string_view name, std::vector<TypeId> arguments, TypeId result) {
  sql::Function function{};
  function.name = name;
  function.elements.assign(arguments.size(), TypeId::kUnknown);
  function.arguments = std::move(arguments);
  function.result = result;
  return function;
}

const std::vector<SetFunction>& set_functions() {
  static const std::vector<SetFunction> kAll = [] {
    std::vector<SetFunction> all;
    const auto add = [&](Kind kind, std::string_view name, std::vector<TypeId> arguments, TypeId result,
                         std::vector<std::pair<std::string_view, TypeId>> columns = {}) {
      all.push_back({kind, signature(name, std::move(arguments), result), std::move(columns)});
    };
    for (const TypeId id : {TypeId::kInteger, TypeId::kBigint, TypeId::kNumeric}) {
      add(Kind::kGenerateSeries, "generate_series", {id, id}, id);
      add(Kind::kGenerateSeries, "generate_series", {id, id, id}, id);
    }
    for (const TypeId id : {TypeId::kTimestamp, TypeId::kTimestamptz})
      add(Kind::kGenerateSeries, "generate_series", {id, id, TypeId::kInterval}, id);
    add(Kind::kJsonbArrayElements, "jsonb_array_elements", {TypeId::kJsonb}, TypeId::kJsonb,
        {{"value", TypeId::kJsonb}});
    add(Kind::kJsonbArrayElementsText, "jsonb_array_elements_text", {TypeId::kJsonb}, TypeId::kText,
        {{"value", TypeId::kText}});
    add(Kind::kJsonbEach, "jsonb_each", {TypeId::kJsonb}, TypeId::kUnknown,
        {{"key", TypeId::kText}, {"value", TypeId::kJsonb}});
    add(Kind::kJsonbEachText, "jsonb_each_text", {TypeId::kJsonb}, TypeId::kUnknown,
        {{"key", TypeId::kText}, {"value", TypeId::kText}});
    add(Kind::kJsonbObjectKeys, "jsonb_object_keys", {TypeId::kJsonb}, TypeId::kText);
    for (const size_t count : {2, 3, 4}) {
      std::vector<TypeId> arguments = {TypeId::kJsonb, TypeId::kText, TypeId::kJsonb, TypeId::kBoolean};
      arguments.resize(count);
      add(Kind::kJsonbPathQuery, "jsonb_path_query", arguments, TypeId::kJsonb);
    }
    add(Kind::kJsonbEachText, kOptions, {TypeId::kArray}, TypeId::kUnknown,
        {{"option_name", TypeId::kText}, {"option_value", TypeId::kText}});
    all.back().function.elements = {sql::kAnyElement};
    add(Kind::kUnnest, "unnest", {TypeId::kArray}, sql::kAnyElement);
    all.back().function.elements = {sql::kAnyElement};
    for (const bool reverse : {false, true}) {
      std::vector<TypeId> arguments = {TypeId::kArray, TypeId::kInteger};
      if (reverse) arguments.push_back(TypeId::kBoolean);
      add(Kind::kGenerateSeries, kSubscripts, arguments, TypeId::kInteger);
      all.back().function.elements = {sql::kAnyElement};
    }
    for (const bool flags : {false, true}) {
      std::vector<TypeId> arguments(flags ? 3 : 2, TypeId::kText);
      add(Kind::kRegexpMatches, "regexp_matches", arguments, TypeId::kArray);
      all.back().function.result_element = TypeId::kText;
      add(Kind::kRegexpSplitToTable, "regexp_split_to_table", arguments, TypeId::kText);
      add(Kind::kStringToTable, "string_to_table", arguments, TypeId::kText);
    }
    return all;
  }();
  return kAll;
}

/// There is one type for JSON here: json_each is jsonb_each.
std::string known_name(std::string_view name) {
  return name.starts_with("json_") ? fmt::format("jsonb_{}", name.substr(5)) : std::string(name);
}

bool is_set_function(std::string_view name) {
  const auto& all = set_functions();
  const std::string known = known_name(name);
  return std::any_of(all.begin(), all.end(), [&](const SetFunction& f) { return f.function.name == known; });
}

}  // namespace

bool Binder::bind_set_function(const ast::Identifier& name, std::vector<ExprRef> arguments, Span span,
                               SetFunctions::Entry& entry) {
  std::vector<const sql::Function*> named;
  const std::string known = known_name(name.name);
  if (!bind_path_argument(known, arguments, span)) return false;
  for (const SetFunction& f : set_functions()) {
    if (f.function.name == known) named.push_back(&f.function);
  }
  const sql::Function* chosen = choose(std::move(named), name.name, arguments, span, false);
  if (!chosen) return false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (chosen->argument(i).element == sql::kAnyElement) continue;
    arguments[i] = coerce(arguments[i], {chosen->arguments[i]}, sql::CastContext::kImplicit,
                          arguments[i]->span, "an argument");
    if (!arguments[i]) return false;
  }
  sql::Type result{chosen->result, -1, chosen->result_element};
  if (chosen->result == sql::kAnyElement) result = sql::element_of(arguments[0]->type);
  if (chosen->name == kSubscripts && !bind_subscripts(arguments, span)) return false;
  if (chosen->name == kOptions) arguments = {plan::null_constant({TypeId::kJsonb}, span)};
  const SetFunction& function = *std::find_if(set_functions().begin(), set_functions().end(),
                                              [&](const SetFunction& f) { return &f.function == chosen; });
  std::vector<plan::OutputColumn> columns;
  for (const auto& [column, type] : function.columns) columns.push_back({std::string(column), {type}, true});
  if (columns.empty()) columns.push_back({name.name, result, true});
  if (function.kind == Kind::kRegexpMatches && arguments.size() == 2)
    arguments.push_back(
        coerce(unknown_text("", span), {TypeId::kText}, sql::CastContext::kImplicit, span, "flags"));
  if (function.kind == Kind::kJsonbPathQuery) {
    const auto add_default = [&](std::string_view text, TypeId type) {
      arguments.push_back(coerce(unknown_text(text, span), {type}, sql::CastContext::kImplicit, span, "it"));
    };
    if (arguments.size() == 2) add_default("{}", TypeId::kJsonb);
    if (arguments.size() == 3) add_default("false", TypeId::kBoolean);
  }
  entry = {function.kind, std::move(arguments), std::move(columns)};
  return true;
}

/// generate_subscripts(array, dimension [, reverse]) as the series from bound to bound.
bool Binder::bind_subscripts(std::vector<ExprRef>& arguments, Span span) {
  ExprRef from = make_call("array_lower", {arguments[0], arguments[1]}, span, false);
  ExprRef to = make_call("array_upper", {arguments[0], arguments[1]}, span, false);
  if (!from || !to) return false;
  if (sql::is_vector(arguments[0]->type)) {
    from = shift_subscript(std::move(from), -1);
    to = shift_subscript(std::move(to), -1);
  }
  if (arguments.size() == 2) {
    arguments = {std::move(from), std::move(to)};
    return true;
  }
  const ExprRef reverse = arguments[2];
  constexpr sql::Type kInteger{TypeId::kInteger};
  const auto either = [&](const ExprRef& a, const ExprRef& b) {
    return plan::case_when({{reverse, a}, {plan::negate(reverse, span), b}},
                           plan::null_constant(kInteger, span), kInteger, span);
  };
  const auto integer = [&](int32_t value) { return plan::constant(sql::Datum(value), kInteger, span); };
  arguments = {either(to, from), either(from, to), either(integer(-1), integer(1))};
  return true;
}

/// The rows of one function, and behind its columns their numbers if `numbered`. `named_by_alias`: its only
/// column has the function's name, or that of the table.
NodeRef Binder::bind_function_rows(const ast::FunctionCall& call, bool numbered, const ExprContext& context,
                                   Span span, bool& named_by_alias) {
  const std::string& name = call.name.name;
  std::vector<ExprRef> arguments;
  if (!bind_all(call.arguments, context, arguments) ||
      !place_named_arguments(name, call.names, span, arguments))
    return nullptr;
  named_by_alias = true;
  if (name == "unnest" && arguments.size() > 1) {
    std::vector<NodeRef> parts;
    for (ExprRef& array : arguments) {
      SetFunctions::Entry entry;
      if (!bind_set_function(call.name, {std::move(array)}, span, entry)) return nullptr;
      parts.push_back(
          plan::table_function(entry.kind, std::move(entry.arguments), true, std::move(entry.columns), span));
    }
    named_by_alias = false;
    return zip_rows(parts, numbered, span);
  }
  if (is_set_function(name)) {
    SetFunctions::Entry entry;
    if (!bind_set_function(call.name, std::move(arguments), span, entry)) return nullptr;
    named_by_alias = entry.columns.size() == 1 && entry.columns[0].name == name;
    return plan::table_function(entry.kind, std::move(entry.arguments), numbered, std::move(entry.columns),
                                span);
  }
  ExprRef value = make_call(name, std::move(arguments), call.name.span, false);
  if (!value) return nullptr;
  std::vector<ExprRef> exprs = {std::move(value)};
  std::vector<std::string> names = {name};
  if (numbered) {
    exprs.push_back(plan::constant(sql::Datum(int64_t{1}), {TypeId::kBigint}, span));
    names.emplace_back("ordinality");
  }
  return plan::project(plan::values({{}}, {}, span), std::move(exprs), std::move(names), span);
}

NodeRef Binder::bind_rows_from(const ast::RowsFrom& rows, const ExprContext& context, Span span) {
  std::vector<NodeRef> parts;
  for (const ast::FunctionCall& call : rows.calls) {
    bool named_by_alias = false;
    NodeRef part = bind_function_rows(call, true, context, span, named_by_alias);
    if (!part) return nullptr;
    parts.push_back(std::move(part));
  }
  return zip_rows(parts, rows.ordinality, span);
}

NodeRef Binder::bind_function_item(const ast::FromItem& item, const QueryContext& context,
                                   std::string& name) {
  // A function sees what is to its left without LATERAL.
  Scope scope;
  scope.closure = context.closure;
  scope.sees_lateral = context.from != 0 || context.sees_lateral;
  scope.ctes = context.ctes;
  const ExprContext arguments_context{&scope, "functions in FROM"};
  NodeRef node;
  bool named_by_alias = false;
  if (const auto* rows = std::get_if<ast::RowsFrom>(&item.source)) {
    name = rows->calls.front().name.name;
    node = bind_rows_from(*rows, arguments_context, item.span);
    named_by_alias = rows->calls.size() == 1 && !rows->ordinality && node && node->columns.size() == 1;
  } else {
    const auto& call = std::get<ast::FunctionCall>(item.source);
    name = call.name.name;
    if (name == "tumble" || name == "hop" || name == "session") {
      item_is_for_views(item);
      return nullptr;
    }
    if (!item.column_types.empty()) return bind_record_function(call, item, arguments_context);
    if (is_populate(name)) return bind_populate_function(call, arguments_context, item.span);
    const catalog::Relation* relation =
        is_set_function(name) ? nullptr : catalog().find(catalog::kFunctionSchema, name);
    if (relation && call.arguments.empty() && !call.ordinality) return plan::scan(relation, item.span);
    node = bind_function_rows(call, call.ordinality, arguments_context, item.span, named_by_alias);
  }
  // PostgreSQL calls the only column of a function as the table is called.
  if (node && named_by_alias && item.alias && item.column_aliases.empty())
    node = with_names(std::move(node), {*item.alias}, item.span);
  return node;
}

ExprRef Binder::bind_set_call(const ast::Call& call, Span span, const ExprContext& context) {
  if (!context.set_functions || context.inside_aggregate) {
    sink_.report(diag::Code::kNotSupported, span,
                 context.inside_aggregate
                     ? "aggregate function calls cannot contain set-returning function calls"
                     : fmt::format("set-returning functions are not allowed in {}", context.clause),
                 "move the function into FROM");
    return nullptr;
  }
  ExprContext inner = context;
  inner.set_functions = nullptr;
  std::vector<ExprRef> arguments;
  if (!bind_all(call.arguments, inner, arguments)) return nullptr;
  if (!place_named_arguments(call.name.name, call.names, span, arguments)) return nullptr;
  if (call.name.name == kExpandArray && arguments.size() == 1 && arguments[0]->type.id == TypeId::kArray)
    return bind_expanded_array(std::move(arguments[0]), span, context);
  return bind_set_column(call.name, std::move(arguments), span, context);
}

/// The column of a set-returning function that stands in a SELECT list; of several the one of name `field`.
ExprRef Binder::bind_set_column(const ast::Identifier& name, std::vector<ExprRef> arguments, Span span,
                                const ExprContext& context, const std::string* field) {
  SetFunctions::Entry entry;
  if (!bind_set_function(name, std::move(arguments), span, entry)) return nullptr;
  if (field) {
    const auto found = std::find_if(entry.columns.begin(), entry.columns.end(),
                                    [&](const plan::OutputColumn& c) { return c.name == *field; });
    if (found == entry.columns.end()) {
      sink_.report(diag::Code::kUnknownColumn, span,
                   fmt::format("could not identify column \"{}\" in record data type", *field));
      return nullptr;
    }
    entry.column = static_cast<uint32_t>(found - entry.columns.begin());
  } else if (entry.columns.size() > 1) {
    not_supported(fmt::format("{} in a SELECT list", name.name),
                  fmt::format("write it in FROM, or ({}(…)).*", name.name), span);
    return nullptr;
  }
  const sql::Type type = entry.columns[entry.column].type;
  context.set_functions->entries.push_back(std::move(entry));
  const auto index = static_cast<uint32_t>(context.set_functions->entries.size() - 1);
  return plan::column(kFirstSetColumn + index, name.name, type, true, span);
}

bool Binder::bind_set_fields(const ast::Call& call, const std::string* field, Span span,
                             const ExprContext& context, std::vector<ScopeColumn>& out) {
  if (!context.set_functions || context.inside_aggregate)
    return bind_set_call(call, span, context) != nullptr;
  ExprContext inner = context;
  inner.set_functions = nullptr;
  std::vector<ExprRef> arguments;
  if (!bind_all(call.arguments, inner, arguments)) return false;
  std::vector<std::string> wanted;
  if (field) {
    wanted.push_back(*field);
  } else {
    SetFunctions::Entry entry;
    if (!bind_set_function(call.name, arguments, span, entry)) return false;
    for (const plan::OutputColumn& c : entry.columns) wanted.push_back(c.name);
  }
  for (const std::string& name : wanted) {
    ExprRef value = bind_set_column(call.name, arguments, span, context, &name);
    if (!value) return false;
    out.push_back({name, std::move(value)});
  }
  return true;
}

/// _pg_expandarray(array): rows of x, the element, and n, its number from 1 on.
ExprRef Binder::bind_expanded_array(ExprRef array, Span span, const ExprContext& context) {
  const sql::Type type = sql::array_of(array->type.element);
  array = coerce(std::move(array), type, sql::CastContext::kExplicit, span, "an argument");
  const auto text = [&](std::string_view value) {
    return plan::constant(sql::Datum(sql::Text(value)), {TypeId::kText}, span);
  };
  ExprRef one = plan::constant(sql::Datum(int32_t{1}), {TypeId::kInteger}, span);
  ExprRef element = bind_set_column({"unnest", span}, {array}, span, context);
  ExprRef number = bind_set_column({std::string(kSubscripts), span}, {array, std::move(one)}, span, context);
  if (!element || !number) return nullptr;
  ExprRef row = make_call("jsonb_build_object", {text("x"), std::move(element), text("n"), std::move(number)},
                          span, false);
  return row ? plan::coalesce({std::move(row)}, sql::kRowType, span) : nullptr;
}

bool Binder::is_set_call(const ast::Call& call) const {
  return is_ad_hoc() && (is_set_function(call.name.name) || call.name.name == kExpandArray);
}

/// The columns that are meant of `entries` side by side, as long as the longest: over the parameters of a
/// lateral join.
NodeRef Binder::zip_set_functions(const std::vector<SetFunctions::Entry>& entries, Span span) {
  std::vector<NodeRef> parts;
  const bool numbered = entries.size() > 1;
  for (const SetFunctions::Entry& entry : entries) {
    NodeRef part = plan::table_function(entry.kind, entry.arguments, numbered, entry.columns, span);
    if (entry.columns.size() > 1) {
      std::vector<ExprRef> exprs;
      exprs.push_back(plan::column_of(*part, entry.column, span));
      std::vector<std::string> names = {entry.columns[entry.column].name};
      if (numbered) {
        exprs.push_back(plan::column_of(*part, static_cast<uint32_t>(entry.columns.size()), span));
        names.emplace_back("ordinality");
      }
      part = plan::project(std::move(part), std::move(exprs), std::move(names), span);
    }
    parts.push_back(std::move(part));
  }
  return numbered ? zip_rows(parts, false, span) : parts.front();
}

/// The rows of `parts` side by side, by the number in their last columns. `ordinality`: it stays as the last
/// column.
NodeRef Binder::zip_rows(const std::vector<NodeRef>& parts, bool ordinality, Span span) {
  // Full joins on the number of the row: the columns so far, then the number.
  NodeRef all = parts.front();
  for (size_t i = 1; i < parts.size(); ++i) {
    const NodeRef& next = parts[i];
    const auto width = static_cast<uint32_t>(all->columns.size());
    const auto next_width = static_cast<uint32_t>(next->columns.size());
    NodeRef joined = plan::join(plan::JoinKind::kFull, all, next, nullptr, {}, span);
    const uint32_t numbers[] = {width - 1, width + next_width - 1};
    ExprRef equal = compare("=", plan::column_of(*joined, numbers[0], span),
                            plan::column_of(*joined, numbers[1], span), span);
    joined = plan::join(plan::JoinKind::kFull, all, next, std::move(equal), {}, span);
    std::vector<ExprRef> exprs;
    std::vector<std::string> names;
    for (uint32_t c = 0; c < width + next_width; ++c) {
      if (c == numbers[0] || c == numbers[1]) continue;
      exprs.push_back(plan::column_of(*joined, c, span));
      names.push_back(joined->columns[c].name);
    }
    exprs.push_back(plan::coalesce(
        {plan::column_of(*joined, numbers[0], span), plan::column_of(*joined, numbers[1], span)},
        {TypeId::kBigint}, span));
    names.emplace_back("ordinality");
    all = plan::project(std::move(joined), std::move(exprs), std::move(names), span);
  }
  const auto width = static_cast<uint32_t>(all->columns.size());
  return visible(std::move(all), ordinality ? width : width - 1, span);
}

}  // namespace sqlmill::bind
