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
                                                "localtime",
                                                "localtimestamp",
                                                "clock_timestamp",
                                                "statement_timestamp",
                                                "transaction_timestamp",
                                                "proctime",
                                                "random",
                                                "gen_random_uuid"};

}  // namespace

bool Binder::is_aggregate(const ast::Call& call) const {
  return std::any_of(sql::aggregates().begin(), sql::aggregates().end(),
                     [&](const sql::Aggregate& a) { return a.name == call.name.name; });
}

ExprRef Binder::bind_node(const ast::Call& call, Span span, const ExprContext& context) {
  if (is_aggregate(call)) return bind_aggregate(call, span, context);
  const std::string& name = call.name.name;
  if (call.filter || call.distinct) {
    sink_.report(
        diag::Code::kMisplacedAggregate, span,
        fmt::format("{} is not an aggregate: it takes no {}", name, call.filter ? "FILTER" : "DISTINCT"));
    return nullptr;
  }
  if (std::find(std::begin(kClockFunctions), std::end(kClockFunctions), name) != std::end(kClockFunctions)) {
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
  ExprContext inner = context;
  inner.inside_aggregate = true;
  plan::AggregateCall bound{nullptr, nullptr, nullptr, call.distinct, "", span};
  const bool star = call.arguments.size() == 1 && std::holds_alternative<ast::Star>(call.arguments[0]->node);
  if (!star && call.arguments.size() != 1) {
    sink_.report(diag::Code::kUnknownFunction, span, fmt::format("{} takes one argument", name),
                 name == "count" ? "count(*) counts rows" : "");
    return nullptr;
  }
  if (!star) {
    bound.argument = bind_expr(*call.arguments[0], inner);
    if (!bound.argument) return nullptr;
    if (bound.argument->type.id == sql::TypeId::kUnknown) {
      bound.argument =
          coerce(bound.argument, {sql::TypeId::kText}, sql::CastContext::kImplicit, span, "the argument");
    }
  } else if (call.distinct) {
    sink_.report(diag::Code::kSyntaxError, span, "DISTINCT needs a column: count(DISTINCT x)");
    return nullptr;
  }
  if (call.filter) {
    bound.filter = bind_boolean(*call.filter, inner, "the condition of FILTER");
    if (!bound.filter) return nullptr;
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
    return nullptr;
  }
  if (!bound.function->distinct_matters) bound.distinct = false;
  std::vector<plan::AggregateCall>& calls = *context.aggregates;
  const auto same =
      std::find_if(calls.begin(), calls.end(), [&](const auto& c) { return plan::equal(c, bound); });
  const auto index = static_cast<uint32_t>(same - calls.begin());
  if (same == calls.end()) calls.push_back(bound);
  return plan::column(kFirstAggregateColumn + index, name, plan::result_type(bound),
                      bound.function->result_nullable, span);
}

}  // namespace sqlmill::bind
