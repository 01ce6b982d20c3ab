// CASE, AND, OR and COALESCE: forms that do not evaluate each operand for each row.
#include <algorithm>

#include "runtime/query/builder.h"

namespace sqlmill::rt::query {

namespace {

/// An operand that is evaluated for some rows of a chunk. If it is harmless, it is evaluated for all of them
/// instead.
class Operand {
 public:
  Operand(const plan::ExprRef& expr, Builder& builder)
      : expression_(builder.build(expr)), selects_(must_select(expr)) {
    if (!selects_) return;
    plan::for_each_column(expr, [&](const plan::Column& column) { columns_.push_back(column.index); });
    std::sort(columns_.begin(), columns_.end());
    columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
  }

  /// Calls `visit(row, vector, i)` for each of the rows: its value is the vector's i-th.
  template <class Visit>
  void evaluate(Evaluation& evaluation, const Chunk& chunk, const uint32_t* rows, uint32_t count,
                Visit visit) {
    if (count == 0) return;
    if (!selects_ || count == chunk.rows) {
      const Vector& values = expression_->evaluate(evaluation, chunk);
      for (uint32_t i = 0; i < count; ++i) visit(rows[i], values, rows[i]);
      return;
    }
    some_.columns.resize(chunk.columns.size());
    some_.rows = count;
    for (uint32_t column : columns_) {
      Vector& target = some_.columns[column];
      if (target.type() != chunk.columns[column].type()) target = Vector(chunk.columns[column].type());
      gather(chunk.columns[column], rows, count, target);
    }
    const Vector& values = expression_->evaluate(evaluation, some_);
    for (uint32_t i = 0; i < count; ++i) visit(rows[i], values, i);
  }

 private:
  static bool must_select(const plan::ExprRef& expr) {
    if (expr->can_fail || std::holds_alternative<plan::Subquery>(expr->node)) return true;
    const std::vector<plan::ExprRef> operands = plan::operands(expr);
    return std::any_of(operands.begin(), operands.end(), must_select);
  }

  ExpressionPtr expression_;
  bool selects_;
  std::vector<uint32_t> columns_;
  Chunk some_;
};

std::vector<Operand> make_operands(const std::vector<plan::ExprRef>& exprs, Builder& builder) {
  std::vector<Operand> operands;
  for (const plan::ExprRef& expr : exprs) operands.emplace_back(expr, builder);
  return operands;
}

void all_rows(const Chunk& chunk, std::vector<uint32_t>& rows) {
  rows.resize(chunk.rows);
  for (uint32_t i = 0; i < chunk.rows; ++i) rows[i] = i;
}

class LogicalExpression : public Expression {
 public:
  LogicalExpression(bool is_and, std::vector<Operand> operands)
      : is_and_(is_and), operands_(std::move(operands)), values_(TypeId::kBoolean, 0) {}

  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    values_.make_room(chunk.rows);
    bool* const values = values_.values<bool>();
    uint8_t* const nulls = values_.nulls();
    std::fill_n(values, chunk.rows, is_and_);
    std::fill_n(nulls, chunk.rows, uint8_t{0});
    all_rows(chunk, open_);
    for (Operand& operand : operands_) {
      uint32_t left = 0;
      operand.evaluate(evaluation, chunk, open_.data(), static_cast<uint32_t>(open_.size()),
                       [&](uint32_t row, const Vector& vector, uint32_t i) {
                         if (vector.nulls()[i]) {
                           nulls[row] = 1;
                         } else if (vector.values<bool>()[i] != is_and_) {
                           values[row] = !is_and_;
                           nulls[row] = 0;
                           return;
                         }
                         open_[left++] = row;
                       });
      open_.resize(left);
    }
    return values_;
  }

 private:
  const bool is_and_;
  std::vector<Operand> operands_;
  Vector values_;
  std::vector<uint32_t> open_;  // Rows that no operand has decided.
};

/// Writes the value of an operand.
struct Store {
  Vector& to;
  size_t size = sql::value_size(to.type());
  void operator()(uint32_t row, const Vector& from, uint32_t i) const {
    to.nulls()[row] = from.nulls()[i];
    std::memcpy(to.values<std::byte>() + row * size, from.values<std::byte>() + i * size, size);
  }
};

class CaseExpression : public Expression {
 public:
  CaseExpression(std::vector<Operand> conditions, std::vector<Operand> results, TypeId type)
      : conditions_(std::move(conditions)), results_(std::move(results)), values_(type) {}

  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    all_rows(chunk, open_);
    for (size_t branch = 0; branch < conditions_.size(); ++branch) {
      uint32_t left = 0;
      taken_.clear();
      conditions_[branch].evaluate(evaluation, chunk, open_.data(), static_cast<uint32_t>(open_.size()),
                                   [&](uint32_t row, const Vector& vector, uint32_t i) {
                                     const bool holds = !vector.nulls()[i] && vector.values<bool>()[i];
                                     if (holds) {
                                       taken_.push_back(row);
                                     } else {
                                       open_[left++] = row;
                                     }
                                   });
      open_.resize(left);
      take(results_[branch], evaluation, chunk, taken_);
    }
    take(results_.back(), evaluation, chunk, open_);
    return values_;
  }

 private:
  void take(Operand& result, Evaluation& evaluation, const Chunk& chunk, const std::vector<uint32_t>& rows) {
    result.evaluate(evaluation, chunk, rows.data(), static_cast<uint32_t>(rows.size()), Store{values_});
  }

  std::vector<Operand> conditions_;
  std::vector<Operand> results_;  // One more: ELSE.
  Vector values_;
  std::vector<uint32_t> open_;
  std::vector<uint32_t> taken_;
};

class CoalesceExpression : public Expression {
 public:
  CoalesceExpression(std::vector<Operand> operands, TypeId type)
      : operands_(std::move(operands)), values_(type) {}

  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    all_rows(chunk, open_);
    const Store store{values_};
    for (Operand& operand : operands_) {
      uint32_t left = 0;
      operand.evaluate(evaluation, chunk, open_.data(), static_cast<uint32_t>(open_.size()),
                       [&](uint32_t row, const Vector& vector, uint32_t i) {
                         store(row, vector, i);
                         if (vector.nulls()[i]) open_[left++] = row;
                       });
      open_.resize(left);
    }
    return values_;
  }

 private:
  std::vector<Operand> operands_;
  Vector values_;
  std::vector<uint32_t> open_;
};

}  // namespace

ExpressionPtr build_logical(const plan::Logical& logical, Builder& builder) {
  return std::make_unique<LogicalExpression>(logical.is_and, make_operands(logical.operands, builder));
}

ExpressionPtr build_case(const plan::Case& node, TypeId type, Builder& builder) {
  std::vector<Operand> conditions;
  std::vector<Operand> results;
  for (const auto& [condition, result] : node.branches) {
    conditions.emplace_back(condition, builder);
    results.emplace_back(result, builder);
  }
  results.emplace_back(node.otherwise, builder);
  return std::make_unique<CaseExpression>(std::move(conditions), std::move(results), type);
}

ExpressionPtr build_coalesce(const plan::Coalesce& node, TypeId type, Builder& builder) {
  return std::make_unique<CoalesceExpression>(make_operands(node.arguments, builder), type);
}

}  // namespace sqlmill::rt::query
