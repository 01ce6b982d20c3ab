// Calls of functions.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/ast/field_call.h"
#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::bind {

namespace {

constexpr std::string_view kClockFunctions[] = {"now",
                                                "current_timestamp",
                                                "current_date",
                                                "current_time",
                                                "localtime",
                                                "localtimestamp",
                                                "clock_timestamp",
                                                "statement_timestamp",
                                                "transaction_timestamp",
                                                "proctime",
                                                "random",
                                                "gen_random_uuid"};

}  // namespace

bool Binder::call_is_for_views(const ast::Call& call, Span span) {
  const size_t errors = sink_.error_count();
  if (call.over) {
    not_supported("window functions (OVER)", "use GROUP BY and aggregates where they do", span);
  } else if (call.within_group) {
    not_supported("ordered-set aggregates (WITHIN GROUP)", "use min, max or avg where they do", span);
  } else if (!call.order_by.empty()) {
    not_supported("ORDER BY inside an aggregate",
                  "leave it out: the order changes no result of count, sum, avg, min and max", span);
  } else if (call.ignore_nulls) {
    not_supported("IGNORE NULLS", "write FILTER (WHERE x IS NOT NULL)", span);
  }
  return sink_.error_count() == errors;
}

ExprRef Binder::bind_node(const ast::Call& call, Span span, const ExprContext& context) {
  if (!is_ad_hoc() && !call_is_for_views(call, span)) return nullptr;
  const std::string& name = call.name.name;
  if (name == ast::kFieldCall) return bind_field(call, span, context);
  if (call.over) return bind_window_call(call, span, context);
  if (is_ad_hoc() && name == "grouping" && !call.arguments.empty()) return bind_grouping(call, span, context);
  if (is_aggregate(call)) return bind_aggregate(call, span, context);
  if (is_ad_hoc() && is_window_function(name)) {
    sink_.report(diag::Code::kMisplacedWindow, span,
                 fmt::format("window function {} requires an OVER clause", name));
    return nullptr;
  }
  if (is_set_call(call)) return bind_set_call(call, span, context);
  if (is_populate(name)) {
    std::vector<ScopeColumn> columns;
    return bind_populate(call, span, context, columns) ? row_value(columns, false, false, span) : nullptr;
  }
  if (has_other_form(call, span)) return nullptr;
  if (call.filter || call.distinct) {
    sink_.report(
        diag::Code::kMisplacedAggregate, span,
        fmt::format("{} is not an aggregate: it takes no {}", name, call.filter ? "FILTER" : "DISTINCT"));
    return nullptr;
  }
  const bool is_clock =
      std::find(std::begin(kClockFunctions), std::end(kClockFunctions), name) != std::end(kClockFunctions);
  const auto& functions = sql::functions();
  const bool is_there =
      std::any_of(functions.begin(), functions.end(), [&](const sql::Function& f) { return f.name == name; });
  if (is_clock && !(is_ad_hoc() && is_there)) {
    const bool is_random = name == "random" || name == "gen_random_uuid";
    const bool in_view = context.scope && !context.scope->tables.empty();
    sink_.report(diag::Code::kNotDeterministic, span, fmt::format("not supported yet: {}()", name),
                 !in_view ? "write a constant"
                 : is_random
                     ? "expressions must always give the same; take the value from a column of the event"
                     : "expressions must always give the same; use a time column of the event");
    return nullptr;
  }
  std::vector<ExprRef> arguments;
  if (!bind_arguments(call, context, arguments) || !place_named_arguments(name, call.names, span, arguments))
    return nullptr;
  if (is_ad_hoc()) {
    if (ExprRef session = bind_session_call(name, arguments, span)) return session;
  }
  if (name == "coalesce" || name == "nullif" || name == "greatest" || name == "least") {
    return bind_special_call(call, span, arguments);
  }
  return make_call(name, std::move(arguments), span, false);
}

ExprRef Binder::bind_special_call(const ast::Call& call, Span span, std::vector<ExprRef>& arguments) {
  const std::string& name = call.name.name;
  const bool count_ok = name == "nullif" ? arguments.size() == 2 : !arguments.empty();
  if (!count_ok) {
    sink_.report(
        diag::Code::kColumnCount, span,
        fmt::format("{} needs {}", name, name == "nullif" ? "two arguments" : "at least one argument"));
    return nullptr;
  }
  if (name == "nullif") {
    ExprRef equal = compare("=", arguments[0], arguments[1], span);
    if (!equal) return nullptr;
    ExprRef value = arguments[0];
    // The result has the type under which the two were compared, as in PostgreSQL.
    if (const auto* comparison = std::get_if<plan::Call>(&equal->node)) {
      if (value->type.id == sql::TypeId::kUnknown) value = comparison->arguments[0];
    }
    const sql::Type type = value->type;
    return plan::case_when({{std::move(equal), plan::null_constant(type, span)}}, std::move(value), type,
                           span);
  }
  sql::Type type;
  if (!coerce_all(arguments, name, span, &type)) return nullptr;
  if (name == "coalesce") return plan::coalesce(std::move(arguments), type, span);
  return plan::extreme(name == "greatest", std::move(arguments), type, span);
}

}  // namespace sqlmill::bind
