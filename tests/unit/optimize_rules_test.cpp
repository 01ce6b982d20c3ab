// What each rule for ad hoc queries makes of a plan, as text; and what it must leave alone. Those of
// conditions and joins are in optimize_joins_test.cpp.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "tests/unit/plan_building.h"

namespace sqlmill::testing {

using plan::JoinKind;
using plan::SubqueryForm;

// ---- Expressions ----

TEST_CASE("constants_right: columns are compared with constants") {
  const Fixture f;
  CHECK(f.where(call("<", integer(5), f.a())) == R"(
Project id
  Filter (a > 5)
    Scan t (id, a)
)");
}

TEST_CASE("simplify_booleans: AND, OR and NOT of less") {
  const Fixture f;
  CHECK(f.where(plan::negate(any_of({call("<", f.a(), integer(1)), is_null(f.b())}), kNowhere)) == R"(
Project id
  Filter ((a >= 1) AND b IS NOT NULL)
    Scan t
)");
  CHECK(f.where(all_of({boolean(true), any_of({boolean(false), equals(f.a(), f.b())})})) == R"(
Project id
  Filter (a = b)
    Scan t
)");
}

TEST_CASE("factor_or: what all branches say is said once") {
  const Fixture f;
  const ExprRef common = equals(f.a(), f.b());
  CHECK(f.where(any_of({all_of({common, call("<", f.id(), integer(1))}),
                        all_of({call(">", f.id(), integer(9)), common})})) == R"(
Project id
  Filter ((a = b) AND ((id < 1) OR (id > 9)))
    Scan t
)");
  // 1 / b would be evaluated where the first branch decides.
  const ExprRef fails = equals(call("/", integer(1), f.b()), integer(1));
  CHECK(f.where(any_of(
            {all_of({equals(f.a(), integer(1)), fails}), all_of({equals(f.a(), integer(2)), fails})})) == R"(
Project id
  Filter (((a = 1) AND ((1 / b) = 1)) OR ((a = 2) AND ((1 / b) = 1)))
    Scan t
)");
}

TEST_CASE("or_to_in: equalities with constants are one set") {
  const Fixture f;
  CHECK(f.where(any_of({equals(f.a(), integer(1)), is_null(f.b()), equals(integer(2), f.a())})) == R"(
Project id
  Filter (a IN (1, 2) OR b IS NULL)
    Scan t
)");
}

// ---- Subqueries ----

TEST_CASE("subqueries_to_joins: EXISTS and IN") {
  const Fixture f;
  CHECK(f.where(exists(project(f.u_of_a(), {integer(1)}), {f.a()})) == R"(
Project id
  Semi join on (ua = a)
    Scan t (id, a)
    Scan u (ua)
)");
  CHECK(f.where(plan::negate(exists(f.u_of_a(), {f.a()}), kNowhere)) == R"(
Project id
  Anti join on (ua = a)
    Scan t (id, a)
    Scan u (ua)
)");
  CHECK(f.where(quantified(SubqueryForm::kAny, f.b(), "=", project(f.u, {column(f.u, "ub")}), {})) == R"(
Project id
  Semi join on (b = ub)
    Scan t (id, b)
    Scan u (ub)
)");
  // Whether there is one is asked once.
  CHECK(f.where(exists(f.u, {})) == R"(
Filter EXISTS (subquery)
  Subquery
    Scan u
  Scan t (id)
)");
}

TEST_CASE("subqueries_to_joins: NOT IN knows of NULLs") {
  const Fixture f;
  const NodeRef ub = project(f.u, {column(f.u, "ub")});
  const NodeRef uid = project(f.u, {column(f.u, "uid")});
  // The executor finds out once whether there is a NULL.
  CHECK(f.where(plan::negate(quantified(SubqueryForm::kAny, f.b(), "=", ub, {}), kNowhere)) == R"(
Project id
  Filter NOT ((operand = ub) FOR ANY OF (subquery))
    Subquery
      Scan u (ub)
    Scan t (id, b)
)");
  CHECK(f.where(plan::negate(quantified(SubqueryForm::kAny, f.id(), "=", uid, {}), kNowhere)) == R"(
Anti join on (id = uid)
  Scan t (id)
  Scan u (uid)
)");
  const NodeRef of_a = project(f.u_of_a(), {column(f.u, "ub")});
  CHECK(f.where(plan::negate(quantified(SubqueryForm::kAny, f.b(), "=", of_a, {f.a()}), kNowhere)) == R"(
Project id
  Anti join on ((ua = a) AND (b = ub) IS NOT FALSE)
    Scan t
    Scan u (ua, ub)
)");
  CHECK(f.where(quantified(SubqueryForm::kAll, f.id(), "<>", uid, {})) == R"(
Anti join on (id = uid)
  Scan t (id)
  Scan u (uid)
)");
}

TEST_CASE("subqueries_to_joins: a value of an aggregate, of a row with a key, of the first row") {
  const Fixture f;
  const NodeRef most = group(f.u_of_a(), {}, {aggregate_call("max", column(f.u, "ub"))});
  CHECK(f.optimized(project(f.t, {f.id(), call("+", scalar(most, {f.a()}), integer(1))})) == R"(
Project id, (max + 1) AS ((subquery) + 1)
  Left join on (a = ua)
    Scan t (id, a)
    Aggregate by ua: max(ub)
      Scan u (ua, ub)
)");
  const NodeRef count = group(f.u_of_a(), {}, {aggregate_call("count", nullptr)});
  CHECK(f.optimized(project(f.t, {f.id(), scalar(count, {f.a()})})) == R"(
Project id, COALESCE(count, 0) AS (subquery)
  Left join on (a = ua)
    Scan t (id, a)
    Aggregate by ua: count(*)
      Scan u (ua)
)");
  const NodeRef by_key = filter(f.u, equals(column(f.u, "uid"), taken(0, f.a())));
  CHECK(f.optimized(project(f.t, {f.id(), scalar(project(by_key, {column(f.u, "ub")}), {f.a()})})) == R"(
Project id, ub AS (subquery)
  Left join on (uid = a)
    Scan t (id, a)
    Scan u (uid, ub)
)");
  CHECK(f.optimized(project(f.t, {f.id(), scalar(project(by_key, {integer(7)}), {f.a()})})) == R"(
Project id, CASE WHEN uid IS NOT NULL THEN 7 END AS (subquery)
  Left join on (uid = a)
    Scan t (id, a)
    Scan u (uid)
)");
  const NodeRef sorted = plan::sort(f.u_of_a(), {{column(f.u, "ub"), true, true}}, kNowhere);
  const NodeRef first = plan::limit(sorted, bigint(1), nullptr, false, kNowhere);
  // It may be more than one row otherwise, which is an error.
  CHECK(f.optimized(project(f.t, {f.id(), scalar(project(f.u_of_a(), {column(f.u, "ub")}), {f.a()})})) == R"(
Project id, (subquery)
  Subquery of a
    Project ub
      Filter (ua = :a)
        Scan u (ua, ub)
  Scan t (id, a)
)");
  CHECK(f.optimized(project(f.t, {f.id(), scalar(project(first, {column(f.u, "uid")}), {f.a()})})) == R"(
Project id, uid AS (subquery)
  Left join on (ua = a)
    Scan t (id, a)
    Project uid, ua
      Distinct on ua ORDER BY ua, ub DESC
        Scan u
)");
}

TEST_CASE("subqueries_to_joins: EXISTS beside an OR is a mark") {
  const Fixture f;
  CHECK(f.where(any_of({is_null(f.b()), exists(f.u_of_a(), {f.a()})})) == R"(
Project id
  Filter (b IS NULL OR ua IS NOT NULL)
    Left join on (a = ua)
      Scan t
      Aggregate by ua
        Scan u (ua)
)");
}

TEST_CASE("subqueries_to_joins: what can fail is not evaluated for other rows") {
  const Fixture f;
  // Of groups that no row of t asks for.
  const NodeRef fails =
      group(f.u_of_a(), {}, {aggregate_call("max", call("/", integer(1), column(f.u, "ub")))});
  CHECK(f.optimized(project(f.t, {scalar(fails, {f.a()})})) == R"(
Project (subquery)
  Subquery of a
    Aggregate: max((1 / ub))
      Filter (ua = :a)
        Scan u (ua, ub)
  Scan t (a)
)");
  // Where the CASE does not ask.
  const NodeRef guarded = filter(f.u_of_a(), equals(call("/", integer(1), column(f.u, "ub")), integer(1)));
  CHECK(f.optimized(project(f.t, {plan::case_when({{is_null(f.b()), boolean(true)}}, exists(guarded, {f.a()}),
                                                  kBoolean, kNowhere)})) == R"(
Project CASE WHEN b IS NULL THEN true ELSE EXISTS (subquery) END
  Subquery of a
    Filter ((ua = :a) AND ((1 / ub) = 1))
      Scan u
  Scan t (a, b)
)");
}

TEST_CASE("lateral_to_join: the right side does not run for each row") {
  const Fixture f;
  const auto lateral = [&](JoinKind kind, const NodeRef& right) {
    return f.optimized(plan::join(kind, f.t, right, nullptr, {f.a()}, kNowhere));
  };
  CHECK(lateral(JoinKind::kInner, f.u_of_a()) == R"(
Join on (a = ua)
  Scan t
  Scan u
)");
  CHECK(lateral(JoinKind::kLeft, group(f.u_of_a(), {}, {aggregate_call("count", nullptr)})) == R"(
Project id, a, b, COALESCE(count, 0) AS count
  Left join on (a = ua)
    Scan t
    Aggregate by ua: count(*)
      Scan u (ua)
)");
  const NodeRef nothing = plan::values({{}}, {}, kNowhere);
  CHECK(lateral(JoinKind::kInner, project(nothing, {call("+", taken(0, f.a()), integer(1))})) == R"(
Project id, a, b, (a + 1) AS (:a + 1)
  Scan t
)");
  const NodeRef sorted = plan::sort(f.u_of_a(), {{column(f.u, "ub"), false, false}}, kNowhere);
  CHECK(lateral(JoinKind::kInner, plan::limit(sorted, bigint(3), nullptr, false, kNowhere)) == R"(
Join on (a = ua)
  Scan t
  Project uid, ua, ub
    Filter (number <= 3)
      Window by ua ORDER BY ub: row_number()
        Scan u
)");
}

// ---- The rest ----

TEST_CASE("drop_sorts: what nobody sees is not put in order") {
  const Fixture f;
  const NodeRef sorted = plan::sort(f.t, {{f.b(), false, false}}, kNowhere);
  CHECK(f.optimized(group(sorted, {f.a()}, {aggregate_call("count", nullptr)})) == R"(
Aggregate by a: count(*)
  Scan t (a)
)");
  CHECK(f.optimized(sorted) == R"(
Sort by b
  Scan t
)");
}

TEST_CASE("drop_distinct: rows with a key differ") {
  const Fixture f;
  CHECK(f.optimized(group(f.t, {f.id(), f.a()}, {})) == R"(
Scan t (id, a)
)");
  CHECK(f.optimized(group(f.t, {f.a()}, {})) == R"(
Aggregate by a
  Scan t (a)
)");
}

TEST_CASE("push_limits: below a projection, into a union") {
  const Fixture f;
  const NodeRef sorted = plan::sort(f.t, {{f.b(), false, false}}, kNowhere);
  const NodeRef sums = project(sorted, {call("+", f.a(), integer(1))});
  CHECK(f.optimized(plan::limit(sums, bigint(10), bigint(5), false, kNowhere)) == R"(
Project (a + 1)
  Limit 10 offset 5
    Sort by b
      Scan t (a, b)
)");
  const NodeRef all = plan::union_all({f.t, f.u}, {"x", "y", "z"}, kNowhere);
  CHECK(f.optimized(plan::limit(all, bigint(10), bigint(5), false, kNowhere)) == R"(
Limit 10 offset 5
  Union all
    Limit 15
      Scan t
    Limit 15
      Scan u
)");
}

TEST_CASE("prune_columns: what nobody reads is not read") {
  const Fixture f;
  const NodeRef pairs = inner(f.t, f.u, "a", "ua");
  CHECK(f.optimized(project(pairs, {column(pairs, "b")})) == R"(
Project b
  Join on (a = ua)
    Scan t (a, b)
    Scan u (ua)
)");
  const NodeRef sums = group(f.t, {f.a()}, {aggregate_call("max", f.b()), aggregate_call("min", f.id())});
  CHECK(f.optimized(project(sums, {column(sums, "min")})) == R"(
Project min
  Aggregate by a: min(id)
    Scan t (id, a)
)");
  CHECK(f.optimized(group(f.t, {}, {aggregate_call("count", nullptr)})) == R"(
Aggregate: count(*)
  Scan t ()
)");
}

TEST_CASE("merge_projects: nothing is computed twice") {
  const Fixture f;
  const NodeRef inner = project(f.t, {call("+", f.a(), f.b())});
  const ExprRef sum = plan::column_of(*inner, 0, kNowhere);
  CHECK(f.optimized(project(inner, {call("+", sum, integer(1))})) == R"(
Project ((a + b) + 1)
  Scan t (a, b)
)");
  CHECK(f.optimized(project(inner, {call("+", sum, sum)})) == R"(
Project ((a + b) + (a + b))
  Project (a + b)
    Scan t (a, b)
)");
}

}  // namespace sqlmill::testing
