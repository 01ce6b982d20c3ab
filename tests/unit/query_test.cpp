// The operators of ad hoc queries, over rows in memory. What they mean is compared with PostgreSQL by
// tests/sql; here are their edges: chunks that are full, inputs without rows, rewinding, limits.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <map>

#include "compiler/bind/bind.h"
#include "compiler/parse/parse.h"
#include "compiler/plan/evaluate.h"
#include "runtime/query/builder.h"

namespace sqlmill::rt::query {

namespace {

using Row = std::vector<Datum>;

class MemoryOperator : public Operator {
 public:
  MemoryOperator(const std::vector<Row>& rows, const catalog::Relation& relation,
                 std::vector<uint32_t> columns)
      : rows_(rows), columns_(std::move(columns)) {
    for (const uint32_t column : columns_) out_.columns.emplace_back(relation.columns[column].type.id);
  }
  const Chunk* next() override {
    out_.rows = 0;
    for (; at_ < rows_.size() && out_.rows < sql::kVectorRows; ++at_, ++out_.rows) {
      for (size_t c = 0; c < columns_.size(); ++c)
        out_.columns[c].set_datum(out_.rows, rows_[at_][columns_[c]]);
    }
    return out_.rows > 0 ? &out_ : nullptr;
  }
  void rewind() override { at_ = 0; }

 private:
  const std::vector<Row>& rows_;
  const std::vector<uint32_t> columns_;
  Chunk out_;
  size_t at_ = 0;
};

class MemoryRelations : public Relations {
 public:
  std::map<std::string, std::vector<Row>> rows;

  OperatorPtr scan(const catalog::Relation& relation, std::vector<uint32_t> columns, Execution&) override {
    return std::make_unique<MemoryOperator>(rows[relation.name], relation, std::move(columns));
  }
  std::vector<uint32_t> key(const catalog::Relation&) const override { return {}; }
  Chunk find(const catalog::Relation&, const std::vector<uint32_t>&, std::span<const Datum>) override {
    return {};
  }
};

/// Tables, and views over them whose plans are run as queries.
class Fixture {
 public:
  explicit Fixture(std::string sql) : source_("test.sql", std::move(sql)) {
    const ast::Script syntax = parse::parse_script(source_, sink_);
    script_ = bind::bind(source_, syntax, sink_);
    INFO(diag::render_text(source_, sink_.sorted(), {}));
    REQUIRE_FALSE(sink_.has_errors());
    for (const bind::Statement& statement : script_.statements) {
      for (const auto& row : std::get<bind::InsertRows>(statement.change).rows) {
        Row values;
        for (const plan::ExprRef& value : row) values.push_back(*plan::as_constant(value));
        relations.rows[statement.table->name].push_back(std::move(values));
      }
    }
  }

  /// The rows of the view's query, each as text: `a|1`.
  std::vector<std::string> rows(const std::string& view) {
    Execution execution(limits, {});
    Builder builder(execution, relations);
    const OperatorPtr query = builder.build(script_.catalog.find(view)->plan);
    std::vector<std::string> first = collect(*query);
    query->rewind();
    CHECK(collect(*query) == first);
    return first;
  }

  Limits limits;
  MemoryRelations relations;

 private:
  static std::vector<std::string> collect(Operator& query) {
    std::vector<std::string> rows;
    while (const Chunk* chunk = query.next()) {
      REQUIRE(chunk->rows > 0);
      for (uint32_t i = 0; i < chunk->rows; ++i) {
        std::string text;
        for (const Vector& column : chunk->columns) {
          if (!text.empty()) text += '|';
          const Datum value = column.datum(i);
          text += value.is_null() ? "NULL" : sql::to_text(value);
        }
        rows.push_back(text);
      }
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  source::Source source_;
  diag::Sink sink_;
  bind::Script script_;
};

constexpr const char* kTables = R"(
CREATE TABLE t (a integer, b bigint, s varchar, n numeric);
INSERT INTO t VALUES (1, 10, 'one', 1.5), (2, NULL, 'a text that is not inline', 1.50), (NULL, 30, NULL, NULL), (1, 40, 'one', 2);
)";

}  // namespace

TEST_CASE("a query filters and computes") {
  Fixture f(std::string(kTables) + R"(
CREATE MATERIALIZED VIEW v AS SELECT a + 1 AS a, upper(s) AS s FROM t WHERE b > 5 OR a = 2;
)");
  CHECK(f.rows("v") ==
        std::vector<std::string>{"2|ONE", "2|ONE", "3|A TEXT THAT IS NOT INLINE", "NULL|NULL"});
}

TEST_CASE("a query evaluates only what is taken") {
  Fixture f(std::string(kTables) + R"(
CREATE MATERIALIZED VIEW v AS
SELECT CASE WHEN a = 1 THEN 0 ELSE 10 / (a - 1) END AS x, coalesce(b, 10 / (a - 2 + 1)) AS y FROM t WHERE a IS NOT NULL AND (a <> 2 OR 1 / a = 0);
)");
  CHECK(f.rows("v") == std::vector<std::string>{"0|10", "0|40", "10|10"});
}

TEST_CASE("a query groups: equal numbers are one group, NULLs too") {
  Fixture f(std::string(kTables) + R"(
CREATE MATERIALIZED VIEW g AS SELECT n, count(*) AS c, sum(b) AS s, min(s) AS m, count(DISTINCT a) AS d FROM t GROUP BY n;
CREATE MATERIALIZED VIEW u AS SELECT count(*) AS c, count(b) AS b, sum(n) AS n, max(s) AS s FROM t WHERE a > 100;
CREATE MATERIALIZED VIEW e AS SELECT a, count(*) AS c FROM t WHERE a > 100 GROUP BY a;
)");
  CHECK(f.rows("g") ==
        std::vector<std::string>{"1.5|2|10|a text that is not inline|2", "2|1|40|one|1", "NULL|1|30|NULL|0"});
  CHECK(f.rows("u") == std::vector<std::string>{"0|0|NULL|NULL"});
  CHECK(f.rows("e").empty());
}

TEST_CASE("a query over more rows than a chunk has") {
  Fixture f(R"(
CREATE TABLE t (a integer, b integer);
CREATE MATERIALIZED VIEW g AS SELECT a, sum(b) AS s FROM t GROUP BY a;
CREATE MATERIALIZED VIEW w AS SELECT a, b FROM t WHERE b % 1000 = 0;
CREATE MATERIALIZED VIEW d AS SELECT DISTINCT a % 10 AS a FROM t;
CREATE MATERIALIZED VIEW u AS SELECT count(*) AS c, sum(b) AS b FROM (SELECT b FROM t UNION ALL SELECT b FROM t) AS x;
)");
  for (int32_t i = 0; i < 5000; ++i) f.relations.rows["t"].push_back({Datum(i / 2), Datum(i)});
  const std::vector<std::string> groups = f.rows("g");
  CHECK(groups.size() == 2500);
  CHECK(std::count(groups.begin(), groups.end(), "2499|9997") == 1);
  CHECK(f.rows("w") == std::vector<std::string>{"0|0", "1000|2000", "1500|3000", "2000|4000", "500|1000"});
  CHECK(f.rows("d").size() == 10);
  CHECK(f.rows("u") == std::vector<std::string>{"10000|24995000"});
}

TEST_CASE("a query that fails says why") {
  Fixture f(std::string(kTables) + R"(
CREATE MATERIALIZED VIEW v AS SELECT 1 / (a - 1) AS x FROM t;
)");
  CHECK_THROWS_AS(f.rows("v"), QueryError);
}

TEST_CASE("a query ends when it is told to, when its time is over, and when it needs too much") {
  Fixture f(R"(
CREATE TABLE t (a integer, b integer);
CREATE MATERIALIZED VIEW g AS SELECT a, sum(b) AS s FROM t GROUP BY a;
)");
  for (int32_t i = 0; i < 100'000; ++i) f.relations.rows["t"].push_back({Datum(i), Datum(i)});
  const auto code = [&] {
    try {
      f.rows("g");
    } catch (const QueryError& error) {
      return sql::sqlstate(error.code());
    }
    return std::string_view("00000");
  };
  CHECK(code() == "00000");
  f.limits.memory_bytes = 1 << 20;
  CHECK(code() == "53200");
  f.limits = {};
  std::stop_source stop;
  stop.request_stop();
  f.limits.stop = stop.get_token();
  CHECK(code() == "57014");
  f.limits = {};
  f.limits.deadline = std::chrono::steady_clock::now();
  CHECK(code() == "57014");
}

}  // namespace sqlmill::rt::query
