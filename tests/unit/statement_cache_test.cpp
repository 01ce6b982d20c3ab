// What is remembered of statements that were prepared.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "runtime/query/database.h"
#include "runtime/query/statement_cache.h"

namespace sqlmill::rt::query {

namespace {

std::shared_ptr<const Prepared> some_statement() {
  return std::make_shared<const Prepared>(bind::BoundStatement{});
}

}  // namespace

TEST_CASE("a statement is found by its text and the types of its parameters") {
  StatementCache cache;
  const auto first = some_statement();
  const auto second = some_statement();
  cache.add("SELECT $1", {{sql::TypeId::kInteger}}, 10, first);
  cache.add("SELECT $1", {{sql::TypeId::kText}}, 10, second);
  CHECK(cache.find("SELECT $1", {{sql::TypeId::kInteger}}, 10) == first);
  CHECK(cache.find("SELECT $1", {{sql::TypeId::kText}}, 10) == second);
  CHECK(cache.find("SELECT $1", {}, 10) == nullptr);
  CHECK(cache.find("SELECT  $1", {{sql::TypeId::kInteger}}, 10) == nullptr);
}

TEST_CASE("a statement is planned anew when there are many more rows, or many fewer") {
  StatementCache cache;
  const auto first = some_statement();
  cache.add("SELECT 1", {}, 100'000, first);
  CHECK(cache.find("SELECT 1", {}, 150'000) == first);
  CHECK(cache.find("SELECT 1", {}, 300'000) == nullptr);
  CHECK(cache.find("SELECT 1", {}, 10'000) == nullptr);
  const auto second = some_statement();
  cache.add("SELECT 1", {}, 300'000, second);
  CHECK(cache.find("SELECT 1", {}, 300'000) == second);
}

TEST_CASE("the statements that were used last are remembered, and none that is very long") {
  StatementCache cache;
  const auto kept = some_statement();
  cache.add("kept", {}, 0, kept);
  for (int i = 0; i < 400; ++i) {
    cache.add("other " + std::to_string(i), {}, 0, some_statement());
    CHECK(cache.find("kept", {}, 0) == kept);
  }
  CHECK(cache.find("other 0", {}, 0) == nullptr);
  CHECK(cache.find("other 399", {}, 0) != nullptr);
  const std::string text(100'000, 'x');
  cache.add(text, {}, 0, kept);
  CHECK(cache.find(text, {}, 0) == nullptr);
}

}  // namespace sqlmill::rt::query
