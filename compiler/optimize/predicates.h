// What the rules for ad hoc queries ask of expressions: their conjuncts, what they read, whether they can
// fail.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

namespace sql = rt::sql;

// ---- Parts ----

/// The operands of nested ANDs, in order. Null: none.
std::vector<plan::ExprRef> conjuncts(const plan::ExprRef& predicate);
/// Null of none.
plan::ExprRef conjunction(std::vector<plan::ExprRef> parts);

/// `left = right`, both of one type.
struct Equality {
  plan::ExprRef left;
  plan::ExprRef right;
  const sql::Function* function;
};
std::optional<Equality> as_equality(const plan::ExprRef& expr);
plan::ExprRef make_equality(const Equality& equality, source::Span span);

const plan::Column* as_column(const plan::ExprRef& expr);
bool is_true(const plan::ExprRef& expr);
/// A constant that is false or NULL: no row passes such a filter.
bool is_never_true(const plan::ExprRef& expr);
/// The function of this name for two arguments of this type; null: there is none.
const sql::Function* find_operator(std::string_view name, sql::TypeId type);

// ---- What an expression reads ----

bool reads_column(const plan::ExprRef& expr);
/// Whether it reads a column of [begin, end).
bool reads_any(const plan::ExprRef& expr, size_t begin, size_t end);
/// Whether it reads no other.
bool reads_only(const plan::ExprRef& expr, size_t begin, size_t end);
bool reads_parameter(const plan::ExprRef& expr);
bool has_subquery(const plan::ExprRef& expr);
/// Whether it may give something else when it is evaluated again.
bool is_volatile(const plan::ExprRef& expr);
/// The columns without which it is not true: it is false or NULL wherever one of them is NULL.
std::set<uint32_t> columns_that_must_be_there(const plan::ExprRef& predicate);

// ---- The same over another row ----

plan::ExprRef shifted(const plan::ExprRef& expr, int64_t by);
/// Column i becomes `exprs[i]`.
plan::ExprRef inlined(const plan::ExprRef& expr, const std::vector<plan::ExprRef>& exprs);
/// Parameter i becomes `values[i]`.
plan::ExprRef with_parameters(const plan::ExprRef& expr, const std::vector<plan::ExprRef>& values);

// ---- Failing ----

/// Whether it may fail on some row. Finer than `can_fail`, which knows functions by their signature only:
/// LIKE with a pattern that is in order cannot, nor can an integer's division by 2. That a sum leaves its
/// range is not counted.
bool may_fail(const plan::ExprRef& expr);
/// Whether it may be evaluated for other rows than it was written for, and any number of times.
bool is_harmless(const plan::ExprRef& expr);
/// Whether running the plan may.
bool may_fail(const plan::NodeRef& plan);

}  // namespace sqlmill::optimize
