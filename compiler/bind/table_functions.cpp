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

bool is_set_function(std::string_view name) {
  const auto& all = set_functions();
  return std::any_of(all.begin(), all.end(), [&](const SetFunction& f) { return f.function.name == name; });
}

}  // namespace

bool Binder::bind_set_function(const ast::Identifier& name, std::vector<ExprRef> arguments, Span span,
                               SetFunctions::Entry& entry, std::vector<plan::OutputColumn>& columns) {
  std::vector<const sql::Function*> named;
  for (const SetFunction& f : set_functions()) {
    if (f.function.name == name.name) named.push_back(&f.function);
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
  const SetFunction& function = *std::find_if(set_functions().begin(), set_functions().end(),
                                              [&](const SetFunction& f) { return &f.function == chosen; });
  for (const auto& [column, type] : function.columns) columns.push_back({std::string(column), {type}, true});
  if (columns.empty()) columns.push_back({name.name, result, true});
  if (function.kind == Kind::kRegexpMatches && arguments.size() == 2)
    arguments.push_back(
        coerce(unknown_text("", span), {TypeId::kText}, sql::CastContext::kImplicit, span, "flags"));
  entry = {function.kind, std::move(arguments), columns.front()};
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

/// unnest(a, b): their elements side by side.
NodeRef Binder::bind_unnest_all(std::vector<ExprRef> arrays, bool ordinality, Span span) {
  std::vector<SetFunctions::Entry> entries;
  for (ExprRef& array : arrays) {
    SetFunctions::Entry& entry = entries.emplace_back();
    std::vector<plan::OutputColumn> columns;
    if (!bind_set_function({"unnest", span}, {std::move(array)}, span, entry, columns)) return nullptr;
  }
  return zip_set_functions(entries, span, ordinality);
}

NodeRef Binder::bind_function_item(const ast::FromItem& item, const QueryContext& context,
                                   std::string& name) {
  const auto& call = std::get<ast::FunctionCall>(item.source);
  name = call.name.name;
  if (name == "tumble" || name == "hop" || name == "session") {
    item_is_for_views(item);
    return nullptr;
  }
  // A function sees what is to its left without LATERAL.
  Scope scope;
  scope.closure = context.closure;
  scope.sees_lateral = context.from != 0 || context.sees_lateral;
  scope.ctes = context.ctes;
  const ExprContext arguments_context{&scope, "functions in FROM"};
  NodeRef node;
  bool named_by_alias = true;
  if (is_set_function(name)) {
    std::vector<ExprRef> arguments;
    if (!bind_all(call.arguments, arguments_context, arguments)) return nullptr;
    if (name == "unnest" && arguments.size() > 1)
      return bind_unnest_all(std::move(arguments), call.ordinality, item.span);
    SetFunctions::Entry entry;
    std::vector<plan::OutputColumn> columns;
    if (!bind_set_function(call.name, std::move(arguments), item.span, entry, columns)) return nullptr;
    named_by_alias = columns.size() == 1 && columns[0].name == name;
    node = plan::table_function(entry.kind, std::move(entry.arguments), call.ordinality, std::move(columns),
                                item.span);
  } else if (const catalog::Relation* relation = catalog().find(catalog::kFunctionSchema, name);
             relation && call.arguments.empty() && !call.ordinality) {
    return plan::scan(relation, item.span);
  } else {
    std::vector<ExprRef> arguments;
    if (!bind_all(call.arguments, arguments_context, arguments)) return nullptr;
    ExprRef value = make_call(name, std::move(arguments), call.name.span, false);
    if (!value) return nullptr;
    std::vector<ExprRef> exprs = {std::move(value)};
    std::vector<std::string> names = {name};
    if (call.ordinality) {
      exprs.push_back(plan::constant(sql::Datum(int64_t{1}), {TypeId::kBigint}, item.span));
      names.emplace_back("ordinality");
    }
    node = plan::project(plan::values({{}}, {}, item.span), std::move(exprs), std::move(names), item.span);
  }
  // PostgreSQL calls the only column of a function as the table is called.
  if (named_by_alias && item.alias && item.column_aliases.empty())
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
  if (call.name.name == kExpandArray && arguments.size() == 1 && arguments[0]->type.id == TypeId::kArray)
    return bind_expanded_array(std::move(arguments[0]), span, context);
  return bind_set_column(call.name, std::move(arguments), span, context);
}

/// The column of a set-returning function that stands in a SELECT list.
ExprRef Binder::bind_set_column(const ast::Identifier& name, std::vector<ExprRef> arguments, Span span,
                                const ExprContext& context) {
  SetFunctions::Entry entry;
  std::vector<plan::OutputColumn> columns;
  if (!bind_set_function(name, std::move(arguments), span, entry, columns)) return nullptr;
  if (columns.size() > 1) {
    not_supported(fmt::format("{} in a SELECT list", name.name), "write it in FROM", span);
    return nullptr;
  }
  context.set_functions->entries.push_back(entry);
  const auto index = static_cast<uint32_t>(context.set_functions->entries.size() - 1);
  return plan::column(kFirstSetColumn + index, name.name, entry.column.type, true, span);
}

/// _pg_expandarray(array): rows of x, the element, and n, its number from 1 on.
ExprRef Binder::bind_expanded_array(ExprRef array, Span span, const ExprContext& context) {
  array = coerce(std::move(array), sql::array_of(array->type.element), sql::CastContext::kExplicit, span,
                 "an argument");
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

/// The rows of `entries` side by side, as long as the longest: over the parameters of a lateral join.
/// `ordinality`: a last column counts them.
NodeRef Binder::zip_set_functions(const std::vector<SetFunctions::Entry>& entries, Span span,
                                  bool ordinality) {
  const auto one = [&](size_t i, bool ordinality) {
    std::vector<ExprRef> arguments;
    for (const ExprRef& argument : entries[i].arguments) arguments.push_back(argument);
    return plan::table_function(entries[i].kind, std::move(arguments), ordinality, {entries[i].column}, span);
  };
  if (entries.size() == 1) return one(0, ordinality);
  // Full joins on the number of the row: the columns so far, then the number.
  NodeRef all = one(0, true);
  for (size_t i = 1; i < entries.size(); ++i) {
    const NodeRef next = one(i, true);
    const auto width = static_cast<uint32_t>(all->columns.size());
    NodeRef joined = plan::join(plan::JoinKind::kFull, all, next, nullptr, {}, span);
    ExprRef equal = compare("=", plan::column_of(*joined, width - 1, span),
                            plan::column_of(*joined, width + 1, span), span);
    joined = plan::join(plan::JoinKind::kFull, all, next, std::move(equal), {}, span);
    std::vector<ExprRef> exprs;
    std::vector<std::string> names;
    for (uint32_t c = 0; c + 1 < width; ++c) exprs.push_back(plan::column_of(*joined, c, span));
    exprs.push_back(plan::column_of(*joined, width, span));
    exprs.push_back(
        plan::coalesce({plan::column_of(*joined, width - 1, span), plan::column_of(*joined, width + 1, span)},
                       {TypeId::kBigint}, span));
    for (size_t c = 0; c < i + 1; ++c) names.push_back(entries[c].column.name);
    names.emplace_back("ordinality");
    all = plan::project(std::move(joined), std::move(exprs), std::move(names), span);
  }
  return visible(std::move(all), static_cast<uint32_t>(entries.size() + (ordinality ? 1 : 0)), span);
}

}  // namespace sqlmill::bind
