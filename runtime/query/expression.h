// Expressions over vectors. An Expression is made from a bound one for one run of a query and keeps its
// result vector between calls.
//
// All rows of a chunk are computed at once. Where SQL evaluates an operand for some rows only (CASE, AND, OR,
// COALESCE) and the operand can fail, is volatile or is a query, it gets a chunk of just these rows.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "compiler/plan/node.h"
#include "runtime/query/values.h"

namespace sqlmill::rt::query {

class Expression {
 public:
  virtual ~Expression() = default;
  /// Values of the chunk's rows, valid until the next call or until the chunk's vectors change. Throws
  /// QueryError.
  virtual const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) = 0;
};
using ExpressionPtr = std::unique_ptr<Expression>;

/// The values that a plan takes from the row around it (plan::Parameter). Who runs the plan sets them.
class Frame {
 public:
  explicit Frame(size_t size) : values_(size) {}

  const Datum& value(size_t index) const { return values_[index]; }
  std::span<const Datum> values() const { return values_; }
  /// The rows of values through which it will be led, a column for each value, so that what they find can be
  /// looked for at once; none: not known. And at which of them it is.
  struct Ahead {
    std::span<const Vector* const> columns;
    uint32_t rows = 0;
    uint32_t row = 0;
    uint64_t number = 0;  // Of these rows: others have another one.
  };
  const Ahead& ahead() const { return ahead_; }
  void lead_through(std::span<const Vector* const> columns, uint32_t rows) {
    ahead_ = {columns, rows, 0, ahead_.number + 1};
  }
  void move_to(uint32_t row) { ahead_.row = row; }
  /// Changes with every set().
  uint64_t version() const { return version_; }
  /// Borrows the value's bytes.
  void set(size_t index, const Datum& value) {
    values_[index] = value;
    ++version_;
  }

 private:
  std::vector<Datum> values_;
  uint64_t version_ = 0;
  Ahead ahead_;
};

class Builder;

ExpressionPtr build_column(uint32_t index);
ExpressionPtr build_constant(const Datum& value, TypeId type);
ExpressionPtr build_parameter(const Frame& frame, uint32_t index, TypeId type);
ExpressionPtr build_call(const plan::Call& call, TypeId type, Builder& builder);
// conditional.cpp
ExpressionPtr build_logical(const plan::Logical& logical, Builder& builder);
ExpressionPtr build_case(const plan::Case& node, TypeId type, Builder& builder);
ExpressionPtr build_coalesce(const plan::Coalesce& node, TypeId type, Builder& builder);
// comparisons.cpp
ExpressionPtr build_not(const plan::Not& node, Builder& builder);
ExpressionPtr build_is(const plan::Is& node, Builder& builder);
ExpressionPtr build_is_distinct(const plan::IsDistinct& node, Builder& builder);
ExpressionPtr build_extreme(const plan::Extreme& node, TypeId type, Builder& builder);
ExpressionPtr build_in_set(const plan::InSet& node, Builder& builder);
// subquery.cpp
ExpressionPtr build_subquery(const plan::Subquery& node, const plan::Expr& expr, Builder& builder);

}  // namespace sqlmill::rt::query
