// Calls of aggregates.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

using sql::AggregateForm;
using sql::TypeId;

/// Whether it reads a column of its own query, or none at all.
bool is_over_own_rows(const plan::AggregateCall& call) {
  bool own = false;
  bool outer = false;
  const auto look = [&](auto&& self, const ExprRef& e) -> void {
    own = own || std::holds_alternative<plan::Column>(e->node);
    outer = outer || std::holds_alternative<plan::Parameter>(e->node);
    for (const ExprRef& part : plan::operands(e)) self(self, part);
  };
  for (const ExprRef& e : plan::arguments(call)) look(look, e);
  for (const plan::SortKey& key : call.order) look(look, key.expr);
  return own || !outer;
}

bool has_form(const sql::Aggregate& aggregate, const ast::Call& call) {
  return (aggregate.form != AggregateForm::kPlain) == call.within_group;
}

bool is_any_array(sql::Type type) {
  return type.id == TypeId::kArray && type.element == TypeId::kUnknown;
}

/// Of argument `i` of an overload; kUnknown: any type.
sql::Type wanted_type(const sql::Aggregate& aggregate, size_t i) {
  const TypeId id = aggregate.arguments[i];
  return id == TypeId::kArray ? sql::array_of(aggregate.element) : sql::Type{id};
}

/// How well an overload fits: types that are the same count most, then what PostgreSQL prefers. -1: not at
/// all.
int score(const sql::Aggregate& aggregate, const std::vector<ExprRef>& arguments) {
  int sum = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const sql::Type from = arguments[i]->type;
    const sql::Type to = wanted_type(aggregate, i);
    if (from.id == TypeId::kUnknown) {
      sum += to.id == TypeId::kText;
    } else if (to.id == TypeId::kUnknown ||
               (from.id == to.id && (from.element == to.element || is_any_array(to)))) {
      sum += 2;
    } else {
      const sql::Cast* cast = sql::find_cast(from, to);
      if (!cast || cast->context != sql::CastContext::kImplicit) return -1;
      sum += to.id == TypeId::kDouble;
    }
  }
  return sum;
}

std::string signature(const sql::Aggregate& aggregate) {
  if (aggregate.is_star()) return "*";
  std::vector<std::string> types;
  for (size_t i = 0; i < aggregate.arguments.size(); ++i) {
    const sql::Type type = wanted_type(aggregate, i);
    types.push_back(type.id == TypeId::kUnknown ? "any type"
                    : is_any_array(type)        ? "any array"
                                                : sql::type_name(type));
  }
  return fmt::format("{}", fmt::join(types, ", "));
}

}  // namespace

bool Binder::is_aggregate(const ast::Call& call) const {
  return std::any_of(sql::aggregates().begin(), sql::aggregates().end(),
                     [&](const sql::Aggregate& a) { return a.name == call.name.name && has_form(a, call); });
}

bool Binder::has_other_form(const ast::Call& call, Span span) {
  const std::string& name = call.name.name;
  const bool known = std::any_of(sql::aggregates().begin(), sql::aggregates().end(),
                                 [&](const sql::Aggregate& a) { return a.name == name; });
  if (!known && !call.within_group) return false;
  sink_.report(diag::Code::kMisplacedAggregate, span,
               call.within_group
                   ? fmt::format("{} is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
                   : fmt::format("WITHIN GROUP is required for ordered-set aggregate {}", name));
  return true;
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

const sql::Aggregate* Binder::resolve_aggregate(const ast::Call& call, bool star,
                                                const std::vector<ExprRef>& arguments, Span span) {
  const std::string& name = call.name.name;
  const sql::Aggregate* best = nullptr;
  int best_score = -1;
  std::vector<std::string> known;
  for (const sql::Aggregate& a : sql::aggregates()) {
    if (a.name != name || !has_form(a, call)) continue;
    if (a.form == AggregateForm::kHypotheticalSet) return &a;
    known.push_back(signature(a));
    if (a.is_star() != star || a.arguments.size() != arguments.size()) continue;
    const int found = score(a, arguments);
    if (found < 0 || found < best_score) continue;
    best = found == best_score ? nullptr : &a;
    best_score = found;
  }
  if (best) return best;
  std::vector<std::string> given;
  for (const ExprRef& argument : arguments) {
    sql::Type type = argument->type;
    type.modifier = -1;
    given.push_back(sql::type_name(type));
  }
  const bool lists = std::any_of(known.begin(), known.end(), [](const std::string& types) {
    return types.find(',') != std::string::npos;
  });
  sink_.report(diag::Code::kUnknownFunction, span,
               fmt::format("function does not exist: {}({})", name,
                           star ? "*" : fmt::format("{}", fmt::join(given, ", "))),
               fmt::format("{} takes {}", name, fmt::join(known, lists ? "; " : ", ")));
  return nullptr;
}

/// A rank is asked for as many values as there are keys, and compares them under a common type.
bool Binder::unite_with_keys(const std::string& name, std::vector<ExprRef>& arguments,
                             std::vector<plan::SortKey>& keys, Span span) {
  if (arguments.size() != keys.size()) {
    sink_.report(diag::Code::kUnknownFunction, span,
                 fmt::format("{} takes as many arguments as ORDER BY has expressions", name),
                 fmt::format("here are {} and {}", arguments.size(), keys.size()));
    return false;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::vector<ExprRef> pair = {arguments[i], keys[i].expr};
    sql::Type type;
    if (!coerce_all(pair, "WITHIN GROUP", span, &type)) return false;
    arguments[i] = pair[0];
    keys[i].expr = pair[1];
  }
  return true;
}

bool Binder::coerce_arguments(const sql::Aggregate& aggregate, std::vector<ExprRef>& arguments, Span span) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const sql::Type wanted = wanted_type(aggregate, i);
    const bool any = wanted.id == TypeId::kUnknown || is_any_array(wanted);
    if (any && arguments[i]->type.id != TypeId::kUnknown) continue;
    arguments[i] = coerce(arguments[i], any ? sql::Type{TypeId::kText} : wanted, sql::CastContext::kImplicit,
                          span, "the argument");
    if (!arguments[i]) return false;
  }
  return true;
}

/// What a view cannot have of the call, and what makes no sense.
bool Binder::check_aggregate_call(const plan::AggregateCall& bound, Span span) {
  const std::string_view name = bound.function->name;
  const size_t errors = sink_.error_count();
  if (!is_ad_hoc() && !bound.function->in_views) {
    not_supported(fmt::format("{} in a view", name), "it is for queries; a view cannot maintain it", span);
  } else if (!is_ad_hoc() && bound.distinct && !bound.more_arguments.empty()) {
    not_supported(fmt::format("DISTINCT in {} of a view", name),
                  "use the distinct rows of a subquery in FROM", span);
  } else if (bound.distinct && bound.within_group) {
    sink_.report(diag::Code::kSyntaxError, span, "cannot use DISTINCT with WITHIN GROUP");
  }
  const std::vector<ExprRef> arguments = plan::arguments(bound);
  for (const plan::SortKey& key : bound.order) {
    if (!bound.distinct || bound.within_group) break;
    if (std::any_of(arguments.begin(), arguments.end(),
                    [&](const ExprRef& a) { return plan::equal(a, key.expr); }))
      continue;
    sink_.report(diag::Code::kSyntaxError, key.expr->span,
                 "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list");
  }
  return sink_.error_count() == errors;
}

std::optional<plan::AggregateCall> Binder::bind_aggregate_call(const ast::Call& call, Span span,
                                                               const ExprContext& inner) {
  plan::AggregateCall bound{nullptr, nullptr, nullptr, call.distinct, "", span};
  bound.within_group = call.within_group;
  const auto* whole = call.arguments.size() == 1 ? std::get_if<ast::Star>(&call.arguments[0]->node) : nullptr;
  const bool star = whole && !whole->qualifier && !whole->value;
  if (star && call.distinct) {
    sink_.report(diag::Code::kSyntaxError, span, "DISTINCT needs a column: count(DISTINCT x)");
    return std::nullopt;
  }
  std::vector<ExprRef> arguments;
  if (!star && !bind_arguments(call, inner, arguments)) return std::nullopt;
  if (call.filter) {
    bound.filter = bind_boolean(*call.filter, inner, "the condition of FILTER");
    if (!bound.filter) return std::nullopt;
  }
  if (!bind_sort_keys(call.order_by, inner, bound.order)) return std::nullopt;
  // Overloads of ordered-set aggregates are found by the direct arguments and what ORDER BY has.
  const size_t direct = arguments.size();
  if (call.within_group) {
    for (const plan::SortKey& key : bound.order) arguments.push_back(key.expr);
  }
  bound.function = resolve_aggregate(call, star, arguments, span);
  if (!bound.function) return std::nullopt;
  if (bound.function->form == AggregateForm::kHypotheticalSet) {
    arguments.resize(direct);
    if (!unite_with_keys(call.name.name, arguments, bound.order, span)) return std::nullopt;
  } else {
    if (!coerce_arguments(*bound.function, arguments, span)) return std::nullopt;
    for (size_t i = direct; i < arguments.size(); ++i) bound.order[i - direct].expr = arguments[i];
    arguments.resize(direct);
  }
  if (!arguments.empty()) {
    bound.argument = arguments.front();
    bound.more_arguments.assign(arguments.begin() + 1, arguments.end());
  }
  if (bound.function->always_distinct) bound.distinct = true;
  if (!check_aggregate_call(bound, span)) return std::nullopt;
  if (!bound.function->distinct_matters) bound.distinct = false;
  if (!bound.function->order_matters) bound.order.clear();
  return bound;
}

}  // namespace sqlmill::bind
