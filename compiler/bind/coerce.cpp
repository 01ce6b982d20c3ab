// Type names, casts, and the types that several expressions have in common.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::bind {

namespace {

const sql::Function* find_function(std::string_view name) {
  for (const sql::Function& f : sql::functions()) {
    if (f.name == name) return &f;
  }
  return nullptr;
}

/// `why` the modifiers of a type name are wrong, or empty. Sets the modifier.
std::string bind_modifiers(sql::TypeId id, const std::vector<int64_t>& given, int32_t& modifier) {
  if (given.empty()) return "";
  if (id == sql::TypeId::kText) {
    if (given.size() != 1 || given[0] < 1 || given[0] > 10'485'760) {
      return "the length of varchar must be between 1 and 10485760";
    }
    modifier = static_cast<int32_t>(given[0]);
    return "";
  }
  if (id == sql::TypeId::kNumeric) {
    const int64_t scale = given.size() > 1 ? given[1] : 0;
    if (given.size() > 2 || given[0] < 1 || given[0] > 1000)
      return "numeric precision must be between 1 and 1000";
    if (scale < 0 || scale > given[0]) return "numeric scale must be between 0 and the precision";
    modifier = static_cast<int32_t>(given[0] << 16 | scale);
    return "";
  }
  if (sql::type_category(id) == 'D' || id == sql::TypeId::kInterval) {
    return given[0] == 6 ? "" : "only the precision of 6 digits (microseconds) is supported; leave it out";
  }
  return fmt::format("type {} takes no modifier", sql::type_name(id));
}

/// Types that queries of PostgreSQL's catalogs name, as those that come nearest.
std::optional<sql::Type> catalog_type(std::string_view name) {
  if (name == "bpchar" || name == "character") return sql::Type{sql::TypeId::kText};
  return sql::find_postgres_type(name);
}

/// What to write in the place of a type of PostgreSQL's that there is not; empty: nobody knows this type.
std::string_view instead_of(std::string_view type) {
  constexpr std::pair<std::string_view, std::string_view> kAll[] = {
      {"json", "write jsonb"},
      {"timetz", "write timestamptz, or time and the zone in columns of their own"},
      {"time with time zone", "write timestamptz, or time and the zone in columns of their own"},
      {"bit", "write bytea, or an integer and its operators & | #"},
      {"bit varying", "write bytea, or an integer and its operators & | #"},
      {"varbit", "write bytea, or an integer and its operators & | #"},
      {"money", "write numeric"},
      {"inet", "write text"},
      {"cidr", "write text"},
      {"macaddr", "write text"},
      {"xml", "write text"},
      {"tsvector", "write text, and search with LIKE or ~"},
      {"tsquery", "write text, and search with LIKE or ~"},
      {"jsonpath", "write text, and cast it where it is used: (…)::jsonpath"},
      {"point", "keep the coordinates in columns of type double precision"}};
  for (const auto& [name, hint] : kAll) {
    if (name == type) return hint;
  }
  return type.ends_with("range") ? "keep the bounds in columns of their own, and compare with >= and <" : "";
}

/// `jsonb can be cast to text, boolean`.
std::string cast_targets(sql::TypeId from) {
  std::vector<std::string_view> names;
  for (const sql::Cast& cast : sql::casts()) {
    if (cast.function.arguments[0] == from && cast.function.result != sql::TypeId::kArray)
      names.push_back(sql::type_name(cast.function.result));
  }
  return names.empty() ? ""
                       : fmt::format("{} can be cast to {}", sql::type_name(from), fmt::join(names, ", "));
}

bool is_preferred(sql::TypeId id) {
  return id == sql::TypeId::kDouble || id == sql::TypeId::kText || id == sql::TypeId::kTimestamptz ||
         id == sql::TypeId::kInterval || id == sql::TypeId::kBoolean;
}

}  // namespace

std::optional<sql::Type> Binder::bind_type(const ast::TypeName& name) {
  std::optional<sql::Type> found = sql::find_any_type(name.name);
  if (!found && is_ad_hoc()) {
    std::string_view element = name.name;
    while (element.ends_with("[]")) element.remove_suffix(2);
    if (const std::optional<sql::Type> type = catalog_type(element))
      found = element == name.name ? *type : sql::array_of(type->id, type->modifier);
  }
  if (!found && name.name.ends_with(">")) {
    not_supported("struct and map types", "keep the values in columns of their own, or in a jsonb",
                  name.span);
    return std::nullopt;
  }
  if (!found) {
    std::vector<std::string> names;
    for (const char* n :
         {"boolean", "smallint", "integer", "bigint", "numeric", "real", "double precision", "varchar",
          "text", "bytea", "date", "time", "timestamp", "timestamptz", "interval", "jsonb", "uuid", "int"}) {
      names.emplace_back(n);
    }
    std::string hint(instead_of(name.name));
    if (hint.empty()) hint = diag::did_you_mean(name.name, names);
    sink_.report(diag::Code::kUnknownType, name.span,
                 fmt::format("type \"{}\" does not exist or is not supported yet", name.name),
                 hint.empty()
                     ? fmt::format("the types are {}", fmt::join(names.begin(), names.end() - 1, ", "))
                     : hint);
    return std::nullopt;
  }
  sql::Type type = *found;
  if (name.name == "varchar" || name.name == "character varying") type.modifier = 0;
  const std::string why = type.id == sql::TypeId::kArray && !name.modifiers.empty()
                              ? "a modifier of an array's elements is not supported: leave it out"
                              : bind_modifiers(type.id, name.modifiers, type.modifier);
  if (!why.empty()) {
    sink_.report(diag::Code::kInvalidModifier, name.span, why);
    return std::nullopt;
  }
  return type;
}

ExprRef Binder::apply_modifier(ExprRef expr, sql::Type type, bool is_explicit, Span span) {
  if (type.modifier <= 0 || expr->type == type) return expr;
  const auto literal = [&](auto value) {
    return plan::constant(sql::Datum(value), {sql::kTypeOf<decltype(value)>}, span);
  };
  if (type.id == sql::TypeId::kNumeric) {
    return plan::call(find_function("numeric(p,s)"), {expr, literal(type.modifier)}, type, span);
  }
  return plan::call(find_function("varchar(n)"), {expr, literal(type.modifier), literal(is_explicit)}, type,
                    span);
}

ExprRef Binder::try_coerce(ExprRef expr, sql::Type type, sql::CastContext context, Span span,
                           bool* reported) {
  const bool is_explicit = context == sql::CastContext::kExplicit;
  if (type.id == sql::TypeId::kUnknown) return expr;
  if (type == sql::kJsonPathType && expr->type != type)
    return coerce_to_path(std::move(expr), is_explicit, reported);
  const bool same = expr->type.id == type.id && expr->type.element == type.element;
  if (same) {
    // What clients see is another type; to the rest of the query the value is the same.
    const bool is_seen = is_explicit && (sql::postgres_type(type) || sql::postgres_type(expr->type));
    if (is_seen && type.modifier <= 0 && expr->type != type) {
      return plan::coalesce({std::move(expr)}, type, span);
    }
    return apply_modifier(std::move(expr), type, is_explicit, span);
  }
  if (const auto* parameter = std::get_if<plan::StatementParameter>(&expr->node);
      parameter && expr->type.id == sql::TypeId::kUnknown) {
    // Its first use decides; a use before that had no type to go by.
    sql::Type& inferred = parameters_[parameter->index];
    if (inferred.id == sql::TypeId::kUnknown) inferred = {type.id, std::min(type.modifier, -1), type.element};
    return try_coerce(plan::statement_parameter(parameter->index, inferred, expr->span), type, context, span,
                      reported);
  }
  if (expr->type.id == sql::TypeId::kUnknown) {
    const sql::Datum* literal = plan::as_constant(expr);
    if (!literal) return nullptr;
    if (literal->is_null()) return plan::null_constant(type, expr->span);
    rt::base::Arena arena(256);
    sql::Context evaluation(arena);
    const sql::Datum value = sql::from_text(evaluation, type, literal->as<sql::Text>().view());
    if (evaluation.failed()) {
      sink_.report(diag::Code::kInvalidValue, expr->span, evaluation.error().message, "",
                   sql::sqlstate(evaluation.error().code));
      *reported = true;
      return nullptr;
    }
    const int32_t modifier = type.modifier <= 0 ? type.modifier : -1;
    return apply_modifier(plan::constant(value, {type.id, modifier, type.element}, expr->span), type,
                          is_explicit, span);
  }
  if (is_explicit && type.id == sql::TypeId::kText && sql::is_vector(expr->type))
    return make_call("array_to_string", {std::move(expr), unknown_text(" ", span)}, span, false);
  const sql::Cast* cast = sql::find_cast(expr->type, type);
  if (!cast || cast->context > context) return nullptr;
  const int32_t modifier = std::min(type.modifier, -1);
  ExprRef converted = plan::call(&cast->function, {std::move(expr)}, {type.id, modifier, type.element}, span);
  return apply_modifier(std::move(converted), type, is_explicit, span);
}

ExprRef Binder::coerce(ExprRef expr, sql::Type type, sql::CastContext context, Span span,
                       std::string_view what) {
  bool reported = false;
  const sql::Type from = expr->type;
  ExprRef result = try_coerce(std::move(expr), type, context, span, &reported);
  if (!result && !reported) {
    if (context == sql::CastContext::kExplicit) {
      sink_.report(diag::Code::kCannotCast, span,
                   fmt::format("cannot cast type {} to {}", sql::type_name(from), sql::type_name(type)),
                   cast_targets(from.id));
    } else {
      const sql::Cast* cast = sql::find_cast(from, type);
      sink_.report(
          diag::Code::kTypeMismatch, span,
          fmt::format("{} must be of type {}, not {}", what, sql::type_name(type), sql::type_name(from)),
          cast ? fmt::format("cast it: (…)::{}", sql::type_name(type)) : "");
    }
  }
  return result;
}

/// PostgreSQL has operators of its own for a date and a timestamp, which never fail; its cast of a late date
/// does.
ExprRef Binder::coerce_compared(ExprRef expr, sql::Type type) {
  if (expr->type.id == sql::TypeId::kDate && type.id != sql::TypeId::kDate) {
    const bool has_zone = type.id == sql::TypeId::kTimestamptz;
    const Span span = expr->span;
    return plan::call(find_function(has_zone ? "timestamptz(date)" : "timestamp(date)"), {std::move(expr)},
                      {type.id}, span);
  }
  const Span span = expr->span;
  return coerce(std::move(expr), type, sql::CastContext::kImplicit, span, "an argument");
}

std::optional<sql::Type> Binder::common_type(const std::vector<ExprRef>& exprs, std::string_view what,
                                             Span span) {
  std::optional<sql::Type> common;
  for (const ExprRef& e : exprs) {
    const sql::Type type = e->type;
    if (type.id == sql::TypeId::kUnknown) continue;
    if (!common) {
      common = type;
    } else if (common->id == type.id && common->element == type.element) {
      if (common->modifier != type.modifier) common->modifier = -1;
    } else if (sql::type_category(common->id) != sql::type_category(type.id)) {
      sink_.report(diag::Code::kTypeMismatch, e->span.end ? e->span : span,
                   fmt::format("{} types {} and {} cannot be matched", what, sql::type_name(*common),
                               sql::type_name(type)),
                   "cast one of them: (…)::type");
      return std::nullopt;
    } else {
      const sql::Cast* cast = sql::find_cast(*common, type);
      const sql::Cast* back = sql::find_cast(type, *common);
      const bool forth_ok = cast && cast->context == sql::CastContext::kImplicit;
      const bool back_ok = back && back->context == sql::CastContext::kImplicit;
      if (!is_preferred(common->id) && forth_ok && !back_ok) common = type;
      common->modifier = -1;
    }
  }
  return common ? common : sql::Type{sql::TypeId::kText};
}

bool Binder::coerce_all(std::vector<ExprRef>& exprs, std::string_view what, Span span, sql::Type* type) {
  const std::optional<sql::Type> common = common_type(exprs, what, span);
  if (!common) return false;
  for (ExprRef& e : exprs) {
    e = coerce(e, *common, sql::CastContext::kImplicit, e->span, what);
    if (!e) return false;
  }
  *type = *common;
  return true;
}

}  // namespace sqlmill::bind
