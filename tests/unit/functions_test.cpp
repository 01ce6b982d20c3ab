// Every descriptor's example, evaluated by the descriptor's own function on the literals in the example. That
// PostgreSQL gives the same text is what check_examples.py checks.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/sql/function.h"
#include "runtime/sql/functions/arithmetic.h"
#include "runtime/sql/functions/cast_numeric.h"
#include "runtime/sql/functions/modifier.h"
#include "runtime/sql/numeric.h"

using namespace sqlmill::rt::sql;

namespace {

/// A literal of an example: its text, nothing for NULL, and the type that it has by itself.
struct Literal {
  std::optional<std::string> text;
  std::optional<Type> type;
};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/// The type that is written behind a literal: `::int[]`.
std::optional<Type> cast_at(std::string_view rest) {
  if (!rest.starts_with("::")) return std::nullopt;
  rest.remove_prefix(2);
  size_t size = 0;
  while (size < rest.size() && is_word(rest[size])) ++size;
  while (rest.substr(size).starts_with("[]")) size += 2;
  return find_any_type(rest.substr(0, size));
}

/// The literals in the order in which they stand; the words and signs between them are not looked at.
std::vector<Literal> literals_of(std::string_view example) {
  std::vector<Literal> literals;
  for (size_t at = 0; at < example.size();) {
    const char c = example[at];
    const bool sign = (c == '-' || c == '+') && at + 1 < example.size() && std::isdigit(example[at + 1]);
    if (c == '\'') {
      std::string text;
      for (++at; at < example.size(); ++at) {
        if (example[at] == '\'' && !example.substr(at).starts_with("''")) break;
        if (example[at] == '\'') ++at;
        text += example[at];
      }
      ++at;
      literals.push_back({text, cast_at(example.substr(std::min(at, example.size())))});
    } else if (sign || std::isdigit(static_cast<unsigned char>(c))) {
      const size_t begin = at++;
      while (at < example.size() && (is_word(example[at]) || example[at] == '.')) ++at;
      const std::string number(example.substr(begin, at - begin));
      const bool whole = number.find('.') == std::string::npos;
      literals.push_back({number, Type{whole ? TypeId::kInteger : TypeId::kNumeric}});
    } else if (is_word(c)) {
      const size_t begin = at;
      while (at < example.size() && is_word(example[at])) ++at;
      const std::string_view word = example.substr(begin, at - begin);
      if (word == "true" || word == "false") literals.push_back({std::string(word), Type{TypeId::kBoolean}});
      if (word == "NULL") literals.push_back({std::nullopt, cast_at(example.substr(at))});
    } else {
      ++at;
    }
  }
  return literals;
}

/// What anyelement stands for: the element of the first array, or else the type of the first such argument.
Type element_among(const Function& function, const std::vector<Literal>& literals) {
  for (size_t i = 0; i < literals.size(); ++i) {
    const bool is_array = function.argument(i).element == kAnyElement;
    if (is_array && literals[i].type && literals[i].type->id == TypeId::kArray)
      return element_of(*literals[i].type);
  }
  for (size_t i = 0; i < literals.size(); ++i) {
    if (function.argument(i).id == kAnyElement && literals[i].type) return *literals[i].type;
  }
  return {};
}

std::string evaluate(const Function& function, const std::vector<Literal>& literals) {
  Arena arena;
  Context context(arena);
  std::vector<Datum> arguments;
  for (size_t i = 0; i < literals.size(); ++i) {
    const Type parameter = function.argument(i);
    const Type element = element_among(function, literals);
    const Type type = parameter.id == kAnyType           ? literals[i].type.value_or(Type{TypeId::kText})
                      : parameter.id == kAnyElement      ? element
                      : parameter.element == kAnyElement ? array_of(element.id)
                                                         : parameter;
    arguments.push_back(literals[i].text ? from_text(context, type, *literals[i].text)
                                         : Datum::null(type.id));
  }
  if (context.failed()) return "error: " + context.error().message;
  const Datum result = function.evaluate(context, arguments);
  if (context.failed()) return "error: " + context.error().message;
  return result.is_null() ? "" : to_text(result);
}

}  // namespace

TEST_CASE("every function gives what its example says") {
  int evaluated = 0;
  for (const Function& function : functions()) {
    const std::vector<Literal> literals = literals_of(function.example);
    // An example in a syntax of its own (EXTRACT, AT TIME ZONE) shows other literals than its arguments.
    if (function.example.empty() || !function.takes(literals.size())) continue;
    INFO(function.cpp << ": " << function.example);
    CHECK(evaluate(function, literals) == function.expected);
    ++evaluated;
  }
  CHECK(evaluated > 250);
}

TEST_CASE("no two functions share a name and arguments") {
  std::set<std::tuple<std::string_view, std::vector<TypeId>, std::vector<TypeId>>> seen;
  for (const Function& function : functions()) {
    INFO(function.name << " " << function.cpp);
    CHECK(seen.insert({function.name, function.arguments, function.elements}).second);
  }
  std::set<std::tuple<TypeId, TypeId, TypeId>> pairs;
  for (const Cast& cast : casts()) {
    INFO(cast.function.cpp);
    REQUIRE(cast.function.arguments.size() == 1);
    CHECK(pairs.insert({cast.function.arguments[0], cast.function.result, cast.function.result_element})
              .second);
  }
}

TEST_CASE("a descriptor knows the signature of its function") {
  for (const Function& function : functions()) {
    if (function.cpp == "sql::divide<int32_t>") {
      CHECK(function.arguments == std::vector<TypeId>{TypeId::kInteger, TypeId::kInteger});
      CHECK(function.result == TypeId::kInteger);
      CHECK(function.strict);
      CHECK(function.can_fail);
      CHECK_FALSE(function.result_nullable);
    }
    if (function.cpp == "sql::is_distinct_from<sql::Text>") {
      CHECK_FALSE(function.strict);
      CHECK_FALSE(function.can_fail);
    }
    if (function.cpp == "sql::scale_numeric") CHECK(function.result_nullable);
  }
}

TEST_CASE("integer arithmetic fails as PostgreSQL does") {
  Arena arena;
  Context context(arena);
  const auto message = [&] { return context.failed() ? context.take_error().message : std::string(); };
  add<int16_t>(context, 32767, 1);
  CHECK(message() == "smallint out of range");
  multiply<int32_t>(context, 65536, 65536);
  CHECK(message() == "integer out of range");
  subtract<int64_t>(context, INT64_MIN, 1);
  CHECK(message() == "bigint out of range");
  divide<int32_t>(context, INT32_MIN, -1);
  CHECK(message() == "integer out of range");
  divide<int64_t>(context, 1, 0);
  CHECK(message() == "division by zero");
  CHECK(modulo<int32_t>(context, INT32_MIN, -1) == 0);
  CHECK(message().empty());
  divide<double>(context, 1, 0);
  CHECK(message() == "division by zero");
  multiply<double>(context, 1e200, 1e200);
  CHECK(message() == "value out of range: overflow");
  multiply<float>(context, 1e-30f, 1e-30f);
  CHECK(message() == "value out of range: underflow");
}

TEST_CASE("casts round and check as PostgreSQL does") {
  Arena arena;
  Context context(arena);
  const auto message = [&] { return context.failed() ? context.take_error().message : std::string(); };
  CHECK(float8_to_int4(context, 2.5) == 2);
  CHECK(float8_to_int4(context, 3.5) == 4);
  CHECK(numeric_to_int4(context, Numeric(25, 1)) == 3);
  CHECK(numeric_to_int4(context, Numeric(-25, 1)) == -3);
  CHECK(message().empty());
  float8_to_int8(context, 9223372036854775807.0);
  CHECK(message() == "bigint out of range");
  numeric_to_int2(context, Numeric::special(Numeric::Kind::kNan));
  CHECK(message() == "cannot convert NaN to smallint");
  text_to_int4(context, Text("abc"));
  CHECK(message() == "invalid input syntax for type integer: \"abc\"");
  text_to_int4(context, Text("99999999999"));
  CHECK(message() == "value \"99999999999\" is out of range for type integer");
  CHECK(text_to_boolean(context, Text(" YES ")));
  CHECK(boolean_to_text(true) == Text("true"));
  CHECK(float8_to_text(arena, 1e23) == Text("9.999999999999999e+22"));
  CHECK(float8_to_text(arena, 1e20) == Text("1e+20"));
  CHECK(float4_to_text(arena, 0.1f) == Text("0.1"));
}

TEST_CASE("varchar(n) cuts when told to, and fails otherwise") {
  Arena arena;
  Context context(arena);
  CHECK(varchar_with_modifier(context, Text("äöüß"), 3, true) == Text("äöü"));
  CHECK(varchar_with_modifier(context, Text("äöü"), 3, false) == Text("äöü"));
  CHECK(varchar_with_modifier(context, Text("ab    "), 3, false) == Text("ab "));
  CHECK(varchar_with_modifier(context, Text("anything"), -1, false) == Text("anything"));
  CHECK_FALSE(context.failed());
  varchar_with_modifier(context, Text("abcd"), 3, false);
  REQUIRE(context.failed());
  CHECK(context.error().message == "value too long for type character varying(3)");
}
