// The parser: what the tree looks like (as printed), spans, limits, and recovery. Messages are in
// parse_error_test.cpp.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

#include "compiler/ast/print.h"
#include "compiler/parse/parse.h"

namespace sqlmill {
namespace {

struct Parsed {
  source::Source source;
  diag::Sink sink;
  ast::Script script;

  explicit Parsed(std::string sql) : source("test.sql", std::move(sql)) {
    script = parse::parse_script(source, sink);
  }
};

/// The printed tree of a script without errors.
std::string tree(std::string sql) {
  const Parsed parsed(std::move(sql));
  CHECK(diag::render_text(parsed.source, parsed.sink.sorted(), {}) == "");
  return ast::print(parsed.script);
}

/// The only item of `SELECT … FROM t`.
struct Item {
  Parsed parsed;

  explicit Item(const std::string& sql) : parsed("CREATE VIEW v AS SELECT " + sql + " FROM t") {
    CHECK(diag::render_text(parsed.source, parsed.sink.sorted(), {}) == "");
    REQUIRE(parsed.script.statements.size() == 1);
  }
  const ast::Expr& expr() const {
    const auto& view = std::get<ast::CreateView>(parsed.script.statements[0].node);
    return *std::get<ast::Select>(view.query->body).items[0].expr;
  }
  std::string text() const { return std::string(parsed.source.text(expr().span)); }
};

/// An expression in brackets: operators and calls only, enough to see what binds to what.
std::string brackets(const ast::Expr& expr) {
  using namespace ast;
  if (const auto* node = std::get_if<Binary>(&expr.node)) {
    return "[" + brackets(*node->left) + " " + node->op + " " + brackets(*node->right) + "]";
  }
  if (const auto* node = std::get_if<Unary>(&expr.node))
    return "[" + node->op + " " + brackets(*node->operand) + "]";
  if (const auto* node = std::get_if<CastTo>(&expr.node))
    return brackets(*node->operand) + "::" + node->type.name;
  if (const auto* node = std::get_if<Is>(&expr.node))
    return "[" + brackets(*node->operand) + (node->negated ? " is not]" : " is]");
  if (const auto* node = std::get_if<Like>(&expr.node)) {
    return "[" + brackets(*node->operand) + (node->negated ? " not like " : " like ") +
           brackets(*node->pattern) + "]";
  }
  if (const auto* node = std::get_if<Between>(&expr.node)) {
    return "[" + brackets(*node->operand) + " between " + brackets(*node->low) + " & " +
           brackets(*node->high) + "]";
  }
  if (const auto* node = std::get_if<IsDistinct>(&expr.node)) {
    return "[" + brackets(*node->left) + " is distinct " + brackets(*node->right) + "]";
  }
  if (const auto* node = std::get_if<InList>(&expr.node)) {
    return "[" + brackets(*node->operand) + (node->negated ? " not in " : " in ") +
           std::to_string(node->items.size()) + "]";
  }
  if (const auto* node = std::get_if<Call>(&expr.node)) {
    std::string result = node->name.name + "(";
    for (const ExprPtr& argument : node->arguments)
      result += (&argument == &node->arguments[0] ? "" : ", ") + brackets(*argument);
    return result + ")";
  }
  if (const auto* node = std::get_if<ColumnName>(&expr.node)) return node->parts.back().name;
  if (const auto* node = std::get_if<NumberLiteral>(&expr.node)) return node->digits;
  if (const auto* node = std::get_if<StringLiteral>(&expr.node)) return "'" + node->value + "'";
  if (const auto* node = std::get_if<TypedLiteral>(&expr.node))
    return node->type.name + " '" + node->value + "'";
  if (const auto* node = std::get_if<Unsupported>(&expr.node)) return "unsupported: " + node->feature;
  if (std::holds_alternative<Star>(expr.node)) return "*";
  return "?";
}

std::string grouped(const std::string& sql) {
  return brackets(Item(sql).expr());
}

std::string repeated(const std::string& text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("precedence is PostgreSQL's", "[parse]") {
  CHECK(grouped("a OR b AND NOT c") == "[a or [b and [not c]]]");
  CHECK(grouped("a AND b AND c") == "[[a and b] and c]");
  CHECK(grouped("NOT a = b") == "[not [a = b]]");
  CHECK(grouped("NOT NOT a IS NULL") == "[not [not [a is]]]");
  CHECK(grouped("a = b IS NULL") == "[[a = b] is]");
  CHECK(grouped("a = b LIKE c") == "[a = [b like c]]");
  CHECK(grouped("a LIKE b = c") == "[[a like b] = c]");
  CHECK(grouped("a LIKE like(b, c) AND NOT like(d, e)") == "[[a like like(b, c)] and [not like(d, e)]]");
  CHECK(grouped("a IS DISTINCT FROM b = c") == "[a is distinct [b = c]]");
  CHECK(grouped("a BETWEEN b + 1 AND c AND d") == "[[a between [b + 1] & c] and d]");
  CHECK(grouped("a != b || c") == "[a <> [b || c]]");
  CHECK(grouped("a || b + c * d ^ -e") == "[a || [b + [c * [d ^ [- e]]]]]");
  CHECK(grouped("- 2 ^ 2") == "[[- 2] ^ 2]");
  CHECK(grouped("-a::int") == "[- a::int]");
  CHECK(grouped("a - b - c") == "[[a - b] - c]");
  CHECK(grouped("~ a + b") == "[~ [a + b]]");
  CHECK(grouped("j -> 'a' ->> 'b'") == "[[j -> 'a'] ->> 'b']");
  CHECK(grouped("a IN (1, 2) AND b NOT IN (3)") == "[[a in 2] and [b not in 1]]");
  CHECK(grouped("a + b AT TIME ZONE 'UTC'") == "[a + timezone('UTC', b)]");
  CHECK(grouped("a AT TIME ZONE 'UTC'::text") == "timezone('UTC'::text, a)");
  CHECK(grouped("(a + b) * c") == "[[a + b] * c]");
}

TEST_CASE("a node's span is what was written for it", "[parse]") {
  CHECK(Item("a + b * c").text() == "a + b * c");
  CHECK(Item("(a + b) * (c)").text() == "(a + b) * (c)");
  CHECK(Item("count(*) FILTER (WHERE a)").text() == "count(*) FILTER (WHERE a)");
  CHECK(Item("x::timestamp(3) with time zone").text() == "x::timestamp(3) with time zone");
  CHECK(Item("a BETWEEN 1 AND (2)").text() == "a BETWEEN 1 AND (2)");
  CHECK(Item("INTERVAL '1' DAY").text() == "INTERVAL '1' DAY");
}

TEST_CASE("syntax with words becomes a call", "[parse]") {
  CHECK(grouped("EXTRACT(EPOCH FROM a - b)") == "extract('epoch', [a - b])");
  CHECK(grouped("SUBSTRING(a FROM 2 FOR 3)") == "substr(a, 2, 3)");
  CHECK(grouped("SUBSTRING(a FOR 3)") == "substr(a, 1, 3)");
  CHECK(grouped("SUBSTRING(a FOR 3 FROM 2)") == "substr(a, 2, 3)");
  CHECK(grouped("POSITION('x' IN a)") == "strpos(a, 'x')");
  CHECK(grouped("TRIM(a)") == "btrim(a)");
  CHECK(grouped("TRIM(BOTH 'x' FROM a)") == "btrim(a, 'x')");
  CHECK(grouped("TRIM(LEADING FROM a)") == "ltrim(a)");
  CHECK(grouped("TRIM(TRAILING 'x' FROM a)") == "rtrim(a, 'x')");
  CHECK(grouped("CURRENT_TIMESTAMP") == "now()");
  CHECK(grouped("pg_catalog.lower(a)") == "lower(a)");
  CHECK(grouped("left(a, 1)") == "left(a, 1)");
  CHECK(grouped("CAST(a AS double precision)") == "a::double precision");
}

TEST_CASE("types are normalised", "[parse]") {
  CHECK(grouped("a::CHARACTER   VARYING(20)") == "a::character varying");
  CHECK(grouped("a::timestamp (3) WITH time zone") == "a::timestamp with time zone");
  CHECK(grouped("a::int[][3]") == "a::int[][]");
  CHECK(grouped("DATE '2026-04-01'") == "date '2026-04-01'");
  CHECK(grouped("TIMESTAMP WITH TIME ZONE '2026-04-01'") == "timestamp with time zone '2026-04-01'");
  CHECK(grouped("INTERVAL '1' DAY") == "interval day '1'");
  CHECK(grouped("INTERVAL '-1.5' SECOND") == "interval second '-1.5'");
  CHECK(grouped("INTERVAL '1-2' YEAR TO MONTH") == "interval year to month '1-2'");
  CHECK(tree("CREATE TABLE t (n numeric(10, -2), c varchar(5), s struct<a int, b struct<c int>>, d int)") ==
        "create table t\n  column n numeric(10, -2)\n  column c varchar(5)\n"
        "  column s struct<a int, b struct<c int>>\n  column d int\n");
}

TEST_CASE("strings and names are decoded", "[parse]") {
  CHECK(grouped("'it''s'") == "'it's'");
  CHECK(grouped("'a' -- it's a comment\n  'b'\n'c'") == "'abc'");
  CHECK(grouped(R"(E'\x41\u00e9\n\'\\')") == "'A\u00e9\n'\\'");
  CHECK(grouped(R"('a\n')") == "'a\\n'");
  CHECK(grouped("$$it's$$") == "'it's'");
  CHECK(grouped("$x$a $$ b$x$") == "'a $$ b'");
  CHECK(grouped("\"a\"\"B\"") == "a\"B");
  CHECK(grouped("SESSION_Id") == "session_id");
  CHECK(grouped("\u00dcber") == "\u00dcber");
}

TEST_CASE("user text that looks like code stays text", "[parse]") {
  CHECK(grouped("\"x;system(1)//\"") == "x;system(1)//");
  CHECK(grouped("'R\"( */ ; -- '") == "'R\"( */ ; -- '");
  CHECK(grouped("\"R\"\"( */\"") == "R\"( */");
  CHECK(grouped("'\U0001F600'") == "'\U0001F600'");
  CHECK(tree("CREATE VIEW \"\U0001F600\" AS SELECT 1 /* ; /* ' */ \" */") ==
        "create view \U0001F600\n  select\n    item\n      number 1\n");
}

TEST_CASE("keywords that are not reserved are names", "[parse]") {
  CHECK(grouped("timestamp + interval + key + value + position + type + format + source + first") ==
        "[[[[[[[[timestamp + interval] + key] + value] + position] + type] + format] + source] + first]");
  CHECK(tree("CREATE TABLE sink (date date, time time, timestamp timestamp, index int, watermark int)") ==
        "create table sink\n  column date date\n  column time time\n  column timestamp timestamp\n"
        "  column index int\n  column watermark int\n");
  CHECK(tree("CREATE VIEW v AS SELECT a AS select, b date FROM t type") ==
        "create view v\n  select\n    item as select\n      column a\n    item as date\n      column b\n    "
        "from t as type\n");
}

TEST_CASE("relations and their clauses", "[parse]") {
  CHECK(tree("CREATE SOURCE IF NOT EXISTS public.s (a INT PRIMARY KEY, b varchar NOT NULL DEFAULT 'x' || "
             "'y', PRIMARY KEY (a, b)) "
             "APPEND ONLY INCLUDE KEY AS k INCLUDE header 'h' varchar AS hh INCLUDE timestamp "
             "WITH (connector = 'kafka', Properties.Bootstrap.Server = 'a:9092', n = 5, t = true) "
             "FORMAT Plain ENCODE Json (\"X.y\" = 'z')") ==
        "create source if not exists s\n"
        "  column a int primary key\n"
        "  column b varchar not null\n"
        "    default\n"
        "      binary ||\n"
        "        string 'x'\n"
        "        string 'y'\n"
        "  primary key (a, b)\n"
        "  append only\n"
        "  include key as k\n"
        "  include header 'h' varchar as hh\n"
        "  include timestamp\n"
        "  option connector = 'kafka'\n"
        "  option properties.bootstrap.server = 'a:9092'\n"
        "  option n = '5'\n"
        "  option t = 'true'\n"
        "  format plain encode json\n"
        "    option X.y = 'z'\n");
  CHECK(tree("CREATE SINK s FROM v WITH (connector = 'kafka') FORMAT UPSERT ENCODE JSON; CREATE INDEX i ON t "
             "(a DESC, lower(b)) INCLUDE (c)") ==
        "create sink s\n  from v\n  option connector = 'kafka'\n  format upsert encode json\n"
        "create index i on t\n  key descending\n    column a\n  key\n    call lower\n      column b\n  "
        "include (c)\n");
}

TEST_CASE("changes of rows", "[parse]") {
  CHECK(tree("INSERT INTO t (a, b) VALUES (1, DEFAULT), (2, 'x')") ==
        "insert into t (a, b)\n  row\n    number 1\n    default\n  row\n    number 2\n    string 'x'\n");
  CHECK(tree("UPDATE t x SET a = 1, b = DEFAULT WHERE c") ==
        "update t as x\n  set a\n    number 1\n  set b default\n  where\n    column c\n");
  CHECK(tree("DELETE FROM t WHERE a") == "delete from t\n  where\n    column a\n");
}

TEST_CASE("set operations and parentheses", "[parse]") {
  CHECK(tree("CREATE VIEW v AS SELECT 1 UNION ALL SELECT 2 EXCEPT (SELECT 3 ORDER BY 1) INTERSECT SELECT 4 "
             "ORDER BY 1") ==
        "create view v\n"
        "  except\n"
        "    union all\n"
        "      select\n        item\n          number 1\n"
        "      select\n        item\n          number 2\n"
        "    intersect\n"
        "      query\n        select\n          item\n            number 3\n        order by\n          "
        "number 1\n"
        "      select\n        item\n          number 4\n"
        "  order by\n    number 1\n");
  for (const char* sql :
       {"((SELECT 1))", "((SELECT 1) UNION (SELECT 2))",
        "SELECT * FROM ((SELECT 1) UNION ALL ((SELECT 2))) x",
        "SELECT ((SELECT 1) + 2), (((SELECT 1))), f((SELECT 1)), a IN ((SELECT 1)), EXISTS ((SELECT 1))",
        "SELECT * FROM (VALUES (1, 2), ((SELECT 1), (2))) AS x (a, b)",
        "WITH a AS ((SELECT 1)) SELECT * FROM a"}) {
    INFO(sql);
    tree(std::string("CREATE VIEW v AS ") + sql);
  }
}

TEST_CASE("what is not supported has a name", "[parse]") {
  const auto feature = [](const std::string& sql) {
    const std::string printed = tree(sql);
    const size_t begin = printed.find("unsupported: ");
    return begin == std::string::npos ? ""
                                      : printed.substr(begin + 13, printed.find('\n', begin) - begin - 13);
  };
  CHECK(feature("CREATE VIEW v AS SELECT * FROM a JOIN b FOR SYSTEM_TIME AS OF PROCTIME() ON true") ==
        "temporal joins (FOR SYSTEM_TIME AS OF PROCTIME())");
  CHECK(feature("CREATE VIEW v AS SELECT a FROM t GROUP BY a EMIT ON WINDOW CLOSE") ==
        "EMIT ON WINDOW CLOSE");
  CHECK(feature("CREATE SOURCE s (t timestamp, WATERMARK FOR t AS t - INTERVAL '5' SECOND)") ==
        "watermarks (WATERMARK FOR)");
  CHECK(feature("CREATE TABLE t (a int, b int AS a + 1)") == "generated columns");
  CHECK(feature("CREATE TABLE t AS SELECT 1") == "CREATE TABLE … AS");
  CHECK(feature("DROP TABLE t") == "DROP");
  CHECK(feature("CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql") == "CREATE FUNCTION");
  CHECK(feature("CREATE OR REPLACE VIEW v AS SELECT 1") == "OR REPLACE");
}

TEST_CASE("queries for a running pipeline", "[parse]") {
  CHECK(tree("SELECT DISTINCT ON (a) a[1], b[:2], ARRAY[[1], [2]], $3 FROM a LEFT JOIN b ON a.x = b.x "
             "NATURAL JOIN "
             "LATERAL f(1) WITH ORDINALITY AS c (d, e) GROUP BY DISTINCT ROLLUP (a, (b, c)), () LIMIT 5 "
             "OFFSET 1") ==
        "select\n"
        "  distinct on\n    column a\n"
        "  item\n    subscript\n      column a\n      at\n        number 1\n"
        "  item\n    slice\n      column b\n      to\n        number 2\n"
        "  item\n    array\n      array\n        number 1\n      array\n        number 2\n"
        "  item\n    parameter 3\n"
        "  from join natural inner\n"
        "    from join left\n      from a\n      from b\n      on\n        binary =\n          column a.x\n  "
        "        "
        "column b.x\n"
        "    from lateral function f with ordinality as c (d, e)\n      number 1\n"
        "  group by distinct\n    rollup\n      column a\n      row\n        column b\n        column c\n    "
        "()\n"
        "limit\n  number 5\n"
        "offset\n  number 1\n");
  CHECK(
      tree(
          "SELECT sum(a) FILTER (WHERE b) OVER (w ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW "
          "EXCLUDE "
          "TIES), x = ANY (SELECT 1), x <> ALL (y), (a, b) NOT IN (SELECT 1, 2), a OPERATOR(pg_catalog.~) b, "
          "string_agg(a, ',' ORDER BY b) WINDOW w AS (PARTITION BY d)") ==
      "select\n"
      "  item\n    call sum\n      column a\n      filter\n        column b\n      over w\n        order "
      "by\n          "
      "column c\n        rows excluding ties\n          from preceding\n            number 1\n          to "
      "current "
      "row\n"
      "  item\n    = any\n      column x\n      select\n        item\n          number 1\n"
      "  item\n    <> all of array\n      column x\n      column y\n"
      "  item\n    not in\n      row\n        column a\n        column b\n      select\n        item\n       "
      "   number "
      "1\n        item\n          number 2\n"
      "  item\n    binary ~\n      column a\n      column b\n"
      "  item\n    call string_agg\n      column a\n      string ','\n      order by\n        column b\n"
      "  window w\n    over\n      partition by\n        column d\n");
  CHECK(
      tree("INSERT INTO t AS x SELECT 1 ON CONFLICT (a) DO UPDATE SET (a, b) = (1, 2) WHERE c RETURNING *") ==
      "insert into t as x\n  select\n    item\n      number 1\n  on conflict (a)\n    set a, b\n      row\n  "
      "      "
      "number 1\n        number 2\n    where\n      column c\n  returning\n    star\n");
  CHECK(tree("EXPLAIN (ANALYZE, FORMAT json) DELETE FROM s.t USING u WHERE a") ==
        "explain\n  option analyze\n  option format json\n  delete from s.t\n    from u\n    where\n      "
        "column a\n");
}

TEST_CASE("an error hides nothing in the next statement", "[parse]") {
  const Parsed parsed("CREATE TABLE a (x int;\nCREATE TABLE b (y int);\nCREATE VIEW c AS SELECT -FROM b;");
  REQUIRE(parsed.sink.error_count() == 2);
  CHECK(ast::print(parsed.script) == "create table b\n  column y int\n");
  CHECK(parsed.script.unparsed_relations == std::vector<std::string>{"a", "c"});
}

TEST_CASE("empty files and empty statements", "[parse]") {
  CHECK(tree("") == "");
  CHECK(tree(" -- nothing\n;;/* ; */;") == "");
  CHECK(tree("\xEF\xBB\xBF"
             "DELETE FROM t") == "delete from t\n");
}

TEST_CASE("nesting and chains without a bound are no danger", "[parse]") {
  const auto code = [](const std::string& expr) -> std::string {
    const Parsed parsed("CREATE VIEW v AS SELECT " + expr + " FROM t");
    if (!parsed.sink.has_errors()) {
      CHECK(!ast::print(parsed.script).empty());
      return "";
    }
    REQUIRE(parsed.sink.error_count() == 1);
    return diag::code_name(parsed.sink.sorted()[0].code);
  };
  CHECK(code(repeated("(", 10000) + "1" + repeated(")", 10000)) == "E0104");
  CHECK(code(repeated("(SELECT ", 10000) + "1" + repeated(")", 10000)) == "E0104");
  CHECK(code(repeated("CASE WHEN a THEN ", 10000) + "1" + repeated(" END", 10000)) == "E0104");
  CHECK(code(repeated("NOT ", 10000) + "a") == "E0104");
  CHECK(code(repeated("- ", 10000) + "a") == "E0104");
  CHECK(code("a" + repeated(" || a", 10000)) == "E0104");
  CHECK(code("a" + repeated("::int", 10000)) == "E0104");
  CHECK(code(repeated("(" + repeated("a + ", 20), 100) + "a" + repeated(")", 100)) == "E0104");
  CHECK(code(repeated("(", 10000)) == "E0104");
  CHECK(code("a::int" + repeated("[]", 10000)) == "E0104");
  CHECK(code("a" + repeated(" || a", 900)) == "");
  CHECK(code("a" + repeated(" OR a = 1", 10000)) == "");
  CHECK(code("a" + repeated(" AND a = 1 OR b", 5000)) == "");
  CHECK(code(repeated("(", 400) + "1" + repeated(")", 400)) == "");
  CHECK(code(repeated("f(", 400) + "1" + repeated(")", 400)) == "");
  CHECK(code("a IN (1" + repeated(", 1234567", 110000) + ")") == "");
}

}  // namespace sqlmill
