// Types of time with a precision, timestamp(3), and intervals with fields, INTERVAL '1' DAY: what they do to
// a value as it is cast. The value's type has neither.
#include <fmt/format.h>

#include "compiler/bind/binder.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::bind {

namespace {

constexpr sql::Type kInterval{sql::TypeId::kInterval};

/// The last of `hour to minute`.
std::string_view last_field(std::string_view fields) {
  const size_t space = fields.rfind(' ');
  return space == std::string_view::npos ? fields : fields.substr(space + 1);
}

/// What the fields say of a string of digits: INTERVAL '1' DAY is '1 day', and '10:30' MINUTE TO SECOND has
/// no hours.
std::string with_unit(const std::string& text, std::string_view fields) {
  const bool is_number = !text.empty() && text.find_first_not_of(" +-.0123456789") == std::string::npos &&
                         text.find('-', 1) == std::string::npos;
  if (is_number) return fmt::format("{} {}", text, last_field(fields));
  const size_t colon = text.find(':');
  const bool lacks_hours = fields == "minute to second" && colon != std::string::npos &&
                           text.find(':', colon + 1) == std::string::npos;
  return lacks_hours ? "00:" + text : text;
}

}  // namespace

/// The 3 of timestamp(3); nothing for other types, and without a precision.
std::optional<int32_t> Binder::time_digits(const ast::TypeName& name) {
  const std::optional<sql::Type> type = sql::find_any_type(name.name);
  if (!type || name.modifiers.size() != 1 || name.modifiers[0] < 0 || name.modifiers[0] > 5)
    return std::nullopt;
  const bool has_digits = type->id == sql::TypeId::kTime || type->id == sql::TypeId::kTimestamp ||
                          type->id == sql::TypeId::kTimestamptz || type->id == sql::TypeId::kInterval;
  return has_digits ? std::optional(static_cast<int32_t>(name.modifiers[0])) : std::nullopt;
}

ExprRef Binder::cast_to(ExprRef operand, const ast::TypeName& type, Span span, std::string_view what) {
  const std::optional<int32_t> digits = time_digits(type);
  // Legal in views as well, as a path that a function takes.
  const std::optional<sql::Type> target =
      type.name == "jsonpath" ? sql::find_postgres_type(type.name)
                              : bind_type(digits ? ast::TypeName{type.name, {}, type.span} : type);
  if (!target) return nullptr;
  ExprRef value = coerce(std::move(operand), *target, sql::CastContext::kExplicit, span, what);
  if (!value || !digits) return value;
  const std::string_view name = target->id == sql::TypeId::kTime          ? "time(p)"
                                : target->id == sql::TypeId::kTimestamp   ? "timestamp(p)"
                                : target->id == sql::TypeId::kTimestamptz ? "timestamptz(p)"
                                                                          : "interval(p)";
  return make_call(name,
                   {std::move(value), plan::constant(sql::Datum(*digits), {sql::TypeId::kInteger}, span)},
                   span, true);
}

ExprRef Binder::bind_interval_with_fields(const ast::TypedLiteral& literal, Span span) {
  const std::string_view fields =
      std::string_view(literal.type.name).substr(std::string_view("interval ").size());
  ExprRef value = coerce(unknown_text(with_unit(literal.value, fields), span), kInterval,
                         sql::CastContext::kExplicit, span, "a literal");
  const std::string_view last = last_field(fields);
  if (!value || last == "second") return value;
  return make_call("date_trunc", {unknown_text(last, span), std::move(value)}, span, false);
}

}  // namespace sqlmill::bind
