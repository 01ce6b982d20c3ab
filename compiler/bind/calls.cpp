// Function and aggregate calls.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::bind {

namespace {

constexpr std::string_view kClockFunctions[] = {"now",
                                                "current_timestamp",
                                                "current_date",
                                                "current_time",
                                                "localtimestamp",
                                                "clock_timestamp",
                                                "statement_timestamp",
                                                "transaction_timestamp",
                                                "proctime",
                                                "random",
                                                "gen_random_uuid"};

/// Whether it reads a column of its own query, or none at all.
bool is_over_own_rows(const plan::AggregateCall& call) {
  bool own = false;
  bool outer = false;
  const auto look = [&](auto&& self, const ExprRef& e) -> void {
    own = own || std::holds_alternative<plan::Column>(e->node);
    outer = outer || std::holds_alternative<plan::Parameter>(e->node);
    for (const ExprRef& part : plan::operands(e)) self(self, part);
  };
  if (call.argument) look(look, call.argument);
  for (const ExprRef& e : call.more_arguments) look(look, e);
  return own || !outer;
}

}  // namespace

bool Binder::is_aggregate(const ast::Call& call) const {
  return std::any_of(sql::aggregates().begin(), sql::aggregates().end(),
                     [&](const sql::Aggregate& a) { return a.name == call.name.name; });
}

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
  if (call.over) return bind_window_call(call, span, context);
  if (is_ad_hoc() && name == "grouping" && !call.arguments.empty()) return bind_grouping(call, span, context);
  if (is_aggregate(call)) return bind_aggregate(call, span, context);
  if (is_ad_hoc() && is_window_function(name)) {
    sink_.report(diag::Code::kMisplacedWindow, span,
                 fmt::format("window function {} requires an OVER clause", name));
    return nullptr;
  }
  if (is_set_call(call)) return bind_set_call(call, span, context);
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
  if (!bind_all(call.arguments, context, arguments)) return nullptr;
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

ExprRef Binder::bind_aggregate(const ast::Call& call, Span span, const ExprContext& context) {
  const std::string& name = call.name.name;
  ExprContext inner = context;
  inner.inside_aggregate = true;
  Closure* closure = context.scope->closure;
  if (closure && !context.inside_aggregate) {
    // One whose columns are all of the query around belongs to that.
    const Closure::Mark mark = closure->mark();
    const std::optional<plan::AggregateCall> made = bind_aggregate_call(call, span, inner);
    if (!made) return nullptr;
    if (!is_over_own_rows(*made)) {
      closure->rewind(mark);
      const ExprRef outer = bind_aggregate(call, span, *closure->around);
      return outer ? closure->take(outer, name, span) : nullptr;
    }
  }
  if (context.inside_aggregate || !context.aggregates) {
    sink_.report(diag::Code::kMisplacedAggregate, span,
                 context.inside_aggregate ? "aggregate calls cannot be nested"
                                          : fmt::format("aggregates are not allowed in {}", context.clause),
                 context.inside_aggregate
                     ? "compute the inner one in a view of its own, or in a subquery in FROM"
                 : context.clause == "WHERE" ? "use HAVING, or FILTER (WHERE …)"
                                             : "");
    return nullptr;
  }
  const std::optional<plan::AggregateCall> made = bind_aggregate_call(call, span, inner);
  if (!made) return nullptr;
  std::vector<plan::AggregateCall>& calls = *context.aggregates;
  const auto same =
      std::find_if(calls.begin(), calls.end(), [&](const auto& c) { return plan::equal(c, *made); });
  const auto index = static_cast<uint32_t>(same - calls.begin());
  if (same == calls.end()) calls.push_back(*made);
  return plan::column(kFirstAggregateColumn + index, name, plan::result_type(*made),
                      made->function->result_nullable, span);
}

std::optional<plan::AggregateCall> Binder::bind_aggregate_call(const ast::Call& call, Span span,
                                                               const ExprContext& inner) {
  const std::string& name = call.name.name;
  plan::AggregateCall bound{nullptr, nullptr, nullptr, call.distinct, "", span};
  const bool star = call.arguments.size() == 1 && std::holds_alternative<ast::Star>(call.arguments[0]->node);
  if (!star && call.arguments.size() != 1) {
    sink_.report(diag::Code::kUnknownFunction, span, fmt::format("{} takes one argument", name),
                 name == "count" ? "count(*) counts rows" : "");
    return std::nullopt;
  }
  if (!star) {
    bound.argument = bind_expr(*call.arguments[0], inner);
    if (!bound.argument) return std::nullopt;
    if (bound.argument->type.id == sql::TypeId::kUnknown) {
      bound.argument =
          coerce(bound.argument, {sql::TypeId::kText}, sql::CastContext::kImplicit, span, "the argument");
    }
  } else if (call.distinct) {
    sink_.report(diag::Code::kSyntaxError, span, "DISTINCT needs a column: count(DISTINCT x)");
    return std::nullopt;
  }
  if (call.filter) {
    bound.filter = bind_boolean(*call.filter, inner, "the condition of FILTER");
    if (!bound.filter) return std::nullopt;
  }
  for (const sql::Aggregate& a : sql::aggregates()) {
    if (a.name != name || a.argument.has_value() == star) continue;
    if (star || *a.argument == sql::TypeId::kUnknown || *a.argument == bound.argument->type.id)
      bound.function = &a;
  }
  if (!bound.function) {
    std::vector<std::string_view> types;
    for (const sql::Aggregate& a : sql::aggregates()) {
      if (a.name == name && a.argument) types.push_back(sql::type_name(*a.argument));
    }
    sink_.report(diag::Code::kUnknownFunction, span,
                 fmt::format("function does not exist: {}({})", name,
                             star ? "*" : sql::type_name(sql::Type{bound.argument->type.id})),
                 fmt::format("{} takes {}", name, fmt::join(types, ", ")));
    return std::nullopt;
  }
  if (!bound.function->distinct_matters) bound.distinct = false;
  if (!bind_sort_keys(call.order_by, inner, bound.order)) return std::nullopt;
  return bound;
}

}  // namespace sqlmill::bind
