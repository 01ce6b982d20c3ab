// Aggregates over an order: ORDER BY and DISTINCT in lists, WITHIN GROUP. What is expected is what PostgreSQL
// 15 answers.
#include <algorithm>
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "runtime/query/builder.h"
#include "runtime/sql/value_text.h"

namespace sqlmill::rt::query {

namespace {

class NoRelations : public Relations {
 public:
  OperatorPtr scan(const catalog::Relation&, std::vector<uint32_t>, Execution&) override { return nullptr; }
  std::vector<uint32_t> key(const catalog::Relation&) const override { return {}; }
  Chunk find(const catalog::Relation&, const std::vector<uint32_t>&, std::span<const Datum>) override {
    return {};
  }
};

plan::ExprRef constant(TypeId type, const char* text) {
  if (!text) return plan::null_constant({type}, {});
  Arena arena(256);
  Context context(arena);
  const Datum value = sql::from_text(context, type, text);
  REQUIRE_FALSE(context.failed());
  return plan::constant(value, {type}, {});
}

// g, x, t, n, v
constexpr TypeId kTypes[] = {TypeId::kInteger, TypeId::kDouble, TypeId::kText, TypeId::kNumeric,
                             TypeId::kInterval};
constexpr const char* kRows[][5] = {
    {"1", "10", "banana", "1.0", "1 day"},    {"1", "30", "apple", "2", "2 days"},
    {"1", "20", nullptr, "1.00", "5 days"},   {"1", "20", "apple", "3", "1 mon"},
    {"2", nullptr, "z", "7", nullptr},        {"2", "5", "a text that is not inline", "7.5", "-01:00"},
    {"3", nullptr, nullptr, nullptr, nullptr}};

/// `times` as many rows, in another order each time.
plan::NodeRef table(int times = 1) {
  std::vector<std::vector<plan::ExprRef>> rows;
  for (int i = 0; i < times; ++i) {
    std::vector<std::vector<plan::ExprRef>> some;
    for (const auto& row : kRows) {
      some.emplace_back();
      for (size_t c = 0; c < 5; ++c) some.back().push_back(constant(kTypes[c], row[c]));
    }
    std::rotate(some.begin(), some.begin() + i % 7, some.end());
    rows.insert(rows.end(), some.begin(), some.end());
  }
  return plan::values(std::move(rows), {"g", "x", "t", "n", "v"}, {});
}

plan::ExprRef column(uint32_t index) {
  return plan::column(index, "c", {kTypes[index]}, true, {});
}
plan::SortKey by(uint32_t index, bool descending = false) {
  return {column(index), descending, descending};
}

const sql::Aggregate& aggregate(std::string_view name, TypeId first_argument) {
  for (const sql::Aggregate& a : sql::aggregates()) {
    if (a.name != name) continue;
    if (a.form == sql::AggregateForm::kHypotheticalSet || a.arguments.back() == first_argument ||
        a.arguments.back() == TypeId::kUnknown)
      return a;
  }
  FAIL(name);
  __builtin_unreachable();
}

/// ARRAY[direct …] as its text; of the aggregates that take one.
plan::AggregateCall percentiles(std::string_view name, const char* fractions,
                                std::vector<plan::SortKey> order) {
  Arena arena(256);
  Context context(arena);
  const sql::Type type = sql::array_of(TypeId::kDouble);
  const Datum value = sql::from_text(context, type, fractions);
  REQUIRE_FALSE(context.failed());
  for (const sql::Aggregate& a : sql::aggregates()) {
    if (a.name != name || a.arguments[0] != TypeId::kArray) continue;
    if (a.arguments[1] != order[0].expr->type.id && a.arguments[1] != TypeId::kUnknown) continue;
    plan::AggregateCall call{&a, plan::constant(value, type, {}), nullptr, false, "", {}};
    call.order = std::move(order);
    call.within_group = true;
    return call;
  }
  FAIL(name);
  __builtin_unreachable();
}

plan::AggregateCall list(std::string_view name, std::vector<plan::ExprRef> arguments,
                         std::vector<plan::SortKey> order, bool distinct = false) {
  plan::AggregateCall call{&aggregate(name, arguments[0]->type.id), arguments[0], nullptr, distinct, "", {}};
  call.more_arguments.assign(arguments.begin() + 1, arguments.end());
  call.order = std::move(order);
  return call;
}
plan::AggregateCall within_group(std::string_view name, std::vector<plan::ExprRef> direct,
                                 std::vector<plan::SortKey> order) {
  plan::AggregateCall call{
      &aggregate(name, order[0].expr->type.id), direct.empty() ? nullptr : direct[0], nullptr, false, "", {}};
  if (!direct.empty()) call.more_arguments.assign(direct.begin() + 1, direct.end());
  call.order = std::move(order);
  call.within_group = true;
  return call;
}
plan::ExprRef fraction(const char* text) {
  return constant(TypeId::kDouble, text);
}

/// `1: a | b` for each group, by group; without `grouped` one row.
std::vector<std::string> rows_of(plan::NodeRef input, std::vector<plan::AggregateCall> calls,
                                 bool grouped = true) {
  std::vector<plan::ExprRef> keys;
  if (grouped) keys.push_back(column(0));
  std::vector<std::string> names(keys.size() + calls.size(), "c");
  const plan::NodeRef node =
      plan::aggregate(std::move(input), keys, std::move(calls), grouped, names, {}, "");
  Execution execution({}, {});
  NoRelations relations;
  Builder builder(execution, relations);
  const OperatorPtr query = builder.build(node);
  const auto collect = [&] {
    std::vector<std::string> rows;
    while (const Chunk* chunk = query->next()) {
      for (uint32_t i = 0; i < chunk->rows; ++i) {
        std::string text;
        for (const Vector& values : chunk->columns) {
          const Datum value = values.datum(i);
          text += text.empty() ? "" : " | ";
          text += value.is_null() ? "NULL" : sql::to_text(value);
        }
        rows.push_back(text);
      }
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  };
  const std::vector<std::string> rows = collect();
  query->rewind();
  CHECK(collect() == rows);
  return rows;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("string_agg joins what is there, in the order of the rows or of ORDER BY") {
  const plan::ExprRef comma = constant(TypeId::kText, ", ");
  CHECK(rows_of(table(), {list("string_agg", {column(2), comma}, {})}) ==
        Texts{"1 | banana, apple, apple", "2 | z, a text that is not inline", "3 | NULL"});
  CHECK(rows_of(table(), {list("string_agg", {column(2), comma}, {by(2)})}) ==
        Texts{"1 | apple, apple, banana", "2 | a text that is not inline, z", "3 | NULL"});
  CHECK(rows_of(table(), {list("string_agg", {column(2), comma}, {by(1, true), by(2)})}) ==
        Texts{"1 | apple, apple, banana", "2 | z, a text that is not inline", "3 | NULL"});
  CHECK(rows_of(table(), {list("string_agg", {column(2), comma}, {}, true)}) ==
        Texts{"1 | apple, banana", "2 | a text that is not inline, z", "3 | NULL"});
  CHECK(rows_of(table(), {list("string_agg", {column(2), comma}, {by(2, true)}, true)}) ==
        Texts{"1 | banana, apple", "2 | z, a text that is not inline", "3 | NULL"});
  CHECK(rows_of(table(),
                {list("string_agg", {column(2), plan::null_constant({TypeId::kText}, {})}, {by(2)})}) ==
        Texts{"1 | appleapplebanana", "2 | a text that is not inlinez", "3 | NULL"});
}

TEST_CASE("FILTER comes before DISTINCT and ORDER BY") {
  plan::AggregateCall call = list("string_agg", {column(2), constant(TypeId::kText, "/")}, {by(2)}, true);
  call.filter = plan::is(column(1), plan::Test::kNull, true, {});
  CHECK(rows_of(table(), {call}) == Texts{"1 | apple/banana", "2 | a text that is not inline", "3 | NULL"});
}

TEST_CASE("more rows than a chunk, more groups than one") {
  const plan::ExprRef none = constant(TypeId::kText, "");
  const Texts rows = rows_of(table(1000), {list("string_agg", {column(2), none}, {by(2)}),
                                           within_group("percentile_disc", {fraction("0.5")}, {by(1)}),
                                           within_group("mode", {}, {by(2)})});
  REQUIRE(rows.size() == 3);
  std::string apples = "1 | ";
  for (int i = 0; i < 2000; ++i) apples += "apple";
  for (int i = 0; i < 1000; ++i) apples += "banana";
  CHECK(rows[0] == apples + " | 20 | apple");
  CHECK(rows[2] == "3 | NULL | NULL | NULL");
}

TEST_CASE("percentiles") {
  CHECK(rows_of(table(), {within_group("percentile_cont", {fraction("0.25")}, {by(1)}),
                          within_group("percentile_cont", {fraction("0.1")}, {by(1, true)}),
                          within_group("percentile_cont", {fraction("0.5")}, {by(4)})}) ==
        Texts{"1 | 17.5 | 27 | 3 days 12:00:00", "2 | 5 | 5 | -01:00:00", "3 | NULL | NULL | NULL"});
  CHECK(rows_of(table(), {within_group("percentile_disc", {fraction("0")}, {by(3)}),
                          within_group("percentile_disc", {fraction("0.75")}, {by(3)}),
                          within_group("percentile_disc", {fraction("1")}, {by(2)}),
                          within_group("percentile_disc", {fraction(nullptr)}, {by(2)})}) ==
        Texts{"1 | 1.0 | 2 | banana | NULL", "2 | 7 | 7.5 | z | NULL", "3 | NULL | NULL | NULL | NULL"});
  CHECK_THROWS_AS(rows_of(table(), {within_group("percentile_cont", {fraction("1.5")}, {by(1)})}),
                  QueryError);
}

TEST_CASE("percentiles of an array of fractions") {
  CHECK(rows_of(table(), {percentiles("percentile_cont", "{{0,0.25},{NULL,1}}", {by(1)}),
                          percentiles("percentile_disc", "{1,0.5}", {by(2)}),
                          percentiles("percentile_cont", "{0.5}", {by(4)}),
                          percentiles("percentile_disc", "{}", {by(2)})}) ==
        Texts{"1 | {{10,17.5},{NULL,30}} | {banana,apple} | {\"3 days 12:00:00\"} | {}",
              "2 | {{5,5},{NULL,5}} | {z,\"a text that is not inline\"} | {-01:00:00} | {}",
              "3 | NULL | NULL | NULL | NULL"});
}

TEST_CASE("array_agg keeps NULLs, and arrays get a dimension more") {
  CHECK(rows_of(table(),
                {list("array_agg", {column(2)}, {by(2)}), list("array_agg", {column(1)}, {by(1, true)}),
                 list("array_agg", {column(2)}, {}, true)}) ==
        Texts{"1 | {apple,apple,banana,NULL} | {30,20,20,10} | {apple,banana,NULL}",
              "2 | {\"a text that is not inline\",z} | {NULL,5} | {\"a text that is not inline\",z}",
              "3 | {NULL} | {NULL} | {NULL}"});
  Arena arena(256);
  Context context(arena);
  const sql::Type type = sql::array_of(TypeId::kInteger);
  const auto array = [&](const char* text) {
    return plan::constant(sql::from_text(context, type, text), type, {});
  };
  const auto both = [&](const char* a, const char* b) {
    const plan::NodeRef rows = plan::values({{array(a)}, {array(b)}}, {"a"}, {});
    return rows_of(rows, {list("array_agg", {plan::column(0, "a", type, true, {})}, {})}, false);
  };
  CHECK(both("{1,2}", "{3,NULL}") == Texts{"{{1,2},{3,NULL}}"});
  CHECK_THROWS_AS(both("{1,2}", "{3}"), QueryError);
  CHECK_THROWS_AS(both("{}", "{}"), QueryError);
}

TEST_CASE("jsonb_agg and jsonb_object_agg") {
  CHECK(
      rows_of(table(), {list("jsonb_agg", {column(3)}, {by(3)}), list("jsonb_agg", {column(2)}, {by(2)})}) ==
      Texts{"1 | [1.0, 1.00, 2, 3] | [\"apple\", \"apple\", \"banana\", null]",
            "2 | [7, 7.5] | [\"a text that is not inline\", \"z\"]", "3 | [null] | [null]"});
  const plan::AggregateCall keyed = [&] {
    plan::AggregateCall call = list("jsonb_object_agg", {column(2), column(1)}, {by(1)});
    call.filter = plan::is(column(2), plan::Test::kNull, true, {});
    return call;
  }();
  CHECK(rows_of(table(), {keyed}) == Texts{"1 | {\"apple\": 30, \"banana\": 10}",
                                           "2 | {\"z\": null, \"a text that is not inline\": 5}",
                                           "3 | NULL"});
  CHECK_THROWS_AS(rows_of(table(), {list("jsonb_object_agg", {column(2), column(1)}, {})}), QueryError);
}

TEST_CASE("mode is the first of the most frequent") {
  CHECK(rows_of(table(), {within_group("mode", {}, {by(2)}), within_group("mode", {}, {by(3)}),
                          within_group("mode", {}, {by(1, true)})}) ==
        Texts{"1 | apple | 1.0 | 20", "2 | a text that is not inline | 7 | 5", "3 | NULL | NULL | NULL"});
}

TEST_CASE("ranks of rows that are not there") {
  const auto all = [](std::vector<plan::ExprRef> direct, const std::vector<plan::SortKey>& order) {
    return std::vector<plan::AggregateCall>{
        within_group("rank", direct, order), within_group("dense_rank", direct, order),
        within_group("percent_rank", direct, order), within_group("cume_dist", direct, order)};
  };
  CHECK(rows_of(table(), all({fraction("25")}, {by(1)})) ==
        Texts{"1 | 4 | 3 | 0.75 | 0.8", "2 | 2 | 2 | 0.5 | 0.6666666666666666", "3 | 1 | 1 | 0 | 0.5"});
  CHECK(rows_of(table(), all({fraction("20"), constant(TypeId::kText, "apple")}, {by(1, true), by(2)})) ==
        Texts{"1 | 2 | 2 | 0.25 | 0.6", "2 | 2 | 2 | 0.5 | 0.6666666666666666", "3 | 2 | 2 | 1 | 1"});
}

TEST_CASE("a group without rows has direct arguments, too") {
  const plan::NodeRef none = plan::filter(table(), plan::is(column(0), plan::Test::kNull, false, {}), {});
  CHECK(rows_of(none,
                {within_group("rank", {fraction("1")}, {by(1)}),
                 within_group("percentile_cont", {fraction("0.5")}, {by(1)}),
                 list("string_agg", {column(2), column(2)}, {by(2)})},
                false) == Texts{"1 | NULL | NULL"});
}

}  // namespace sqlmill::rt::query
