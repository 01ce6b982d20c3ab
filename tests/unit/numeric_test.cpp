// Numeric against what PostgreSQL 15 answers.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <limits>
#include <string>
#include <string_view>

#include "runtime/sql/compare.h"
#include "runtime/sql/context.h"
#include "runtime/sql/functions/logarithm.h"
#include "runtime/sql/functions/power.h"
#include "runtime/sql/numeric.h"

using namespace sqlmill::rt::sql;

namespace {

struct Case {
  std::string_view operation;
  std::string_view a;
  std::string_view b;
  std::string_view expected;
};

constexpr Case kCases[] = {
    {"+", "1.5", "2.25", "3.75"},
    {"+", "0.1", "-0.100", "0.000"},
    {"+", "170141183460469231731687303715884105727", "1", "170141183460469231731687303715884105728"},
    {"-", "170141183460469231731687303715884105728", "1", "170141183460469231731687303715884105727"},
    {"+", "Infinity", "-Infinity", "NaN"},
    {"+", "Infinity", "1", "Infinity"},
    {"-", "NaN", "1", "NaN"},
    {"*", "2", "100.0", "200.0"},
    {"*", "1e-8", "1e8", "1.00000000"},
    {"*", "99999999999999999999.5", "99999999999999999999.5", "9999999999999999999900000000000000000000.25"},
    {"*", "Infinity", "0", "NaN"},
    {"*", "-Infinity", "2", "-Infinity"},
    {"/", "200.0", "3", "66.6666666666666667"},
    {"/", "7", "2", "3.5000000000000000"},
    {"/", "1", "3", "0.33333333333333333333"},
    {"/", "2", "3", "0.66666666666666666667"},
    {"/", "-2", "3", "-0.66666666666666666667"},
    {"/", "10000", "3", "3333.3333333333333333"},
    {"/", "1", "10000", "0.000100000000000000000000"},
    {"/", "0.0001", "3", "0.000033333333333333333333"},
    {"/", "0", "7", "0.00000000000000000000"},
    {"/", "0.00", "7.0", "0.00000000000000000000"},
    {"/", "100", "7.123456789012345678901", "14.038128251756380490095"},
    {"/", "12345678901234567890123456789012345678901234567890", "7",
     "1763668414462081127160493827001763668414462081127"},
    {"/", "1", "0", "error: division by zero"},
    {"/", "NaN", "0", "NaN"},
    {"/", "Infinity", "0", "error: division by zero"},
    {"/", "5.00", "Infinity", "0"},
    {"/", "Infinity", "-3", "-Infinity"},
    {"/", "9999", "10000", "0.99990000000000000000"},
    {"%", "17.5", "-5", "2.5"},
    {"%", "-17.5", "5", "-2.5"},
    {"%", "5.50", "Infinity", "5.50"},
    {"%", "Infinity", "5", "NaN"},
    {"%", "5", "0", "error: division by zero"},
    {"%", "1e40", "7", "4"},
    {"round", "66.6666666666666667", "1", "66.7"},
    {"round", "2.5", "0", "3"},
    {"round", "-2.5", "0", "-3"},
    {"round", "12345.678", "-3", "12000"},
    {"round", "55", "-2", "100"},
    {"round", "1.5", "5", "1.50000"},
    {"round", "0.5e-40", "0", "0"},
    {"round", "99999999999999999999999999999999999999.5", "0", "100000000000000000000000000000000000000"},
    {"round", "NaN", "2", "NaN"},
    {"trunc", "-66.69", "1", "-66.6"},
    {"trunc", "12345.678", "-3", "12000"},
    {"floor", "-1.5", "", "-2"},
    {"floor", "-1e-50", "", "-1"},
    {"ceil", "1.000000000000000000000000000000000000000000001", "", "2"},
    {"ceil", "-0.5", "", "0"},
    {"sqrt", "2", "", "1.414213562373095"},
    {"sqrt", "1e30", "", "1000000000000000.0"},
    {"sqrt", "0.0", "", "0.000000000000000"},
    {"sqrt", "-1", "", "error: cannot take square root of a negative number"},
    {"ln", "2.0", "", "0.6931471805599453"},
    {"ln", "0", "", "error: cannot take logarithm of zero"},
    {"ln", "1.00000001", "", "0.000000009999999950000000"},
    {"exp", "1", "", "2.7182818284590452"},
    {"exp", "-20", "", "0.000000002061153622438558"},
    {"exp", "6001", "", "error: value overflows numeric format"},
    {"power", "2", "0.5", "1.4142135623730950"},
    {"power", "2", "-3", "0.1250000000000000"},
    {"power", "1.5", "100", "406561177535215237.3972797075670417"},
    {"power", "1e20", "0.6", "1000000000000.00000"},
    {"power", "-8", "0.5", "error: a negative number raised to a non-integer power yields a complex result"},
    {"power", "0", "-1", "error: zero raised to a negative power is undefined"},
    {"power", "NaN", "0", "1"},
    {"log", "2", "64", "6.0000000000000000"},
    {"log", "1", "64", "error: division by zero"},
};

Numeric read(Context& context, std::string_view text) {
  return numeric_from_text(context, text);
}

std::string text_of(const Numeric& value) {
  std::string text;
  append_text(value, text);
  return text;
}

/// One argument is passed twice.
Numeric evaluate(Context& context, std::string_view operation, const Numeric& a, const Numeric& b) {
  Arena& arena = context.arena();
  const int scale = static_cast<int>(to_int64(b).value_or(0));
  if (operation == "+") return add(context, a, b);
  if (operation == "-") return subtract(context, a, b);
  if (operation == "*") return multiply(context, a, b);
  if (operation == "/") return divide(context, a, b);
  if (operation == "%") return modulo(context, a, b);
  if (operation == "round") return round(arena, a, scale);
  if (operation == "trunc") return trunc(arena, a, scale);
  if (operation == "floor") return floor(arena, a);
  if (operation == "ceil") return ceil(arena, a);
  if (operation == "sqrt") return sqrt(context, a);
  if (operation == "ln") return ln_numeric(context, a);
  if (operation == "exp") return exp_numeric(context, a);
  if (operation == "log") return log_numeric(context, a, b);
  if (operation == "power") return power_numeric(context, a, b);
  FAIL("no such operation");
  return a;
}

}  // namespace

TEST_CASE("numeric arithmetic has PostgreSQL's values and scales") {
  Arena arena;
  for (const Case& c : kCases) {
    INFO(c.operation << " " << c.a << " " << c.b);
    Context context(arena);
    const Numeric a = read(context, c.a);
    const Numeric b = c.b.empty() ? a : read(context, c.b);
    REQUIRE_FALSE(context.failed());
    const Numeric result = evaluate(context, c.operation, a, b);
    CHECK((context.failed() ? "error: " + context.error().message : text_of(result)) == c.expected);
  }
}

TEST_CASE("numeric text goes in and out") {
  Arena arena;
  Context context(arena);
  constexpr std::pair<std::string_view, std::string_view> kTexts[] = {
      {" 1.50 ", "1.50"},
      {"-0.00", "0.00"},
      {".5", "0.5"},
      {"5.", "5"},
      {"1.5e-3", "0.0015"},
      {"1.50e3", "1500"},
      {"1e5", "100000"},
      {"+.5e+2", "50"},
      {"nan", "NaN"},
      {"-Inf", "-Infinity"},
      {"007", "7"},
      {"1e-3", "0.001"},
      {"0e-3", "0.000"},
      {"inf", "Infinity"},
      {"-170141183460469231731687303715884105728", "-170141183460469231731687303715884105728"},
  };
  for (const auto& [in, out] : kTexts) {
    INFO(in);
    CHECK(text_of(read(context, in)) == out);
  }
  CHECK_FALSE(context.failed());
  for (const std::string_view bad : {"", ".", "e5", "1e", "- 1", "1 2", "-NaN", "1_000", "0x1"}) {
    read(context, bad);
    REQUIRE(context.failed());
    CHECK(context.take_error().message ==
          "invalid input syntax for type numeric: \"" + std::string(bad) + "\"");
  }
  for (const std::string_view large : {"1e-16384", "1e131072", "1e2000000000", "0e-20000"}) {
    read(context, large);
    REQUIRE(context.failed());
    CHECK(context.take_error().message == "value overflows numeric format");
  }
}

TEST_CASE("values that fit are small, whichever way they came") {
  Arena arena;
  Context context(arena);
  const Numeric most = read(context, "170141183460469231731687303715884105727");
  const Numeric beyond = read(context, "170141183460469231731687303715884105728");
  CHECK(most.is_small());
  CHECK_FALSE(beyond.is_small());
  CHECK_FALSE(negate(beyond).is_small());
  CHECK(subtract(context, beyond, Numeric(1, 0)).is_small());
  CHECK(identical(subtract(context, beyond, Numeric(1, 0)), most));
  CHECK_FALSE(add(context, most, Numeric(1, 0)).is_small());
  CHECK(identical(add(context, most, Numeric(1, 0)), beyond));
  CHECK(rescale(arena, read(context, "1e40"), -45, Rounding::kTruncate).is_small());
}

TEST_CASE("equal numerics of different scales compare and hash equally") {
  Arena arena;
  Context context(arena);
  constexpr std::string_view kEqual[][2] = {
      {"1", "1.000"},
      {"0", "0.0000"},
      {"-120", "-120.00"},
      {"12345678901234567890", "12345678901234567890.000000000000000000000000000000"},
      {"1e60", "1000000000000000000000000000000000000000000000000000000000000.000"},
      {"0.5", "0.50000000000000000000000000000000000000000000000000000"},
  };
  for (const auto& [a, b] : kEqual) {
    INFO(a);
    const Numeric x = read(context, a);
    const Numeric y = read(context, b);
    CHECK(equal(x, y));
    CHECK(hash(x) == hash(y));
    CHECK_FALSE(identical(x, y));
    CHECK(compare_total(x, y) < 0);
  }
  constexpr std::string_view kAscending[] = {"-Infinity", "-1e50", "-2",   "-1.5",   "0",        "1e-50",
                                             "0.1",       "1",     "1e50", "1.1e50", "Infinity", "NaN"};
  for (size_t i = 0; i < std::size(kAscending); ++i) {
    for (size_t j = 0; j < std::size(kAscending); ++j) {
      INFO(kAscending[i] << " " << kAscending[j]);
      CHECK(compare(read(context, kAscending[i]), read(context, kAscending[j])) == (i > j) - (i < j));
    }
  }
}

TEST_CASE("numeric(precision, scale) rounds, pads and overflows") {
  Arena arena;
  Context context(arena);
  const auto coerced = [&](std::string_view text, int precision, int scale) {
    const Numeric value =
        numeric_with_modifier(context, read(context, text), precision << 16 | (scale & 0xffff));
    return context.failed() ? "error: " + context.take_error().message : text_of(value);
  };
  CHECK(coerced("12.345", 5, 2) == "12.35");
  CHECK(coerced("12", 5, 2) == "12.00");
  CHECK(coerced("999.994", 5, 2) == "999.99");
  CHECK(coerced("999.995", 5, 2) == "error: numeric field overflow");
  CHECK(coerced("-1000", 5, 2) == "error: numeric field overflow");
  CHECK(coerced("12345.678", 3, -3) == "12000");
  CHECK(coerced("0.00012", 2, 4) == "0.0001");
  CHECK(coerced("0.01", 2, 4) == "error: numeric field overflow");
  CHECK(coerced("NaN", 5, 2) == "NaN");
  CHECK(coerced("Infinity", 5, 2) == "error: numeric field overflow");
  CHECK(text_of(numeric_with_modifier(context, Numeric(12345, 3), -1)) == "12.345");
}

TEST_CASE("numeric converts from and to integers and floats") {
  Arena arena;
  Context context(arena);
  CHECK(text_of(numeric_from_integer(INT64_MIN)) == "-9223372036854775808");
  CHECK(to_int64(Numeric(25, 1)) == 3);
  CHECK(to_int64(Numeric(-25, 1)) == -3);
  CHECK(to_int64(read(context, "9223372036854775807.4")) == INT64_MAX);
  CHECK_FALSE(to_int64(read(context, "9223372036854775807.5")));
  CHECK_FALSE(to_int64(Numeric::special(Numeric::Kind::kNan)));
  CHECK(text_of(numeric_from_double(arena, 0.1 + 0.2)) == "0.3");
  CHECK(text_of(numeric_from_double(arena, 1e20)) == "100000000000000000000");
  CHECK(text_of(numeric_from_double(arena, -1.5e-10)) == "-0.00000000015");
  CHECK(text_of(numeric_from_double(arena, -std::numeric_limits<double>::infinity())) == "-Infinity");
  CHECK(text_of(numeric_from_float(arena, 123.456f)) == "123.456");
  CHECK(numeric_from_double(arena, 1e308).kind() == Numeric::Kind::kBig);
  CHECK(to_double(read(context, "0.1")) == 0.1);
  CHECK(to_double(read(context, "123456789012345678901234567890.123456789")) ==
        123456789012345678901234567890.123456789);
  CHECK(to_double(read(context, "-1e400")) == -std::numeric_limits<double>::infinity());
  CHECK(to_float(read(context, "0.1")) == 0.1f);
}

TEST_CASE("a copied numeric does not need the arena it came from") {
  Arena lasting;
  Numeric kept;
  {
    Arena passing;
    Context context(passing);
    kept = copy(read(context, "-1e60"), lasting);
  }
  CHECK(text_of(kept) == "-1000000000000000000000000000000000000000000000000000000000000");
}
