// Random plans give the same rows before and after optimize_query: joins of all kinds, subqueries,
// aggregates, windows, limits, over few rows with many NULLs and many equal values. A plan that runs must not
// fail afterwards.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <optional>
#include <random>

#include "runtime/query/builder.h"
#include "tests/unit/plan_building.h"

namespace sqlmill::testing {

namespace {

using plan::JoinKind;
using plan::SubqueryForm;
using rt::query::Execution;
using rt::query::QueryError;
using sql::Chunk;
using sql::Datum;
using Row = std::vector<Datum>;
using Rows = std::vector<Row>;

// ---- Running ----

class MemoryScan : public rt::query::Operator {
 public:
  MemoryScan(const Rows& rows, std::vector<uint32_t> columns) : rows_(rows), columns_(std::move(columns)) {
    for (size_t i = 0; i < columns_.size(); ++i) out_.columns.emplace_back(sql::TypeId::kInteger);
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
  const Rows& rows_;
  const std::vector<uint32_t> columns_;
  Chunk out_;
  size_t at_ = 0;
};

class MemoryRelations : public rt::query::Relations {
 public:
  std::map<const catalog::Relation*, Rows> rows;

  rt::query::OperatorPtr scan(const catalog::Relation& relation, std::vector<uint32_t> columns,
                              Execution&) override {
    return std::make_unique<MemoryScan>(rows[&relation], std::move(columns));
  }
  std::vector<uint32_t> key(const catalog::Relation& relation) const override { return relation.primary_key; }
  Chunk find(const catalog::Relation& relation, const std::vector<uint32_t>& columns,
             std::span<const Datum> keys) override {
    Chunk out;
    for (size_t i = 0; i < columns.size(); ++i) out.columns.emplace_back(sql::TypeId::kInteger);
    for (const Datum& key : keys) {
      for (const Row& row : rows[&relation]) {
        if (row[0].as<int32_t>() != key.as<int32_t>()) continue;
        for (size_t c = 0; c < columns.size(); ++c) out.columns[c].set_datum(out.rows, row[columns[c]]);
        ++out.rows;
      }
    }
    return out;
  }
};

struct Outcome {
  std::vector<std::string> rows;  // Sorted.
  std::string error;              // Empty: none.
};

Outcome run(const NodeRef& plan, MemoryRelations& relations) {
  Outcome outcome;
  const rt::query::Limits limits;
  try {
    Execution execution(limits, {});
    rt::query::Builder builder(execution, relations);
    const rt::query::OperatorPtr query = builder.build(plan);
    while (const Chunk* chunk = query->next()) {
      for (uint32_t i = 0; i < chunk->rows; ++i) {
        std::string text;
        for (const sql::Vector& column : chunk->columns) {
          const Datum value = column.datum(i);
          text += (text.empty() ? "" : "|") + (value.is_null() ? "NULL" : sql::to_text(value));
        }
        outcome.rows.push_back(std::move(text));
      }
    }
  } catch (const QueryError& error) {
    outcome.error = error.what();
  }
  std::sort(outcome.rows.begin(), outcome.rows.end());
  return outcome;
}

/// Whether a part of the plan fails when it is read by itself. A join need not read an input when the other
/// one is empty, so that such a plan fails or not by the order of the inputs, which rules choose.
bool part_fails(const NodeRef& plan, MemoryRelations& relations) {
  const auto* join = std::get_if<plan::Join>(&plan->op);
  for (const NodeRef& child : plan::children(plan)) {
    // The right side of a lateral join is not read by itself.
    if (join != nullptr && !join->parameters.empty() && child == join->right) continue;
    if (!run(child, relations).error.empty() || part_fails(child, relations)) return true;
  }
  return false;
}

// ---- Making plans ----

/// All columns are integers, but for those of count, which are bigints; expressions read integers only.
class Generator {
 public:
  Generator(uint64_t seed, std::vector<const catalog::Relation*> relations)
      : random_(seed), relations_(std::move(relations)) {}

  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  bool one_in(uint32_t n) { return below(n) == 0; }

  NodeRef query(int depth) {
    frame_.clear();
    return plan(depth);
  }

 private:
  using Frame = std::vector<ExprRef>;  // What is taken from the row around: expressions over that row.

  std::vector<ExprRef> integers(const NodeRef& node) {
    std::vector<ExprRef> columns;
    for (uint32_t i = 0; i < node->columns.size(); ++i) {
      if (node->columns[i].type.id == sql::TypeId::kInteger)
        columns.push_back(plan::column_of(*node, i, kNowhere));
    }
    return columns;
  }

  ExprRef column_of(const NodeRef& row) {
    const std::vector<ExprRef> columns = integers(row);
    return columns.empty() ? integer(1) : columns[below(static_cast<uint32_t>(columns.size()))];
  }

  ExprRef parameter() {
    if (frame_.empty()) return integer(static_cast<int32_t>(below(4)));
    const uint32_t at = below(static_cast<uint32_t>(frame_.size()));
    return taken(at, frame_[at]);
  }

  ExprRef value(const NodeRef& row, int depth) {
    switch (below(depth > 0 ? 12 : 6)) {
      case 0:
        return integer(static_cast<int32_t>(below(4)));
      case 1:
        return parameter();
      case 6:
        return call("+", value(row, depth - 1), value(row, depth - 1));
      case 7:
        return plan::coalesce({value(row, depth - 1), value(row, depth - 1)}, kInteger, kNowhere);
      case 8:
        return plan::case_when({{condition(row, depth - 1), value(row, depth - 1)}}, value(row, depth - 1),
                               kInteger, kNowhere);
      case 9:
        if (one_in(3)) return call("/", integer(6), value(row, depth - 1));
        return column_of(row);
      case 10:
        return subquery_value(row, depth - 1);
      default:
        return column_of(row);
    }
  }

  ExprRef comparison(const NodeRef& row, int depth) {
    constexpr std::string_view kOperators[] = {"=", "=", "=", "<", "<=", ">", "<>"};
    return call(kOperators[below(7)], value(row, depth), value(row, depth));
  }

  /// Often an equality with the row around.
  ExprRef correlation(const NodeRef& row) {
    return one_in(4) ? call("<", column_of(row), parameter()) : equals(column_of(row), parameter());
  }

  ExprRef condition(const NodeRef& row, int depth) {
    switch (below(depth > 0 ? 14 : 4)) {
      case 4:
      case 5:
        return all_of({condition(row, depth - 1), condition(row, depth - 1)});
      case 6:
        return any_of({condition(row, depth - 1), condition(row, depth - 1)});
      case 7:
        return plan::negate(condition(row, depth - 1), kNowhere);
      case 8:
        return is_null(value(row, depth - 1), one_in(2));
      case 9:
        return plan::in_set(column_of(row), {integer(1), integer(2)}, kNowhere);
      case 10:
        return plan::is_distinct(column_of(row), value(row, depth - 1), one_in(2), kNowhere);
      case 11:
      case 12:
        return existence(row, depth - 1);
      case 13:
        return membership(row, depth - 1);
      case 3:
        return frame_.empty() ? comparison(row, depth) : correlation(row);
      default:
        return comparison(row, depth);
    }
  }

  // ---- Subqueries ----

  /// Runs `make` with a frame of values of `row`, which it returns.
  template <class Make>
  std::pair<NodeRef, std::vector<ExprRef>> within(const NodeRef& row, Make make) {
    Frame inner;
    const uint32_t count = below(3);
    for (uint32_t i = 0; i < count; ++i) inner.push_back(one_in(6) ? value(row, 0) : column_of(row));
    if (!frame_.empty() && one_in(4)) inner.push_back(parameter());
    std::swap(inner, frame_);
    NodeRef query = make();
    std::swap(inner, frame_);
    return {std::move(query), std::move(inner)};
  }

  NodeRef correlated(int depth) {
    NodeRef node = plan(depth);
    if (!frame_.empty() && !one_in(4)) {
      ExprRef where = correlation(node);
      if (one_in(3)) where = all_of({where, condition(node, 0)});
      node = filter(node, where);
    }
    return node;
  }

  ExprRef existence(const NodeRef& row, int depth) {
    auto [query, parameters] = within(row, [&] { return correlated(depth); });
    return exists(query, std::move(parameters));
  }

  ExprRef membership(const NodeRef& row, int depth) {
    const ExprRef operand = value(row, 0);
    auto [query, parameters] = within(row, [&] {
      const NodeRef node = correlated(depth);
      return project(node, {value(node, 1)});
    });
    constexpr std::string_view kOperators[] = {"=", "=", "<>", "<"};
    return quantified(one_in(3) ? SubqueryForm::kAll : SubqueryForm::kAny, operand, kOperators[below(4)],
                      query, std::move(parameters));
  }

  ExprRef subquery_value(const NodeRef& row, int depth) {
    auto [query, parameters] = within(row, [&] {
      const NodeRef node = correlated(depth);
      switch (below(4)) {
        case 0: {
          const NodeRef sorted = sort(project(node, {value(node, 0), value(node, 1)}));
          return project(plan::limit(sorted, bigint(1), nullptr, false, kNowhere), {column_of(sorted)});
        }
        case 1:
          return project(filter(node, equals(column_of(node), parameter())), {value(node, 1)});
        default: {
          NodeRef one = group(
              node, {},
              {aggregate_call(one_in(2) ? "min" : "max", value(node, 1)), aggregate_call("count", nullptr)});
          if (one_in(4)) one = filter(one, call(">", one_count(one), bigint(1)));
          if (one_in(3)) return project(one, {small_count(one)});
          return project(one, {value(one, 1)});
        }
      }
    });
    return scalar(query, std::move(parameters));
  }
  ExprRef one_count(const NodeRef& node) {
    return plan::column_of(*node, static_cast<uint32_t>(node->columns.size() - 1), kNowhere);
  }
  /// The count as an integer.
  ExprRef small_count(const NodeRef& node) {
    return plan::case_when(
        {{equals(one_count(node), bigint(0)), integer(0)}, {equals(one_count(node), bigint(1)), integer(1)}},
        integer(2), kInteger, kNowhere);
  }

  // ---- Operators ----

  /// By all columns, so that the order is that of the rows alone.
  NodeRef sort(const NodeRef& node) {
    std::vector<plan::SortKey> keys;
    for (uint32_t i = 0; i < node->columns.size(); ++i)
      keys.push_back({plan::column_of(*node, i, kNowhere), one_in(3), one_in(3)});
    return plan::sort(node, std::move(keys), kNowhere);
  }

  /// Of integer columns only, three at most.
  NodeRef narrow(const NodeRef& node, uint32_t columns) {
    std::vector<ExprRef> exprs;
    for (uint32_t i = 0; i < columns; ++i) exprs.push_back(one_in(3) ? value(node, 1) : column_of(node));
    return project(node, std::move(exprs));
  }

  NodeRef plan(int depth) {
    if (depth <= 0) return one_in(8) && !frame_.empty() ? row_of_parameters() : scan(any_relation());
    switch (below(14)) {
      case 0:
      case 1:
        return filtered(depth);
      case 2:
        return narrow(plan(depth - 1), 1 + below(3));
      case 3:
      case 4:
      case 5:
        return joined(depth);
      case 6:
        return lateral(depth);
      case 7:
        return grouped(depth);
      case 8:
        return plan::union_all({narrow(plan(depth - 1), 2), narrow(plan(depth - 1), 2)}, {"x", "y"},
                               kNowhere);
      case 9: {
        const NodeRef input = sort(narrow(plan(depth - 1), 2));
        const ExprRef offset = one_in(3) ? bigint(below(2)) : nullptr;
        return plan::limit(input, bigint(below(4)), offset, false, kNowhere);
      }
      case 10:
        return windowed(depth);
      case 11:
        return plan::set_operation(one_in(2), one_in(2), narrow(plan(depth - 1), 2),
                                   narrow(plan(depth - 1), 2), kNowhere);
      case 12:
        return distinct_on(depth);
      default:
        return scan(any_relation());
    }
  }

  const catalog::Relation* any_relation() {
    return relations_[below(static_cast<uint32_t>(relations_.size()))];
  }

  NodeRef row_of_parameters() {
    const NodeRef nothing = plan::values({{}}, {}, kNowhere);
    return project(nothing, {parameter(), parameter()});
  }

  NodeRef filtered(int depth) {
    const NodeRef input = plan(depth - 1);
    return filter(input, condition(input, 3));
  }

  NodeRef joined(int depth) {
    constexpr JoinKind kKinds[] = {JoinKind::kInner, JoinKind::kInner, JoinKind::kInner, JoinKind::kLeft,
                                   JoinKind::kRight, JoinKind::kFull,  JoinKind::kSemi,  JoinKind::kAnti};
    const NodeRef left = plan(depth - 1);
    const NodeRef right = plan(depth - 1);
    const JoinKind kind = kKinds[below(8)];
    if (kind == JoinKind::kInner && one_in(4)) {
      const NodeRef pairs = cross(left, right);
      return filter(pairs, condition(pairs, 2));
    }
    return join(kind, left, right, [&](const NodeRef& pairs) {
      const ExprRef on = equals(
          column_of(left), plan::substitute(column_of(right), [&](const auto& c, const auto&) {
            return plan::column_of(*pairs, c.index + static_cast<uint32_t>(left->columns.size()), kNowhere);
          }));
      return one_in(3) ? condition(pairs, 2) : one_in(3) ? all_of({on, condition(pairs, 1)}) : on;
    });
  }

  NodeRef lateral(int depth) {
    const NodeRef left = plan(depth - 1);
    auto [right, parameters] = within(left, [&] {
      const NodeRef node = correlated(depth - 1);
      switch (below(4)) {
        case 0:
          return plan::limit(sort(narrow(node, 2)), bigint(1 + below(2)), nullptr, false, kNowhere);
        case 1: {
          const NodeRef one =
              group(node, {}, {aggregate_call("min", column_of(node)), aggregate_call("count", nullptr)});
          return project(one, {column_of(one), small_count(one)});
        }
        default:
          return node;
      }
    });
    const NodeRef pairs = cross(left, right);
    const ExprRef on = one_in(2) ? condition(pairs, 1) : nullptr;
    return plan::join(one_in(2) ? JoinKind::kInner : JoinKind::kLeft, left, right, on, std::move(parameters),
                      kNowhere);
  }

  NodeRef grouped(int depth) {
    const NodeRef input = plan(depth - 1);
    std::vector<ExprRef> keys;
    for (uint32_t i = below(3); i > 0; --i) keys.push_back(value(input, 1));
    std::vector<plan::AggregateCall> calls;
    if (keys.empty() || one_in(2))
      calls.push_back(aggregate_call(one_in(2) ? "min" : "max", value(input, 1)));
    NodeRef node = group(input, std::move(keys), std::move(calls));
    return one_in(3) ? filter(node, condition(node, 1)) : node;
  }

  NodeRef windowed(int depth) {
    const NodeRef input = narrow(plan(depth - 1), 2);
    std::vector<plan::SortKey> order;
    for (uint32_t i = 0; i < 2; ++i) order.push_back({plan::column_of(*input, i, kNowhere), false, false});
    plan::WindowCall call{plan::WindowFunction::kRowNumber, {}, {}, false, {}, kBigint, "number"};
    std::vector<ExprRef> partition;
    if (one_in(2)) partition.push_back(plan::column_of(*input, 0, kNowhere));
    const NodeRef node =
        plan::window(input, std::move(partition), std::move(order), {std::move(call)}, kNowhere);
    return one_in(2) ? filter(node, condition(node, 1)) : node;
  }

  NodeRef distinct_on(int depth) {
    const NodeRef input = narrow(plan(depth - 1), 2);
    std::vector<plan::SortKey> order;
    for (uint32_t i = 0; i < 2; ++i)
      order.push_back({plan::column_of(*input, i, kNowhere), false, one_in(2)});
    const NodeRef node =
        plan::distinct_on(input, {plan::column_of(*input, 0, kNowhere)}, std::move(order), kNowhere);
    return one_in(2) ? filter(node, condition(node, 1)) : node;
  }

  std::mt19937_64 random_;
  const std::vector<const catalog::Relation*> relations_;
  Frame frame_;
};

Rows random_rows(Generator& generator, const catalog::Relation& relation) {
  Rows rows;
  const uint32_t count = generator.below(7);
  for (uint32_t i = 0; i < count; ++i) {
    Row row;
    for (size_t c = 0; c < relation.columns.size(); ++c) {
      const bool is_key = c == 0 && !relation.primary_key.empty();
      const auto value = static_cast<int32_t>(is_key ? i : generator.below(4));
      row.push_back(!is_key && generator.one_in(4) ? Datum::null(sql::TypeId::kInteger) : Datum(value));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

uint64_t rounds() {
  const char* wanted = std::getenv("SQLMILL_RANDOM_PLANS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : 3000;
}

}  // namespace

TEST_CASE("random plans give the same rows before and after optimize_query") {
  Tables tables;
  const catalog::Relation* t = tables.add("t", {"id", "a", "b"}, true);
  const catalog::Relation* u = tables.add("u", {"id", "a", "c"}, true);
  const catalog::Relation* v = tables.add("v", {"a", "b"}, false);
  const char* first = std::getenv("SQLMILL_RANDOM_SEED");
  const uint64_t from = first ? std::strtoull(first, nullptr, 10) : 1;
  uint64_t failing = 0;
  for (uint64_t seed = from; seed < from + rounds(); ++seed) {
    Generator generator(seed, {t, u, v});
    MemoryRelations relations;
    TestStatistics statistics;
    for (const catalog::Relation* relation : {t, u, v}) {
      relations.rows[relation] = random_rows(generator, *relation);
      constexpr double kSizes[] = {1, 30, 1000, 100'000};
      statistics.rows_of[relation->name] = kSizes[generator.below(4)];
    }
    statistics.finds_keys = generator.one_in(2);
    const NodeRef plan = generator.query(1 + static_cast<int>(generator.below(4)));
    const Outcome before = run(plan, relations);
    const NodeRef optimized = optimize::optimize_query(plan, statistics);
    const Outcome after = run(optimized, relations);
    const bool fails = !before.error.empty() || (!after.error.empty() && part_fails(plan, relations));
    const bool same = fails || (after.error.empty() && before.rows == after.rows);
    failing += fails;
    const bool same_columns = std::equal(
        plan->columns.begin(), plan->columns.end(), optimized->columns.begin(), optimized->columns.end(),
        [](const auto& a, const auto& b) { return a.name == b.name && a.type == b.type; });
    INFO("seed " << seed << "\n"
                 << plan::to_string(plan) << "becomes\n"
                 << plan::to_string(optimized) << after.error);
    CHECK(before.rows == (fails ? before.rows : after.rows));
    REQUIRE(same);
    REQUIRE(same_columns);
  }
  // Most plans run.
  CHECK(failing * 3 < rounds());
}

}  // namespace sqlmill::testing
