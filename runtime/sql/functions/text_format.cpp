#include "runtime/sql/functions/text_format.h"

#include <algorithm>
#include <charconv>

#include "runtime/sql/text_result.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

/// PostgreSQL's words that are not plain names everywhere.
constexpr std::string_view kReserved[] = {"all",
                                          "analyse",
                                          "analyze",
                                          "and",
                                          "any",
                                          "array",
                                          "as",
                                          "asc",
                                          "asymmetric",
                                          "authorization",
                                          "between",
                                          "bigint",
                                          "binary",
                                          "bit",
                                          "boolean",
                                          "both",
                                          "case",
                                          "cast",
                                          "char",
                                          "character",
                                          "check",
                                          "coalesce",
                                          "collate",
                                          "collation",
                                          "column",
                                          "concurrently",
                                          "constraint",
                                          "create",
                                          "cross",
                                          "current_catalog",
                                          "current_date",
                                          "current_role",
                                          "current_schema",
                                          "current_time",
                                          "current_timestamp",
                                          "current_user",
                                          "dec",
                                          "decimal",
                                          "default",
                                          "deferrable",
                                          "desc",
                                          "distinct",
                                          "do",
                                          "else",
                                          "end",
                                          "except",
                                          "exists",
                                          "extract",
                                          "false",
                                          "fetch",
                                          "float",
                                          "for",
                                          "foreign",
                                          "freeze",
                                          "from",
                                          "full",
                                          "grant",
                                          "greatest",
                                          "group",
                                          "grouping",
                                          "having",
                                          "ilike",
                                          "in",
                                          "initially",
                                          "inner",
                                          "inout",
                                          "int",
                                          "integer",
                                          "intersect",
                                          "interval",
                                          "into",
                                          "is",
                                          "isnull",
                                          "join",
                                          "lateral",
                                          "leading",
                                          "least",
                                          "left",
                                          "like",
                                          "limit",
                                          "localtime",
                                          "localtimestamp",
                                          "national",
                                          "natural",
                                          "nchar",
                                          "none",
                                          "normalize",
                                          "not",
                                          "notnull",
                                          "null",
                                          "nullif",
                                          "numeric",
                                          "offset",
                                          "on",
                                          "only",
                                          "or",
                                          "order",
                                          "out",
                                          "outer",
                                          "overlaps",
                                          "overlay",
                                          "placing",
                                          "position",
                                          "precision",
                                          "primary",
                                          "real",
                                          "references",
                                          "returning",
                                          "right",
                                          "row",
                                          "select",
                                          "session_user",
                                          "setof",
                                          "similar",
                                          "smallint",
                                          "some",
                                          "substring",
                                          "symmetric",
                                          "table",
                                          "tablesample",
                                          "then",
                                          "time",
                                          "timestamp",
                                          "to",
                                          "trailing",
                                          "treat",
                                          "trim",
                                          "true",
                                          "union",
                                          "unique",
                                          "user",
                                          "using",
                                          "values",
                                          "varchar",
                                          "variadic",
                                          "verbose",
                                          "when",
                                          "where",
                                          "window",
                                          "with",
                                          "xmlattributes",
                                          "xmlconcat",
                                          "xmlelement",
                                          "xmlexists",
                                          "xmlforest",
                                          "xmlnamespaces",
                                          "xmlparse",
                                          "xmlpi",
                                          "xmlroot",
                                          "xmlserialize",
                                          "xmltable"};
static_assert(std::is_sorted(std::begin(kReserved), std::end(kReserved)));

void append_identifier(std::string_view name, std::string& out) {
  const auto is_start = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_plain = [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); };
  const bool safe = !name.empty() && is_start(name[0]) && std::all_of(name.begin(), name.end(), is_plain) &&
                    !std::binary_search(std::begin(kReserved), std::end(kReserved), name);
  if (safe) {
    out += name;
    return;
  }
  out += '"';
  for (const char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  out += '"';
}

void append_literal(std::string_view value, std::string& out) {
  if (value.find('\\') != std::string_view::npos) out += 'E';
  out += '\'';
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  out += '\'';
}

Text quoted(Arena& arena, std::string_view value) {
  std::string out;
  append_literal(value, out);
  return text_result(arena, out);
}

/// format's work on one pattern.
class Formatter {
 public:
  Formatter(Context& context, std::string_view pattern, std::span<const Datum> values)
      : context_(context), rest_(pattern), values_(values) {}
  bool run(std::string& out);

 private:
  bool specifier(std::string& out);
  bool read_number(int64_t& number, bool& found);
  bool read_width(int64_t& width, bool& minus);
  const Datum* take(int64_t position);
  bool convert(char type, const Datum& value, std::string& out);

  bool fail(ErrorCode code, std::string_view message) {
    context_.fail(code, message);
    return false;
  }
  bool end_too_early() {
    return fail(ErrorCode::kInvalidParameterValue, "unterminated format() type specifier");
  }

  Context& context_;
  std::string_view rest_;
  std::span<const Datum> values_;
  int64_t next_ = 0;
};

bool Formatter::run(std::string& out) {
  while (!rest_.empty()) {
    const size_t plain = std::min(rest_.find('%'), rest_.size());
    out += rest_.substr(0, plain);
    rest_.remove_prefix(plain);
    if (rest_.empty()) break;
    rest_.remove_prefix(1);
    if (rest_.empty()) return end_too_early();
    if (rest_[0] == '%') {
      out += '%';
      rest_.remove_prefix(1);
    } else if (!specifier(out)) {
      return false;
    }
  }
  return true;
}

bool Formatter::read_number(int64_t& number, bool& found) {
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
  found = end != rest_.data() && rest_[0] != '-';
  if (!found) return true;
  if (error != std::errc() || number > INT32_MAX)
    return fail(ErrorCode::kNumericValueOutOfRange, "number is out of range");
  rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
  return !rest_.empty() || end_too_early();
}

/// The value at `position`, or the next one if it is 0.
const Datum* Formatter::take(int64_t position) {
  if (position == 0) position = next_ + 1;
  if (position > static_cast<int64_t>(values_.size())) {
    fail(ErrorCode::kInvalidParameterValue, "too few arguments for format()");
    return nullptr;
  }
  next_ = position;
  return &values_[static_cast<size_t>(position - 1)];
}

/// Flags and a width: digits, `*` or `*position$`.
bool Formatter::read_width(int64_t& width, bool& minus) {
  while (rest_.starts_with('-')) {
    minus = true;
    rest_.remove_prefix(1);
    if (rest_.empty()) return end_too_early();
  }
  if (!rest_.starts_with('*')) {
    bool found = false;
    int64_t number = 0;
    if (!read_number(number, found)) return false;
    if (found) width = number;
    return true;
  }
  rest_.remove_prefix(1);
  if (rest_.empty()) return end_too_early();
  int64_t position = 0;
  bool found = false;
  if (!read_number(position, found)) return false;
  if (found) {
    if (rest_[0] != '$') {
      return fail(ErrorCode::kInvalidParameterValue, "width argument position must be ended by \"$\"");
    }
    if (position == 0) {
      return fail(ErrorCode::kInvalidParameterValue,
                  "format specifies argument 0, but arguments are numbered from 1");
    }
    rest_.remove_prefix(1);
    if (rest_.empty()) return end_too_early();
  }
  const Datum* value = take(position);
  if (value == nullptr) return false;
  if (!value->is_null()) {
    const std::string text = to_text(*value);
    const Datum number = from_text(context_, TypeId::kInteger, text);
    if (context_.failed()) return false;
    width = number.as<int32_t>();
    if (width < 0) {
      minus = true;
      width = -width;
    }
  }
  return true;
}

bool Formatter::convert(char type, const Datum& value, std::string& out) {
  if (value.is_null()) {
    if (type == 'I')
      return fail(ErrorCode::kNullValueNotAllowed, "null values cannot be formatted as an SQL identifier");
    if (type == 'L') out += "NULL";
    return true;
  }
  const std::string text = to_text(value);
  if (type == 'I') {
    append_identifier(text, out);
  } else if (type == 'L') {
    append_literal(text, out);
  } else {
    out += text;
  }
  return true;
}

bool Formatter::specifier(std::string& out) {
  int64_t position = 0;
  int64_t width = 0;
  bool minus = false;
  int64_t number = 0;
  bool found = false;
  if (!read_number(number, found)) return false;
  if (found && rest_[0] == '$') {
    if (number == 0) {
      return fail(ErrorCode::kInvalidParameterValue,
                  "format specifies argument 0, but arguments are numbered from 1");
    }
    position = number;
    rest_.remove_prefix(1);
    if (rest_.empty()) return end_too_early();
    if (!read_width(width, minus)) return false;
  } else if (found) {
    width = number;
  } else if (!read_width(width, minus)) {
    return false;
  }
  if (rest_.empty()) return end_too_early();
  const char type = rest_[0];
  if (type != 's' && type != 'I' && type != 'L') {
    const std::string character(rest_.substr(0, utf8_first(rest_)));
    return fail(ErrorCode::kInvalidParameterValue,
                "unrecognized format() type specifier \"" + character + "\"");
  }
  rest_.remove_prefix(1);
  const Datum* value = take(position);
  if (value == nullptr) return false;
  std::string text;
  if (!convert(type, *value, text)) return false;
  const auto characters = static_cast<int64_t>(utf8_length(text));
  if (width + static_cast<int64_t>(out.size()) > Text::kMaxBytes)
    return fail(ErrorCode::kProgramLimitExceeded, "requested length too large");
  const auto missing = static_cast<size_t>(std::max<int64_t>(0, width - characters));
  if (!minus) out.append(missing, ' ');
  out += text;
  if (minus) out.append(missing, ' ');
  return true;
}

}  // namespace

Text concat(Arena& arena, Variadic<Any> values) {
  std::string out;
  for (const Datum& value : values.values) {
    if (!value.is_null()) append_text(value, out);
  }
  return text_result(arena, out);
}

Text concat_ws(Arena& arena, Text separator, Variadic<Any> values) {
  std::string out;
  bool first = true;
  for (const Datum& value : values.values) {
    if (value.is_null()) continue;
    if (!first) out += separator.view();
    first = false;
    append_text(value, out);
  }
  return text_result(arena, out);
}

Text format(Context& context, Text pattern, Variadic<Any> values) {
  std::string out;
  if (!Formatter(context, pattern.view(), values.values).run(out)) return Text();
  return text_result(context.arena(), out);
}

Text format_without_values(Context& context, Text pattern) {
  return format(context, pattern, Variadic<Any>(std::span<const Datum>()));
}

Text quote_ident(Arena& arena, Text name) {
  std::string out;
  append_identifier(name.view(), out);
  return text_result(arena, out);
}

Text quote_literal(Arena& arena, Text value) {
  return quoted(arena, value.view());
}

/// A cast to text, which has other words for a boolean than its output.
Text quote_literal_any(Arena& arena, Any value) {
  if (value.datum.type() == TypeId::kBoolean) return quoted(arena, value.datum.as<bool>() ? "true" : "false");
  return quoted(arena, to_text(value.datum));
}

Text quote_nullable(Arena& arena, Nullable<Text> value) {
  return value.has_value() ? quote_literal(arena, value.value()) : "NULL"_text;
}

Text quote_nullable_any(Arena& arena, Nullable<Any> value) {
  return value.has_value() ? quote_literal_any(arena, value.value()) : "NULL"_text;
}

Text row_text(Arena& arena, Variadic<Any> values) {
  std::string out = "(";
  for (size_t i = 0; i < values.values.size(); ++i) {
    if (i != 0) out += ',';
    const Datum& value = values.values[i];
    if (value.is_null()) continue;
    const std::string text = to_text(value);
    if (!text.empty() && text.find_first_of("\"\\(), \t\n\v\f\r") == std::string::npos) {
      out += text;
      continue;
    }
    out += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') out += c;
      out += c;
    }
    out += '"';
  }
  out += ')';
  return text_result(arena, out);
}

int32_t num_nulls(Variadic<Any> values) {
  return static_cast<int32_t>(
      std::count_if(values.values.begin(), values.values.end(), [](const Datum& d) { return d.is_null(); }));
}

int32_t num_nonnulls(Variadic<Any> values) {
  return static_cast<int32_t>(values.values.size()) - num_nulls(values);
}

}  // namespace sqlmill::rt::sql
