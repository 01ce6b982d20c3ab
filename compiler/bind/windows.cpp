// Window functions: the call, PARTITION BY and ORDER BY, the frame; GROUPING.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

using Function = plan::WindowFunction;
using sql::TypeId;

struct WindowSignature {
  std::string_view name;
  Function function;
  size_t least;  // Arguments.
  size_t most;
};

constexpr WindowSignature kWindowFunctions[] = {
    {"row_number", Function::kRowNumber, 0, 0},
    {"rank", Function::kRank, 0, 0},
    {"dense_rank", Function::kDenseRank, 0, 0},
    {"percent_rank", Function::kPercentRank, 0, 0},
    {"cume_dist", Function::kCumeDist, 0, 0},
    {"ntile", Function::kNtile, 1, 1},
    {"lag", Function::kLag, 1, 3},
    {"lead", Function::kLead, 1, 3},
    {"first_value", Function::kFirstValue, 1, 1},
    {"last_value", Function::kLastValue, 1, 1},
    {"nth_value", Function::kNthValue, 2, 2},
};

const WindowSignature* find_window_function(std::string_view name) {
  const auto* found = std::find_if(std::begin(kWindowFunctions), std::end(kWindowFunctions),
                                   [&](const WindowSignature& f) { return f.name == name; });
  return found == std::end(kWindowFunctions) ? nullptr : found;
}

sql::Type type_of(Function function, const std::vector<ExprRef>& arguments) {
  switch (function) {
    case Function::kRowNumber:
    case Function::kRank:
    case Function::kDenseRank:
      return {TypeId::kBigint};
    case Function::kPercentRank:
    case Function::kCumeDist:
      return {TypeId::kDouble};
    case Function::kNtile:
      return {TypeId::kInteger};
    case Function::kLag:
    case Function::kLead:
    case Function::kFirstValue:
    case Function::kLastValue:
    case Function::kNthValue:
      return arguments[0]->type;
    case Function::kAggregate:
      break;
  }
  __builtin_unreachable();
}

plan::FrameBound bound_of(ast::FrameBoundKind kind) {
  return static_cast<plan::FrameBound>(kind);
}
static_assert(static_cast<int>(ast::FrameBoundKind::kUnboundedFollowing) ==
              static_cast<int>(plan::FrameBound::kUnboundedFollowing));
static_assert(static_cast<int>(ast::FrameUnit::kGroups) == static_cast<int>(plan::FrameUnit::kGroups));
static_assert(static_cast<int>(ast::FrameExclusion::kTies) == static_cast<int>(plan::FrameExclusion::kTies));

}  // namespace

bool is_window_function(std::string_view name) {
  return find_window_function(name) != nullptr;
}

bool Binder::bind_sort_keys(const std::vector<ast::OrderItem>& items, const ExprContext& context,
                            std::vector<plan::SortKey>& out) {
  bool ok = true;
  for (const ast::OrderItem& item : items) {
    if (is_ad_hoc() && is_row(*item.expr, context)) {
      // Column by column; whatever is said of NULLs is said of the row, which is none.
      std::vector<ExprRef> row;
      ok = bind_row(*item.expr, context, row) && ok;
      for (ExprRef& e : row) out.push_back({std::move(e), item.descending, item.descending});
      continue;
    }
    ExprRef expr = bind_expr(*item.expr, context);
    if (expr && expr->type.id == TypeId::kUnknown)
      expr = coerce(expr, {TypeId::kText}, sql::CastContext::kImplicit, expr->span, "a key");
    ok = ok && expr;
    out.push_back({std::move(expr), item.descending, item.nulls_first.value_or(item.descending)});
  }
  return ok;
}

ExprRef Binder::bind_window_call(const ast::Call& call, Span span, const ExprContext& context) {
  const auto misplaced = [&](std::string message) -> ExprRef {
    sink_.report(diag::Code::kMisplacedWindow, span, std::move(message),
                 "compute it in a subquery in FROM, and use its column");
    return nullptr;
  };
  if (context.inside_aggregate)
    return misplaced("aggregate function calls cannot contain window function calls");
  if (!context.windows)
    return misplaced(fmt::format("window functions are not allowed in {}", context.clause));
  ExprContext inner = context;
  inner.windows = nullptr;
  inner.named_windows = context.windows->named;
  inner.set_functions = nullptr;
  inner.clause = "window definitions";
  WindowCalls::Entry entry;
  entry.call.ignore_nulls = call.ignore_nulls;
  entry.call.name = call.name.name;
  const bool ok = bind_window_function(call, span, inner, entry.call);
  if (!bind_window_spec(*call.over, inner, entry) || !ok) return nullptr;
  const auto index = static_cast<uint32_t>(context.windows->entries.size());
  const sql::Type type = entry.call.type;
  context.windows->entries.push_back(std::move(entry));
  return plan::column(kFirstWindowColumn + index, call.name.name, type, true, span);
}

bool Binder::bind_window_function(const ast::Call& call, Span span, const ExprContext& inner,
                                  plan::WindowCall& bound) {
  const auto refuse = [&](std::string message) {
    sink_.report(diag::Code::kNotSupported, span, std::move(message));
    return false;
  };
  if (call.distinct) return refuse("DISTINCT is not implemented for window functions");
  if (!call.order_by.empty()) return refuse("aggregate ORDER BY is not implemented for window functions");
  const WindowSignature* signature = find_window_function(call.name.name);
  if (!signature) {
    if (!is_aggregate(call)) {
      sink_.report(diag::Code::kWrongRelationKind, call.name.span,
                   fmt::format("OVER specified, but {} is not a window function nor an aggregate function",
                               call.name.name));
      return false;
    }
    std::optional<plan::AggregateCall> aggregate = bind_aggregate_call(call, span, inner);
    if (!aggregate) return false;
    if (aggregate->distinct) return refuse("DISTINCT is not implemented for window functions");
    bound.function = Function::kAggregate;
    bound.type = plan::result_type(*aggregate);
    bound.aggregate = std::move(*aggregate);
    return true;
  }
  if (call.filter) return refuse("FILTER is not implemented for non-aggregate window functions");
  bound.function = signature->function;
  if (!bind_all(call.arguments, inner, bound.arguments)) return false;
  std::vector<ExprRef>& arguments = bound.arguments;
  if (arguments.size() < signature->least || arguments.size() > signature->most) {
    std::vector<std::string> types;
    for (const ExprRef& a : arguments) types.push_back(sql::type_name(sql::Type{a->type.id}));
    sink_.report(diag::Code::kUnknownFunction, call.name.span,
                 fmt::format("function {}({}) does not exist", call.name.name, fmt::join(types, ", ")));
    return false;
  }
  const auto coerce_to = [&](size_t i, sql::Type type) {
    if (i >= arguments.size()) return true;
    arguments[i] = coerce(arguments[i], type, sql::CastContext::kImplicit, arguments[i]->span, "an argument");
    return arguments[i] != nullptr;
  };
  if (signature->function == Function::kNtile) {
    if (!coerce_to(0, {TypeId::kInteger})) return false;
  } else if (!arguments.empty()) {
    // The value and its default have a type in common.
    std::vector<ExprRef> values = {arguments[0]};
    if (arguments.size() > 2) values.push_back(arguments[2]);
    sql::Type type;
    if (!coerce_all(values, call.name.name, span, &type)) return false;
    arguments[0] = values[0];
    if (arguments.size() > 2) arguments[2] = values[1];
    if (!coerce_to(1, {TypeId::kInteger})) return false;
  }
  bound.type = type_of(signature->function, arguments);
  return true;
}

bool Binder::bind_window_spec(const ast::WindowSpec& spec, const ExprContext& inner,
                              WindowCalls::Entry& entry) {
  if (!spec.base) {
    bool ok = true;
    for (const ast::ExprPtr& key : spec.partition) {
      ExprRef expr = bind_expr(*key, inner);
      if (expr && expr->type.id == TypeId::kUnknown)
        expr = coerce(expr, {TypeId::kText}, sql::CastContext::kImplicit, expr->span, "a key");
      ok = ok && expr;
      entry.partition.push_back(std::move(expr));
    }
    ok = bind_sort_keys(spec.order, inner, entry.order) && ok;
    return ok && (!spec.frame || bind_frame(*spec.frame, inner, entry));
  }
  const std::vector<ast::NamedWindow>& named = *inner.named_windows;
  const auto base = std::find_if(named.begin(), named.end(),
                                 [&](const ast::NamedWindow& w) { return w.name.name == spec.base->name; });
  const auto refuse = [&](Span span, std::string message) {
    sink_.report(diag::Code::kMisplacedWindow, span, std::move(message));
    return false;
  };
  if (base == named.end()) {
    sink_.report(diag::Code::kUnknownTable, spec.base->span,
                 fmt::format("window \"{}\" does not exist", spec.base->name));
    return false;
  }
  if (!bind_window_spec(base->spec, inner, entry)) return false;
  if (spec.is_name) return true;
  const std::string& name = spec.base->name;
  if (!spec.partition.empty())
    return refuse(spec.span, fmt::format("cannot override PARTITION BY clause of window \"{}\"", name));
  if (!spec.order.empty() && !entry.order.empty())
    return refuse(spec.span, fmt::format("cannot override ORDER BY clause of window \"{}\"", name));
  if (base->spec.frame)
    return refuse(spec.span, fmt::format("cannot copy window \"{}\" because it has a frame clause", name));
  if (!bind_sort_keys(spec.order, inner, entry.order)) return false;
  return !spec.frame || bind_frame(*spec.frame, inner, entry);
}

bool Binder::bind_frame(const ast::Frame& frame, const ExprContext& inner, WindowCalls::Entry& entry) {
  plan::Frame& out = entry.call.frame;
  out.unit = static_cast<plan::FrameUnit>(frame.unit);
  out.exclusion = static_cast<plan::FrameExclusion>(frame.exclusion);
  out.begin = bound_of(frame.begin.kind);
  out.end = bound_of(frame.end.kind);
  const bool has_offset = frame.begin.offset || frame.end.offset;
  if (frame.unit == ast::FrameUnit::kGroups && entry.order.empty()) {
    sink_.report(diag::Code::kMisplacedWindow, frame.span, "GROUPS mode requires an ORDER BY clause");
    return false;
  }
  if (frame.unit == ast::FrameUnit::kRange && has_offset && entry.order.size() != 1) {
    sink_.report(diag::Code::kMisplacedWindow, frame.span,
                 "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column");
    return false;
  }
  if (frame.begin.offset) out.begin_offset = bind_frame_offset(frame.begin.offset, frame, inner, entry);
  if (frame.end.offset) out.end_offset = bind_frame_offset(frame.end.offset, frame, inner, entry);
  return (!frame.begin.offset || out.begin_offset) && (!frame.end.offset || out.end_offset);
}

ExprRef Binder::bind_frame_offset(const ast::ExprPtr& offset, const ast::Frame& frame,
                                  const ExprContext& inner, const WindowCalls::Entry& entry) {
  constexpr std::string_view kUnits[] = {"ROWS", "RANGE", "GROUPS"};
  const std::string_view unit = kUnits[static_cast<size_t>(frame.unit)];
  ExprContext context = inner;
  context.aggregates = nullptr;
  context.clause = unit;
  ExprRef bound = bind_expr(*offset, context);
  if (!bound) return nullptr;
  bool has_column = false;
  plan::for_each_column(bound, [&](const plan::Column&) { has_column = true; });
  if (has_column) {
    sink_.report(diag::Code::kInvalidPosition, offset->span,
                 fmt::format("argument of {} must not contain variables", unit));
    return nullptr;
  }
  sql::Type type{TypeId::kBigint};
  if (frame.unit == ast::FrameUnit::kRange) {
    type = {entry.order[0].expr->type.id};
    const char category = sql::type_category(type.id);
    if (category == 'D' || category == 'T') type = {TypeId::kInterval};
    if (type.id == TypeId::kSmallint || type.id == TypeId::kInteger) type = {TypeId::kBigint};
    if (type.id == TypeId::kReal) type = {TypeId::kDouble};
    if (category != 'D' && category != 'T' && category != 'N') {
      sink_.report(diag::Code::kNotSupported, frame.span,
                   fmt::format("RANGE with offset PRECEDING/FOLLOWING is not supported for column type {}",
                               sql::type_name(type)));
      return nullptr;
    }
  }
  return coerce(std::move(bound), type, sql::CastContext::kImplicit, offset->span,
                fmt::format("argument of {}", unit));
}

ExprRef Binder::bind_grouping(const ast::Call& call, Span span, const ExprContext& context) {
  if (!context.groupings || context.inside_aggregate) {
    sink_.report(diag::Code::kMisplacedAggregate, span,
                 fmt::format("grouping operations are not allowed in {}", context.clause));
    return nullptr;
  }
  ExprContext inner = context;
  inner.inside_aggregate = true;
  std::vector<ExprRef> arguments;
  if (!bind_all(call.arguments, inner, arguments)) return nullptr;
  context.groupings->push_back(std::move(arguments));
  const auto index = static_cast<uint32_t>(context.groupings->size() - 1);
  return plan::column(kFirstGroupingColumn + index, "grouping", {TypeId::kInteger}, false, span);
}

}  // namespace sqlmill::bind
