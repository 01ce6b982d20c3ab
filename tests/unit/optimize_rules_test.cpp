// What each rule for ad hoc queries makes of a plan, as text; and what it must leave alone.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"
#include "tests/unit/plan_building.h"

namespace sqlmill::testing {

namespace {

using plan::JoinKind;
using plan::SubqueryForm;

struct Fixture {
  Tables tables;
  TestStatistics statistics;
  NodeRef t = scan(tables.add("t", {"id", "a", "b"}, true));
  NodeRef u = scan(tables.add("u", {"uid", "ua", "ub"}, true));
  NodeRef v = scan(tables.add("v", {"va", "vb", "text"}, false));

  Fixture() { statistics.finds_keys = false; }

  std::string optimized(const NodeRef& plan) const {
    return "\n" + plan::to_string(optimize::optimize_query(plan, statistics));
  }
  /// `SELECT id FROM t WHERE predicate`.
  std::string where(const ExprRef& predicate) const {
    return optimized(project(filter(t, predicate), {column(t, "id")}));
  }
  ExprRef id() const { return column(t, "id"); }
  ExprRef a() const { return column(t, "a"); }
  ExprRef b() const { return column(t, "b"); }
  /// u's rows with ua = :t.a.
  NodeRef u_of_a() const { return filter(u, equals(column(u, "ua"), taken(0, a()))); }
};

/// Of a row of both.
NodeRef inner(const NodeRef& left, const NodeRef& right, std::string_view x, std::string_view y) {
  return join(JoinKind::kInner, left, right,
              [&](const NodeRef& pairs) { return equals(column(pairs, x), column(pairs, y)); });
}

}  // namespace

// ---- Expressions ----

TEST_CASE("constants_right: columns are compared with constants") {
  const Fixture f;
  CHECK(f.where(call("<", integer(5), f.a())) == "");
}

TEST_CASE("simplify_booleans: AND, OR and NOT of less") {
  const Fixture f;
  CHECK(f.where(plan::negate(any_of({call("<", f.a(), integer(1)), is_null(f.b())}), kNowhere)) == "");
  CHECK(f.where(all_of({boolean(true), any_of({boolean(false), equals(f.a(), f.b())})})) == "");
}

TEST_CASE("factor_or: what all branches say is said once") {
  const Fixture f;
  const ExprRef common = equals(f.a(), f.b());
  CHECK(f.where(any_of({all_of({common, call("<", f.id(), integer(1))}),
                        all_of({call(">", f.id(), integer(9)), common})})) == "");
  // 1 / b would be evaluated where the first branch decides.
  const ExprRef fails = equals(call("/", integer(1), f.b()), integer(1));
  CHECK(f.where(any_of(
            {all_of({equals(f.a(), integer(1)), fails}), all_of({equals(f.a(), integer(2)), fails})})) == "");
}

TEST_CASE("or_to_in: equalities with constants are one set") {
  const Fixture f;
  CHECK(f.where(any_of({equals(f.a(), integer(1)), is_null(f.b()), equals(integer(2), f.a())})) == "");
}

// ---- Subqueries ----

TEST_CASE("subqueries_to_joins: EXISTS and IN") {
  const Fixture f;
  CHECK(f.where(exists(project(f.u_of_a(), {integer(1)}), {f.a()})) == "");
  CHECK(f.where(plan::negate(exists(f.u_of_a(), {f.a()}), kNowhere)) == "");
  CHECK(f.where(quantified(SubqueryForm::kAny, f.b(), "=", project(f.u, {column(f.u, "ub")}), {})) == "");
  // Whether there is one is asked once.
  CHECK(f.where(exists(f.u, {})) == "");
}

TEST_CASE("subqueries_to_joins: NOT IN knows of NULLs") {
  const Fixture f;
  const NodeRef ub = project(f.u, {column(f.u, "ub")});
  const NodeRef uid = project(f.u, {column(f.u, "uid")});
  // The executor finds out once whether there is a NULL.
  CHECK(f.where(plan::negate(quantified(SubqueryForm::kAny, f.b(), "=", ub, {}), kNowhere)) == "");
  CHECK(f.where(plan::negate(quantified(SubqueryForm::kAny, f.id(), "=", uid, {}), kNowhere)) == "");
  const NodeRef of_a = project(f.u_of_a(), {column(f.u, "ub")});
  CHECK(f.where(plan::negate(quantified(SubqueryForm::kAny, f.b(), "=", of_a, {f.a()}), kNowhere)) == "");
  CHECK(f.where(quantified(SubqueryForm::kAll, f.id(), "<>", uid, {})) == "");
}

TEST_CASE("subqueries_to_joins: a value of an aggregate, of a row with a key, of the first row") {
  const Fixture f;
  const NodeRef most = group(f.u_of_a(), {}, {aggregate_call("max", column(f.u, "ub"))});
  CHECK(f.optimized(project(f.t, {f.id(), call("+", scalar(most, {f.a()}), integer(1))})) == "");
  const NodeRef count = group(f.u_of_a(), {}, {aggregate_call("count", nullptr)});
  CHECK(f.optimized(project(f.t, {f.id(), scalar(count, {f.a()})})) == "");
  const NodeRef by_key = filter(f.u, equals(column(f.u, "uid"), taken(0, f.a())));
  CHECK(f.optimized(project(f.t, {f.id(), scalar(project(by_key, {column(f.u, "ub")}), {f.a()})})) == "");
  CHECK(f.optimized(project(f.t, {f.id(), scalar(project(by_key, {integer(7)}), {f.a()})})) == "");
  const NodeRef sorted = plan::sort(f.u_of_a(), {{column(f.u, "ub"), true, true}}, kNowhere);
  const NodeRef first = plan::limit(sorted, bigint(1), nullptr, false, kNowhere);
  // It may be more than one row otherwise, which is an error.
  CHECK(f.optimized(project(f.t, {f.id(), scalar(project(f.u_of_a(), {column(f.u, "ub")}), {f.a()})})) == "");
  CHECK(f.optimized(project(f.t, {f.id(), scalar(project(first, {column(f.u, "uid")}), {f.a()})})) == "");
}

TEST_CASE("subqueries_to_joins: EXISTS beside an OR is a mark") {
  const Fixture f;
  CHECK(f.where(any_of({is_null(f.b()), exists(f.u_of_a(), {f.a()})})) == "");
}

TEST_CASE("subqueries_to_joins: what can fail is not evaluated for other rows") {
  const Fixture f;
  // Of groups that no row of t asks for.
  const NodeRef fails =
      group(f.u_of_a(), {}, {aggregate_call("max", call("/", integer(1), column(f.u, "ub")))});
  CHECK(f.optimized(project(f.t, {scalar(fails, {f.a()})})) == "");
  // Where the CASE does not ask.
  const NodeRef guarded = filter(f.u_of_a(), equals(call("/", integer(1), column(f.u, "ub")), integer(1)));
  CHECK(f.optimized(project(f.t, {plan::case_when({{is_null(f.b()), boolean(true)}}, exists(guarded, {f.a()}),
                                                  kBoolean, kNowhere)})) == "");
}

TEST_CASE("lateral_to_join: the right side does not run for each row") {
  const Fixture f;
  const auto lateral = [&](JoinKind kind, const NodeRef& right) {
    return f.optimized(plan::join(kind, f.t, right, nullptr, {f.a()}, kNowhere));
  };
  CHECK(lateral(JoinKind::kInner, f.u_of_a()) == "");
  CHECK(lateral(JoinKind::kLeft, group(f.u_of_a(), {}, {aggregate_call("count", nullptr)})) == "");
  const NodeRef nothing = plan::values({{}}, {}, kNowhere);
  CHECK(lateral(JoinKind::kInner, project(nothing, {call("+", taken(0, f.a()), integer(1))})) == "");
  const NodeRef sorted = plan::sort(f.u_of_a(), {{column(f.u, "ub"), false, false}}, kNowhere);
  CHECK(lateral(JoinKind::kInner, plan::limit(sorted, bigint(3), nullptr, false, kNowhere)) == "");
}

// ---- Conditions ----

TEST_CASE("push_predicates: conditions of WHERE become those of joins and scans") {
  const Fixture f;
  const NodeRef pairs = cross(f.t, f.u);
  CHECK(f.optimized(filter(pairs, all_of({equals(column(pairs, "a"), column(pairs, "ua")),
                                          call("<", column(pairs, "b"), integer(5)),
                                          call(">", column(pairs, "ub"), integer(7))}))) == "");
  // What equals a constant makes its equals do so.
  CHECK(f.optimized(filter(inner(f.t, f.u, "a", "ua"), equals(f.a(), integer(5)))) == "");
  // What can fail waits for the join.
  CHECK(f.optimized(filter(inner(f.t, f.u, "a", "ua"), equals(call("/", integer(5), f.b()), integer(1)))) ==
        "");
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
  CHECK(with(JoinKind::kLeft, "ub") == "");
  CHECK(with(JoinKind::kLeft, "b") == "");
  CHECK(with(JoinKind::kFull, "b") == "");
  const NodeRef left = outer(JoinKind::kLeft);
  CHECK(f.optimized(filter(left, is_null(column(left, "ub")))) == "");
}

TEST_CASE("push_predicates: branches of an OR restrict their tables") {
  const Fixture f;
  const NodeRef pairs = inner(f.t, f.u, "a", "ua");
  const auto both = [&](int32_t x, int32_t y) {
    return all_of({equals(column(pairs, "b"), integer(x)), equals(column(pairs, "ub"), integer(y))});
  };
  CHECK(f.optimized(filter(pairs, any_of({both(1, 2), both(3, 4)}))) == "");
}

TEST_CASE("push_predicates: through aggregates, windows and unions by their keys") {
  const Fixture f;
  const NodeRef sums = group(f.t, {f.a()}, {aggregate_call("max", f.b())});
  CHECK(f.optimized(filter(sums, all_of({equals(column(sums, "a"), integer(5)),
                                         call(">", column(sums, "max"), integer(1))}))) == "");
  plan::WindowCall number{plan::WindowFunction::kRowNumber, {}, {}, false, {}, kBigint, "number"};
  const NodeRef numbered = plan::window(f.t, {f.a()}, {{f.b(), false, false}}, {number}, kNowhere);
  CHECK(f.optimized(filter(numbered, all_of({equals(f.a(), integer(5)),
                                             equals(column(numbered, "number"), bigint(1))}))) == "");
  const NodeRef all = plan::union_all({f.t, f.u}, {"x", "y", "z"}, kNowhere);
  CHECK(f.optimized(filter(all, equals(column(all, "x"), integer(1)))) == "");
  CHECK(f.where(equals(integer(1), integer(2))) == "");
}

// ---- Joins ----

TEST_CASE("order_joins: few rows first, the larger side streams") {
  Fixture f;
  f.statistics.rows_of = {{"t", 1'000'000}, {"u", 10}, {"v", 1000}};
  const NodeRef tu = cross(f.t, f.u);
  const NodeRef all = cross(tu, f.v);
  CHECK(f.optimized(filter(all, all_of({equals(column(all, "a"), column(all, "va")),
                                        equals(column(all, "vb"), column(all, "uid"))}))) == "");
  const NodeRef left = join(JoinKind::kLeft, f.u, f.t,
                            [](const NodeRef& p) { return equals(column(p, "ua"), column(p, "a")); });
  CHECK(f.optimized(left) == "");
}

TEST_CASE("order_joins: a few rows look theirs up") {
  Fixture f;
  f.statistics.rows_of = {{"t", 1'000'000}, {"u", 1'000'000}};
  f.statistics.finds_keys = true;
  const NodeRef pairs = inner(f.t, f.u, "a", "uid");
  CHECK(f.optimized(filter(pairs, equals(column(pairs, "id"), integer(5)))) == "");
  const NodeRef left = join(JoinKind::kLeft, filter(f.t, equals(f.id(), integer(5))), f.u,
                            [](const NodeRef& p) { return equals(column(p, "a"), column(p, "uid")); });
  CHECK(f.optimized(left) == "");
}

TEST_CASE("semi_to_inner: IN of a key may stand anywhere") {
  Fixture f;
  f.statistics.rows_of = {{"t", 1000}, {"u", 10}, {"v", 100'000}};
  const NodeRef pairs = inner(f.t, f.v, "a", "va");
  CHECK(f.optimized(filter(pairs, quantified(SubqueryForm::kAny, column(pairs, "b"), "=",
                                             project(f.u, {column(f.u, "uid")}), {}))) == "");
}

TEST_CASE("sink_semi_joins: below a join that has more rows") {
  Fixture f;
  f.statistics.rows_of = {{"t", 1000}, {"u", 10}, {"v", 100'000}};
  const NodeRef pairs = inner(f.t, f.v, "id", "va");
  const ExprRef in =
      quantified(SubqueryForm::kAny, column(pairs, "b"), "=", project(f.u, {column(f.u, "ub")}), {});
  CHECK(f.optimized(filter(pairs, in)) == "");
}

// ---- The rest ----

TEST_CASE("drop_sorts: what nobody sees is not put in order") {
  const Fixture f;
  const NodeRef sorted = plan::sort(f.t, {{f.b(), false, false}}, kNowhere);
  CHECK(f.optimized(group(sorted, {f.a()}, {aggregate_call("count", nullptr)})) == "");
  CHECK(f.optimized(sorted) == "");
}

TEST_CASE("drop_distinct: rows with a key differ") {
  const Fixture f;
  CHECK(f.optimized(group(f.t, {f.id(), f.a()}, {})) == "");
  CHECK(f.optimized(group(f.t, {f.a()}, {})) == "");
}

TEST_CASE("push_limits: below a projection, into a union") {
  const Fixture f;
  const NodeRef sorted = plan::sort(f.t, {{f.b(), false, false}}, kNowhere);
  const NodeRef sums = project(sorted, {call("+", f.a(), integer(1))});
  CHECK(f.optimized(plan::limit(sums, bigint(10), bigint(5), false, kNowhere)) == "");
  const NodeRef all = plan::union_all({f.t, f.u}, {"x", "y", "z"}, kNowhere);
  CHECK(f.optimized(plan::limit(all, bigint(10), bigint(5), false, kNowhere)) == "");
}

TEST_CASE("prune_columns: what nobody reads is not read") {
  const Fixture f;
  const NodeRef pairs = inner(f.t, f.u, "a", "ua");
  CHECK(f.optimized(project(pairs, {column(pairs, "b")})) == "");
  const NodeRef sums = group(f.t, {f.a()}, {aggregate_call("max", f.b()), aggregate_call("min", f.id())});
  CHECK(f.optimized(project(sums, {column(sums, "min")})) == "");
  CHECK(f.optimized(group(f.t, {}, {aggregate_call("count", nullptr)})) == "");
}

TEST_CASE("merge_projects: nothing is computed twice") {
  const Fixture f;
  const NodeRef inner = project(f.t, {call("+", f.a(), f.b())});
  const ExprRef sum = plan::column_of(*inner, 0, kNowhere);
  CHECK(f.optimized(project(inner, {call("+", sum, integer(1))})) == "");
  CHECK(f.optimized(project(inner, {call("+", sum, sum)})) == "");
}

}  // namespace sqlmill::testing
