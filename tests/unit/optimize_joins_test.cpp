// What the rules for ad hoc queries make of conditions and of joins, as text.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "tests/unit/plan_building.h"

namespace sqlmill::testing {

using plan::JoinKind;
using plan::SubqueryForm;

// ---- Conditions ----

TEST_CASE("push_predicates: conditions of WHERE become those of joins and scans") {
  const Fixture f;
  const NodeRef pairs = cross(f.t, f.u);
  CHECK(f.optimized(filter(pairs, all_of({equals(column(pairs, "a"), column(pairs, "ua")),
                                          call("<", column(pairs, "b"), integer(5)),
                                          call(">", column(pairs, "ub"), integer(7))}))) == R"(
Join on (a = ua)
  Filter (b < 5)
    Scan t
  Filter (ub > 7)
    Scan u
)");
  // What equals a constant makes its equals do so.
  CHECK(f.optimized(filter(inner(f.t, f.u, "a", "ua"), equals(f.a(), integer(5)))) == R"(
Join on (a = ua)
  Filter (a = 5)
    Scan t
  Filter (ua = 5)
    Scan u
)");
  // What can fail waits for the join.
  CHECK(f.optimized(filter(inner(f.t, f.u, "a", "ua"), equals(call("/", integer(5), f.b()), integer(1)))) ==
        R"(
Filter ((5 / b) = 1)
  Join on (a = ua)
    Scan t
    Scan u
)");
}

TEST_CASE("push_predicates: outer joins whose NULLs are not wanted") {
  const Fixture f;
  const auto outer = [&](JoinKind kind) {
    return join(kind, f.t, f.u, [](const NodeRef& p) { return equals(column(p, "a"), column(p, "ua")); });
  };
  const auto with = [&](JoinKind kind, std::string_view name) {
    const NodeRef pairs = outer(kind);
    return f.optimized(filter(pairs, call(">", column(pairs, name), integer(1))));
  };
  CHECK(with(JoinKind::kLeft, "ub") == R"(
Join on (a = ua)
  Scan t
  Filter (ub > 1)
    Scan u
)");
  CHECK(with(JoinKind::kLeft, "b") == R"(
Project id, a, b, uid, ua, ub
  Right join on (a = ua)
    Scan u
    Filter (b > 1)
      Scan t
)");
  CHECK(with(JoinKind::kFull, "b") == R"(
Project id, a, b, uid, ua, ub
  Right join on (a = ua)
    Scan u
    Filter (b > 1)
      Scan t
)");
  const NodeRef left = outer(JoinKind::kLeft);
  CHECK(f.optimized(filter(left, is_null(column(left, "ub")))) == R"(
Filter ub IS NULL
  Left join on (a = ua)
    Scan t
    Scan u
)");
}

TEST_CASE("push_predicates: branches of an OR restrict their tables") {
  const Fixture f;
  const NodeRef pairs = inner(f.t, f.u, "a", "ua");
  const auto both = [&](int32_t x, int32_t y) {
    return all_of({equals(column(pairs, "b"), integer(x)), equals(column(pairs, "ub"), integer(y))});
  };
  CHECK(f.optimized(filter(pairs, any_of({both(1, 2), both(3, 4)}))) == R"(
Join on ((a = ua) AND (((b = 1) AND (ub = 2)) OR ((b = 3) AND (ub = 4))))
  Filter b IN (1, 3)
    Scan t
  Filter ub IN (2, 4)
    Scan u
)");
}

TEST_CASE("push_predicates: through aggregates, windows and unions by their keys") {
  const Fixture f;
  const NodeRef sums = group(f.t, {f.a()}, {aggregate_call("max", f.b())});
  CHECK(f.optimized(filter(sums, all_of({equals(column(sums, "a"), integer(5)),
                                         call(">", column(sums, "max"), integer(1))}))) == R"(
Filter (max > 1)
  Aggregate by a: max(b)
    Filter (a = 5)
      Scan t (a, b)
)");
  plan::WindowCall number{plan::WindowFunction::kRowNumber, {}, {}, false, {}, kBigint, "number"};
  const NodeRef numbered = plan::window(f.t, {f.a()}, {{f.b(), false, false}}, {number}, kNowhere);
  CHECK(f.optimized(filter(numbered, all_of({equals(f.a(), integer(5)),
                                             equals(column(numbered, "number"), bigint(1))}))) == R"(
Filter (number = 1)
  Window by a ORDER BY b: row_number()
    Filter (a = 5)
      Scan t
)");
  const NodeRef all = plan::union_all({f.t, f.u}, {"x", "y", "z"}, kNowhere);
  CHECK(f.optimized(filter(all, equals(column(all, "x"), integer(1)))) == R"(
Union all
  Filter (id = 1)
    Scan t
  Filter (uid = 1)
    Scan u
)");
  CHECK(f.where(equals(integer(1), integer(2))) == R"(
Limit 0
  Scan t (id)
)");
}

// ---- Joins ----

TEST_CASE("order_joins: few rows first, the larger side streams") {
  Fixture f;
  f.statistics.rows_of = {{"t", 1'000'000}, {"u", 10}, {"v", 1000}};
  const NodeRef tu = cross(f.t, f.u);
  const NodeRef all = cross(tu, f.v);
  CHECK(f.optimized(filter(all, all_of({equals(column(all, "a"), column(all, "va")),
                                        equals(column(all, "vb"), column(all, "uid"))}))) == R"(
Project id, a, b, uid, ua, ub, va, vb, text
  Join on (a = va)
    Scan t
    Join on (vb = uid)
      Scan v
      Scan u
)");
  const NodeRef left = join(JoinKind::kLeft, f.u, f.t,
                            [](const NodeRef& p) { return equals(column(p, "ua"), column(p, "a")); });
  CHECK(f.optimized(left) == R"(
Project uid, ua, ub, id, a, b
  Right join on (ua = a)
    Scan t
    Scan u
)");
}

TEST_CASE("order_joins: a few rows look theirs up") {
  Fixture f;
  f.statistics.rows_of = {{"t", 1'000'000}, {"u", 1'000'000}};
  f.statistics.finds_keys = true;
  const NodeRef pairs = inner(f.t, f.u, "a", "uid");
  CHECK(f.optimized(filter(pairs, equals(column(pairs, "id"), integer(5)))) == R"(
Join lateral, of a
  Filter (id = 5)
    Scan t
  Filter (uid = :a)
    Scan u
)");
  const NodeRef left = join(JoinKind::kLeft, filter(f.t, equals(f.id(), integer(5))), f.u,
                            [](const NodeRef& p) { return equals(column(p, "a"), column(p, "uid")); });
  CHECK(f.optimized(left) == R"(
Left join lateral, of a
  Filter (id = 5)
    Scan t
  Filter (uid = :a)
    Scan u
)");
}

TEST_CASE("semi_to_inner: IN of a key may stand anywhere") {
  Fixture f;
  f.statistics.rows_of = {{"t", 1000}, {"u", 10}, {"v", 100'000}};
  const NodeRef pairs = inner(f.t, f.v, "a", "va");
  CHECK(f.optimized(filter(pairs, quantified(SubqueryForm::kAny, column(pairs, "b"), "=",
                                             project(f.u, {column(f.u, "uid")}), {}))) == R"(
Project id, a, b, va, vb, text
  Join on (va = a)
    Scan v
    Project id, a, b
      Join on (b = uid)
        Scan t
        Scan u (uid)
)");
}

TEST_CASE("sink_semi_joins: below a join that has more rows") {
  Fixture f;
  f.statistics.rows_of = {{"t", 1000}, {"u", 10}, {"v", 100'000}};
  const NodeRef pairs = inner(f.t, f.v, "id", "va");
  const ExprRef in =
      quantified(SubqueryForm::kAny, column(pairs, "b"), "=", project(f.u, {column(f.u, "ub")}), {});
  CHECK(f.optimized(filter(pairs, in)) == R"(
Project id, a, b, va, vb, text
  Join on (va = id)
    Scan v
    Semi join on (b = ub)
      Scan t
      Scan u (ub)
)");
}

}  // namespace sqlmill::testing
