// Arguments of calls: by name, and rows as arguments; calls that depend on the session.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

/// The functions of PostgreSQL whose parameters have names, but for those that nobody calls by them.
struct NamedParameters {
  std::string_view function;
  std::vector<std::string_view> names;
  std::string_view missing = "";  // What arguments behind those that are required are if they are left out.
  size_t required = 0;
};

const std::vector<NamedParameters>& named_parameters() {
  static const std::vector<NamedParameters> kAll = {
      {"make_interval", {"years", "months", "weeks", "days", "hours", "mins", "secs"}, "0"},
      {"make_date", {"year", "month", "day"}},
      {"make_time", {"hour", "min", "sec"}},
      {"make_timestamp", {"year", "month", "mday", "hour", "min", "sec"}},
      {"make_timestamptz", {"year", "month", "mday", "hour", "min", "sec", "timezone"}},
      {"jsonb_set", {"jsonb_in", "path", "replacement", "create_if_missing"}},
      {"jsonb_insert", {"jsonb_in", "path", "replacement", "insert_after"}},
      {"jsonb_set_lax", {"jsonb_in", "path", "replacement", "create_if_missing", "null_value_treatment"}},
      {"jsonb_path_exists", {"target", "path", "vars", "silent"}, "{}", 2},
      {"jsonb_path_match", {"target", "path", "vars", "silent"}, "{}", 2},
      {"jsonb_path_query", {"target", "path", "vars", "silent"}, "{}", 2},
      {"jsonb_path_query_array", {"target", "path", "vars", "silent"}, "{}", 2},
      {"jsonb_path_query_first", {"target", "path", "vars", "silent"}, "{}", 2},
  };
  return kAll;
}

/// Functions for which a row is an object of JSON.
bool takes_rows_as_json(std::string_view name) {
  return name == "count" || name.find("json") != std::string_view::npos;
}

/// Functions that put their arguments in order, which the text of a row does not have.
bool compares(std::string_view name) {
  return name == "min" || name == "max" || name == "greatest" || name == "least";
}

}  // namespace

bool Binder::bind_arguments(const ast::Call& call, const ExprContext& context, std::vector<ExprRef>& out) {
  bool ok = true;
  if (is_ad_hoc() && compares(call.name.name)) {
    for (const ast::ExprPtr& argument : call.arguments) {
      if (!is_row(*argument, context)) continue;
      not_supported(fmt::format("rows as arguments of {}", call.name.name), "compare columns",
                    argument->span);
      ok = false;
    }
    if (!ok) return false;
  }
  if (!is_ad_hoc() || !takes_rows_as_json(call.name.name)) return bind_all(call.arguments, context, out);
  for (const ast::ExprPtr& argument : call.arguments) {
    ExprRef bound =
        is_row(*argument, context) ? bind_row_value(*argument, true, context) : bind_expr(*argument, context);
    ok = ok && bound;
    out.push_back(std::move(bound));
  }
  return ok;
}

bool Binder::place_named_arguments(const std::string& function, const std::vector<ast::Identifier>& names,
                                   Span span, std::vector<ExprRef>& arguments) {
  if (names.empty()) return true;
  const auto& all = named_parameters();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const NamedParameters& p) { return p.function == function; });
  if (found == all.end()) {
    not_supported("named arguments", "pass the arguments by position", span);
    return false;
  }
  const size_t positional = arguments.size() - names.size();
  std::vector<ExprRef> placed(found->names.size());
  std::move(arguments.begin(),
            arguments.begin() + static_cast<ptrdiff_t>(std::min(positional, placed.size())), placed.begin());
  size_t end = positional;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto name = std::find(found->names.begin(), found->names.end(), names[i].name);
    const auto place = static_cast<size_t>(name - found->names.begin());
    if (place == placed.size() || placed[place]) {
      sink_.report(diag::Code::kUnknownFunction, names[i].span,
                   place == placed.size()
                       ? fmt::format("{} has no argument \"{}\"", found->function, names[i].name)
                       : fmt::format("argument name \"{}\" used more than once", names[i].name),
                   fmt::format("its arguments are {}", fmt::join(found->names, ", ")));
      return false;
    }
    placed[place] = arguments[positional + i];
    end = std::max(end, place + 1);
  }
  placed.resize(std::min(end, placed.size()));
  for (size_t i = 0; i < placed.size(); ++i) {
    if (placed[i]) continue;
    if (found->missing.empty() || i < found->required) {
      sink_.report(diag::Code::kUnknownFunction, span,
                   fmt::format("{} needs its argument \"{}\"", found->function, found->names[i]));
      return false;
    }
    placed[i] = unknown_text(found->missing, span);
  }
  arguments = std::move(placed);
  return true;
}

/// Null: it is none of these.
ExprRef Binder::bind_session_call(const std::string& name, std::vector<ExprRef>& arguments, Span span) {
  if (arguments.size() != 1) return nullptr;
  if (name == "pg_typeof") {
    const sql::Type type = arguments[0]->type;
    const std::string text = type.id == sql::TypeId::kUnknown ? "unknown" : sql::type_name(type);
    return plan::constant(sql::Datum(sql::Text(text)), {sql::TypeId::kText}, span);
  }
  if (name == "age") {
    const bool has_zone = arguments[0]->type.id != sql::TypeId::kTimestamp;
    ExprRef today = make_call("current_date", {}, span, false);
    if (today)
      today = coerce(std::move(today), {has_zone ? sql::TypeId::kTimestamptz : sql::TypeId::kTimestamp},
                     sql::CastContext::kImplicit, span, "today");
    return today ? make_call("age", {std::move(today), arguments[0]}, span, false) : nullptr;
  }
  return nullptr;
}

}  // namespace sqlmill::bind
