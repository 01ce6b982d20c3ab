// Queries within expressions. One that takes nothing from the row around it runs once; another runs for each
// row, but its results are remembered by what it took.
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "runtime/query/builder.h"
#include "runtime/query/group_table.h"
#include "runtime/query/join_condition.h"
#include "runtime/sql/array.h"

namespace sqlmill::rt::query {

namespace {

using plan::SubqueryForm;

/// Results that are remembered of one subquery.
constexpr uint32_t kMaxRemembered = 100'000;

class SubqueryExpression : public Expression {
 public:
  SubqueryExpression(const plan::Subquery& node, TypeId type, Builder& builder)
      : parameters_(builder.build(node.parameters)),
        frame_(node.parameters.size()),
        values_(type),
        type_(type) {
    const Builder::Inside inside(builder, frame_);
    query_ = builder.build(node.query);
    if (parameters_.empty()) return;
    std::vector<TypeId> types;
    for (const plan::ExprRef& parameter : node.parameters) types.push_back(parameter->type.id);
    remembered_ = std::make_unique<GroupTable>(sizeof(uint32_t), std::move(types), builder.execution());
  }

 protected:
  /// Calls `compute(row)` for rows whose result is not known, and fills values_.
  template <class Compute>
  void for_each_row(Evaluation& evaluation, const Chunk& chunk, Compute compute) {
    std::vector<const Vector*> taken;
    for (const ExpressionPtr& parameter : parameters_)
      taken.push_back(&parameter->evaluate(evaluation, chunk));
    for (uint32_t row = 0; row < chunk.rows; ++row) {
      evaluation.execution().check();
      for (size_t p = 0; p < taken.size(); ++p) frame_.set(p, taken[p]->datum(row));
      query_->rewind();
      values_.set_datum(row, compute(row));
    }
  }

  /// The query's result for each row, if it depends on the parameters only.
  template <class Compute>
  const Vector& evaluate_by_parameters(Evaluation& evaluation, const Chunk& chunk, Compute compute) {
    if (parameters_.empty()) {
      if (!once_) once_ = sql::copy(compute(), memory_);
      fill(*once_, chunk.rows, values_);
      return values_;
    }
    std::vector<const Vector*> taken;
    for (const ExpressionPtr& parameter : parameters_)
      taken.push_back(&parameter->evaluate(evaluation, chunk));
    uint32_t numbers[sql::kVectorRows];
    if (remembered_->rows().size() > kMaxRemembered) {
      remembered_->clear();
      results_.clear();
      memory_.reset();
    }
    const uint32_t known = static_cast<uint32_t>(results_.size());
    remembered_->find_or_add(taken, nullptr, chunk.rows, numbers, [](char*) {});
    for (uint32_t row = 0; row < chunk.rows; ++row) {
      // New ones have numbers that go up, each named first by the row that brought it.
      if (numbers[row] >= known && numbers[row] == results_.size()) {
        evaluation.execution().check();
        for (size_t p = 0; p < taken.size(); ++p) frame_.set(p, taken[p]->datum(row));
        query_->rewind();
        results_.push_back(sql::copy(compute(), memory_));
      }
      values_.set_datum(row, results_[numbers[row]]);
    }
    return values_;
  }

  std::vector<ExpressionPtr> parameters_;
  Frame frame_;
  OperatorPtr query_;
  Vector values_;
  const TypeId type_;

 private:
  std::optional<Datum> once_;
  std::unique_ptr<GroupTable> remembered_;
  std::vector<Datum> results_;  // By number in remembered_.
  Arena memory_{4 * 1024};
};

class ScalarSubquery : public SubqueryExpression {
 public:
  using SubqueryExpression::SubqueryExpression;
  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    return evaluate_by_parameters(evaluation, chunk, [&] { return value(); });
  }

 private:
  Datum value() {
    const Chunk* chunk = query_->next();
    if (!chunk) return Datum::null(type_);
    kept_.reset();
    const Datum result = sql::copy(chunk->columns[0].datum(0), kept_);
    if (chunk->rows > 1 || query_->next()) {
      throw QueryError(ErrorCode::kCardinalityViolation,
                       "more than one row returned by a subquery used as an expression");
    }
    return result;
  }
  Arena kept_{1024};
};

class ExistsSubquery : public SubqueryExpression {
 public:
  using SubqueryExpression::SubqueryExpression;
  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    return evaluate_by_parameters(evaluation, chunk, [&] { return Datum(query_->next() != nullptr); });
  }
};

/// ARRAY (query): its one column as an array.
class ArraySubquery : public SubqueryExpression {
 public:
  ArraySubquery(const plan::Subquery& node, const plan::Expr& expr, Builder& builder)
      : SubqueryExpression(node, TypeId::kArray, builder),
        is_of_arrays_(node.query->columns[0].type.id == TypeId::kArray),
        element_(expr.type.element),
        evaluation_(builder.execution()) {
    for (const sql::Function& function : sql::functions()) {
      if (function.name == "ARRAY[]" && function.arguments[0] == TypeId::kArray) join_ = &function;
    }
  }
  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    return evaluate_by_parameters(evaluation, chunk, [&] { return value(); });
  }

 private:
  Datum value() {
    evaluation_.reset();
    sql::ArrayBuilder builder(element_);
    std::vector<Datum> arrays;
    while (const Chunk* chunk = query_->next()) {
      for (uint32_t i = 0; i < chunk->rows; ++i) {
        const Datum member = chunk->columns[0].datum(i);
        if (is_of_arrays_) {
          arrays.push_back(sql::copy(member, evaluation_.context().arena()));
        } else {
          builder.add(member);
        }
      }
    }
    const Datum all = arrays.empty() ? Datum(builder.finish(evaluation_.context()))
                                     : join_->evaluate(evaluation_.context(), arrays);
    evaluation_.check();
    return all;
  }

  const bool is_of_arrays_;
  const TypeId element_;
  const sql::Function* join_ = nullptr;
  Evaluation evaluation_;
};

/// `operands comparison ANY (query)` and ALL. If the comparison is an equality, rows are found in a hash
/// table.
class QuantifiedSubquery : public SubqueryExpression {
 public:
  QuantifiedSubquery(const plan::Subquery& node, Builder& builder)
      : SubqueryExpression(node, TypeId::kBoolean, builder),
        is_any_(node.form == SubqueryForm::kAny),
        operands_(builder.build(node.operands)),
        comparison_(builder.build(node.comparison)),
        evaluation_(builder.execution()) {
    std::vector<TypeId> types;
    for (const plan::OutputColumn& column : node.query->columns) types.push_back(column.type.id);
    for (const plan::ExprRef& operand : node.operands) pairs_.columns.emplace_back(operand->type.id);
    for (const TypeId type : types) pairs_.columns.emplace_back(type);
    rows_ = std::make_unique<Rows>(RowLayout(0, types), builder.execution());
    const JoinCondition condition = split_condition(node.comparison, node.operands.size());
    const bool one_equality = condition.keys.size() == 1 && !condition.rest && !condition.keys[0].nulls_match;
    if (!is_any_ || !one_equality || !parameters_.empty() || types.size() != 1) return;
    key_ = builder.build(condition.keys[0].left);
    member_ = builder.build(condition.keys[0].right);
    members_ =
        std::make_unique<GroupTable>(0, std::vector{condition.keys[0].right->type.id}, builder.execution());
  }

  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    if (members_) return evaluate_members(evaluation, chunk);
    std::vector<const Vector*> operands;
    for (const ExpressionPtr& operand : operands_) operands.push_back(&operand->evaluate(evaluation, chunk));
    if (!parameters_.empty()) {
      for_each_row(evaluation, chunk, [&](uint32_t row) { return over_query(operands, row); });
      return values_;
    }
    if (!filled_) {
      while (const Chunk* rows = query_->next()) rows_->append(columns_of(*rows), nullptr, rows->rows);
    }
    filled_ = true;
    for (uint32_t row = 0; row < chunk.rows; ++row) values_.set_datum(row, over_rows(operands, row));
    return values_;
  }

 private:
  const Vector& evaluate_members(Evaluation& evaluation, const Chunk& chunk) {
    uint32_t numbers[sql::kVectorRows];
    if (!filled_) fill_members(numbers);
    filled_ = true;
    operand_values_.columns.clear();
    for (const ExpressionPtr& operand : operands_)
      operand_values_.columns.push_back(operand->evaluate(evaluation, chunk));
    operand_values_.rows = chunk.rows;
    const Vector& keys = key_->evaluate(evaluation, operand_values_);
    const Vector* key = &keys;
    members_->find({&key, 1}, chunk.rows, numbers);
    bool* values = values_.values<bool>();
    for (uint32_t i = 0; i < chunk.rows; ++i) {
      const bool found = numbers[i] != state::HashIndex::kNone && !keys.nulls()[i];
      values[i] = found;
      values_.nulls()[i] = !found && !is_empty_ && (keys.nulls()[i] || has_null_);
    }
    return values_;
  }

  void fill_members(uint32_t* numbers) {
    while (const Chunk* rows = query_->next()) {
      evaluation_.execution().check();
      evaluation_.reset();
      const Vector& values = member_->evaluate(evaluation_, *rows);
      is_empty_ = false;
      has_null_ =
          has_null_ || std::any_of(values.nulls(), values.nulls() + rows->rows, [](uint8_t n) { return n; });
      const Vector* key = &values;
      members_->find_or_add({&key, 1}, nullptr, rows->rows, numbers, [](char*) {});
    }
  }

  /// What has been seen of the comparisons of one row.
  class Verdict {
   public:
    explicit Verdict(bool is_any) : is_any_(is_any) {}
    /// True: it is decided.
    bool add(const Vector& comparisons, uint32_t rows) {
      for (uint32_t i = 0; i < rows; ++i) {
        if (comparisons.nulls()[i]) {
          unknown_ = true;
        } else if (comparisons.values<bool>()[i] == is_any_) {
          return decided_ = true;
        }
      }
      return false;
    }
    Datum result() const {
      if (decided_) return Datum(is_any_);
      return unknown_ ? Datum::null(TypeId::kBoolean) : Datum(!is_any_);
    }

   private:
    const bool is_any_;
    bool decided_ = false;
    bool unknown_ = false;
  };

  bool compare(const std::vector<const Vector*>& operands, uint32_t row, uint32_t rows, Verdict& verdict) {
    evaluation_.execution().check();
    evaluation_.reset();
    for (size_t i = 0; i < operands.size(); ++i) fill(operands[i]->datum(row), rows, pairs_.columns[i]);
    pairs_.rows = rows;
    return verdict.add(comparison_->evaluate(evaluation_, pairs_), rows);
  }

  Datum over_query(const std::vector<const Vector*>& operands, uint32_t row) {
    Verdict verdict(is_any_);
    while (const Chunk* rows = query_->next()) {
      for (size_t c = 0; c < rows->columns.size(); ++c)
        copy_rows(rows->columns[c], 0, rows->rows, pairs_.columns[operands.size() + c], 0);
      if (compare(operands, row, rows->rows, verdict)) break;
    }
    return verdict.result();
  }

  Datum over_rows(const std::vector<const Vector*>& operands, uint32_t row) {
    Verdict verdict(is_any_);
    const char* rows[sql::kVectorRows];
    for (uint32_t from = 0; from < rows_->size();) {
      const uint32_t count = std::min(rows_->size() - from, sql::kVectorRows);
      for (uint32_t i = 0; i < count; ++i) rows[i] = (*rows_)[from + i];
      for (size_t c = 0; c < rows_->layout().columns(); ++c)
        rows_->layout().read(c, rows, count, pairs_.columns[operands.size() + c]);
      if (compare(operands, row, count, verdict)) break;
      from += count;
    }
    return verdict.result();
  }

  const bool is_any_;
  std::vector<ExpressionPtr> operands_;
  ExpressionPtr comparison_;
  Evaluation evaluation_;
  Chunk pairs_;
  std::unique_ptr<Rows> rows_;
  // Where the comparison is an equality:
  Chunk operand_values_;
  ExpressionPtr key_;  // Over the operands.
  ExpressionPtr member_;
  std::unique_ptr<GroupTable> members_;
  bool has_null_ = false;
  bool is_empty_ = true;
  bool filled_ = false;
};

}  // namespace

ExpressionPtr build_subquery(const plan::Subquery& node, const plan::Expr& expr, Builder& builder) {
  const TypeId type = expr.type.id;
  switch (node.form) {
    case SubqueryForm::kScalar:
      return std::make_unique<ScalarSubquery>(node, type, builder);
    case SubqueryForm::kExists:
      return std::make_unique<ExistsSubquery>(node, type, builder);
    case SubqueryForm::kAny:
    case SubqueryForm::kAll:
      return std::make_unique<QuantifiedSubquery>(node, builder);
    case SubqueryForm::kArray:
      return std::make_unique<ArraySubquery>(node, expr, builder);
  }
  __builtin_unreachable();
}

}  // namespace sqlmill::rt::query
