// Plans and relations for tests of the optimizer: put together by hand, without a parser.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/catalog/catalog.h"
#include "compiler/optimize/query.h"
#include "compiler/plan/node.h"

namespace sqlmill::testing {

namespace sql = rt::sql;
using plan::ExprRef;
using plan::NodeRef;

inline const source::Span kNowhere{};
inline constexpr sql::Type kBoolean{sql::TypeId::kBoolean};
inline constexpr sql::Type kInteger{sql::TypeId::kInteger};
inline constexpr sql::Type kBigint{sql::TypeId::kBigint};
inline constexpr sql::Type kText{sql::TypeId::kText};

/// Tables of integer columns, but for those whose name begins with "text". The first of them is the primary
/// key if `has_key`.
class Tables {
 public:
  const catalog::Relation* add(std::string name, const std::vector<std::string>& columns, bool has_key) {
    catalog::Relation relation{};
    relation.kind = catalog::RelationKind::kTable;
    relation.name = std::move(name);
    for (const std::string& column : columns) {
      const bool is_key = has_key && relation.columns.empty();
      relation.columns.push_back(
          {column, column.starts_with("text") ? kText : kInteger, !is_key, nullptr, std::nullopt, kNowhere});
    }
    if (has_key) relation.primary_key = {0};
    return catalog_.add(std::move(relation));
  }

 private:
  catalog::Catalog catalog_;
};

/// What a test says that is known.
class TestStatistics : public optimize::Statistics {
 public:
  std::map<std::string, double> rows_of;
  bool finds_keys = true;

  double rows(const catalog::Relation& relation) const override {
    const auto known = rows_of.find(relation.name);
    return known == rows_of.end() ? 1000 : known->second;
  }
  std::vector<std::vector<uint32_t>> lookups(const catalog::Relation& relation) const override {
    if (!finds_keys || relation.primary_key.empty()) return {};
    return {relation.primary_key};
  }
};

inline const sql::Function* function(std::string_view name, const std::vector<sql::TypeId>& types) {
  for (const sql::Function& f : sql::functions()) {
    if (f.name == name && f.arguments == types) return &f;
  }
  return nullptr;
}
inline const sql::Aggregate* aggregate_function(std::string_view name,
                                                const std::vector<sql::TypeId>& types) {
  for (const sql::Aggregate& a : sql::aggregates()) {
    if (a.name != name || a.arguments.size() != types.size()) continue;
    if (types.empty() || a.arguments[0] == types[0] || a.arguments[0] == sql::TypeId::kUnknown) return &a;
  }
  return nullptr;
}

inline ExprRef integer(int32_t value) {
  return plan::constant(sql::Datum(value), kInteger, kNowhere);
}
inline ExprRef bigint(int64_t value) {
  return plan::constant(sql::Datum(value), kBigint, kNowhere);
}
inline ExprRef text(std::string_view value) {
  return plan::constant(sql::Datum(sql::Text(value)), kText, kNowhere);
}
inline ExprRef boolean(bool value) {
  return plan::constant(sql::Datum(value), kBoolean, kNowhere);
}
/// A column by its name; the n-th of that name.
inline ExprRef column(const NodeRef& node, std::string_view name, size_t n = 0) {
  for (uint32_t i = 0; i < node->columns.size(); ++i) {
    if (node->columns[i].name == name && n-- == 0) return plan::column_of(*node, i, kNowhere);
  }
  return nullptr;
}
inline ExprRef call(std::string_view name, const ExprRef& a, const ExprRef& b) {
  const sql::Function* f = function(name, {a->type.id, b->type.id});
  return plan::call(f, {a, b}, {f->result}, kNowhere);
}
inline ExprRef equals(const ExprRef& a, const ExprRef& b) {
  return call("=", a, b);
}
inline ExprRef all_of(std::vector<ExprRef> parts) {
  return plan::logical(true, std::move(parts), kNowhere);
}
inline ExprRef any_of(std::vector<ExprRef> parts) {
  return plan::logical(false, std::move(parts), kNowhere);
}
/// The parameter of an expression over the row around.
inline ExprRef taken(uint32_t index, const ExprRef& from) {
  return plan::parameter(index, plan::to_string(from), from->type, from->nullable, kNowhere);
}
inline ExprRef is_null(const ExprRef& e, bool negated = false) {
  return plan::is(e, plan::Test::kNull, negated, kNowhere);
}

inline NodeRef scan(const catalog::Relation* relation) {
  return plan::scan(relation, kNowhere);
}
inline NodeRef filter(const NodeRef& input, const ExprRef& predicate) {
  return plan::filter(input, predicate, kNowhere);
}
inline NodeRef project(const NodeRef& input, std::vector<ExprRef> exprs) {
  std::vector<std::string> names;
  for (const ExprRef& e : exprs) names.push_back(plan::to_string(e));
  return plan::project(input, std::move(exprs), std::move(names), kNowhere);
}
/// `condition` is made of the join without one.
template <class Condition>
NodeRef join(plan::JoinKind kind, const NodeRef& left, const NodeRef& right, Condition condition) {
  const NodeRef pairs = plan::join(plan::JoinKind::kInner, left, right, nullptr, {}, kNowhere);
  return plan::join(kind, left, right, condition(pairs), {}, kNowhere);
}
inline NodeRef cross(const NodeRef& left, const NodeRef& right) {
  return plan::join(plan::JoinKind::kInner, left, right, nullptr, {}, kNowhere);
}
inline plan::AggregateCall aggregate_call(std::string_view name, const ExprRef& argument) {
  std::vector<sql::TypeId> types;
  if (argument) types.push_back(argument->type.id);
  return {aggregate_function(name, types), argument, nullptr, false, std::string(name), kNowhere};
}
inline NodeRef group(const NodeRef& input, std::vector<ExprRef> keys,
                     std::vector<plan::AggregateCall> calls) {
  std::vector<std::string> names;
  for (const ExprRef& e : keys) names.push_back(plan::to_string(e));
  for (const plan::AggregateCall& c : calls) names.push_back(c.name);
  const bool grouped = !keys.empty();
  return plan::aggregate(input, std::move(keys), std::move(calls), grouped, std::move(names), kNowhere, "");
}
inline ExprRef exists(const NodeRef& query, std::vector<ExprRef> parameters) {
  return plan::subquery({plan::SubqueryForm::kExists, query, std::move(parameters), {}, nullptr}, kBoolean,
                        kNowhere);
}
inline ExprRef scalar(const NodeRef& query, std::vector<ExprRef> parameters) {
  return plan::subquery({plan::SubqueryForm::kScalar, query, std::move(parameters), {}, nullptr},
                        query->columns[0].type, kNowhere);
}
/// `operand comparison ANY (query)`, or ALL.
inline ExprRef quantified(plan::SubqueryForm form, const ExprRef& operand, std::string_view comparison,
                          const NodeRef& query, std::vector<ExprRef> parameters) {
  const ExprRef left = plan::column(0, "operand", operand->type, operand->nullable, kNowhere);
  const plan::OutputColumn& c = query->columns[0];
  const ExprRef right = plan::column(1, c.name, c.type, c.nullable, kNowhere);
  return plan::subquery({form, query, std::move(parameters), {operand}, call(comparison, left, right)},
                        kBoolean, kNowhere);
}

/// Tables that are not alike, and plans over them.
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
inline NodeRef inner(const NodeRef& left, const NodeRef& right, std::string_view x, std::string_view y) {
  return join(plan::JoinKind::kInner, left, right,
              [&](const NodeRef& pairs) { return equals(column(pairs, x), column(pairs, y)); });
}

}  // namespace sqlmill::testing
