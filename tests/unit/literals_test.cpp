// Which literals become parameters.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif
#include <string>
#include <utility>

#include "runtime/query/literals.h"

using sqlmill::rt::query::without_literals;

namespace {

/// The text with parameters, and the literals behind it.
std::string show(std::string_view sql) {
  const auto query = without_literals(sql);
  if (!query) return "as it is";
  std::string text = query->sql;
  for (const auto& literal : query->literals) text += (literal.is_number ? " | #" : " | ") + literal.text;
  return text;
}

}  // namespace

TEST_CASE("literals that are compared with become parameters") {
  for (const auto& [sql, expected] : {
           std::pair("SELECT * FROM v WHERE id = 'x'", "SELECT * FROM v WHERE id = $1 | x"),
           std::pair(
               "select 1, 'a' from v where v.id='it''s' and (n>=12 or \"N\" <> '') order by 1",
               "select 1, 'a' from v where v.id=$1 and (n>=$2 or \"N\" <> $3) order by 1 | it's | #12 | "),
           std::pair("SELECT a FROM v WHERE lower(a) = 'b' GROUP BY a HAVING count(*) = 5 LIMIT 5",
                     "SELECT a FROM v WHERE lower(a) = $1 GROUP BY a HAVING count(*) = 5 LIMIT 5 | b"),
           std::pair("SELECT a FROM v WHERE a = 'b' || 'c' AND d = 'e'",
                     "SELECT a FROM v WHERE a = 'b' || 'c' AND d = $1 | e"),
           std::pair("SELECT a FROM v WHERE a = 'b'::text AND d = 'e'",
                     "SELECT a FROM v WHERE a = 'b'::text AND d = $1 | e"),
       }) {
    CHECK(show(sql) == expected);
  }
}

TEST_CASE("what is not surely the same with parameters is left alone") {
  for (const std::string_view sql : {"",
                                     "SELECT",
                                     "SELECT 'a'",
                                     "SELECT 'a' = 'a' FROM v",
                                     "INSERT INTO t SELECT a FROM v WHERE a = 'b'",
                                     "SELECT a FROM v WHERE a = $1 AND b = 'c'",
                                     "SELECT a FROM v WHERE a = E'b'",
                                     "SELECT a FROM v WHERE a = U&'b'",
                                     "SELECT a FROM v WHERE a = $$b$$",
                                     "SELECT a FROM v WHERE a = 'b' -- c",
                                     "SELECT a FROM v WHERE a = 'b' /* c */",
                                     "SELECT a FROM v WHERE a = 1.5",
                                     "SELECT a FROM v WHERE a = 1e5",
                                     "SELECT a FROM v WHERE a = -5",
                                     "SELECT a FROM v WHERE a = 5 + 5",
                                     "SELECT a FROM v WHERE 'b' = 'b'",
                                     "SELECT a FROM v WHERE a LIKE 'b'",
                                     "SELECT a FROM v WHERE a IN ('b')",
                                     "SELECT a FROM v WHERE a = 'b' 'c'",
                                     "SELECT a FROM v WHERE a = 'b",
                                     "SELECT a FROM v WHERE a IN (SELECT b FROM w WHERE c = 'd')",
                                     "SELECT a FROM v WHERE a = 'b' UNION SELECT 1",
                                     "SELECT sum(a) FILTER (WHERE a = 'b') FROM v",
                                     "WITH w AS (VALUES (1)) SELECT a FROM w WHERE a = 'b'",
                                     "SELECT a FROM v WHERE a = 1234567890123456789",
                                     "SELECT a FROM v WHERE a = date '2026-01-01'"}) {
    INFO(sql);
    CHECK(show(sql) == "as it is");
  }
}
