// NOT, IS, IS DISTINCT FROM, IN over constants, GREATEST and LEAST.
#include <algorithm>
#include <unordered_map>

#include "runtime/query/builder.h"
#include "runtime/sql/compare.h"
#include "runtime/sql/interval.h"
#include "runtime/sql/jsonb.h"

namespace sqlmill::rt::query {

namespace {

class NotExpression : public Expression {
 public:
  explicit NotExpression(ExpressionPtr operand) : operand_(std::move(operand)), values_(TypeId::kBoolean) {}
  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    const Vector& operand = operand_->evaluate(evaluation, chunk);
    for (uint32_t i = 0; i < chunk.rows; ++i) {
      values_.nulls()[i] = operand.nulls()[i];
      values_.values<uint8_t>()[i] = operand.values<uint8_t>()[i] ^ 1;
    }
    return values_;
  }

 private:
  ExpressionPtr operand_;
  Vector values_;
};

class IsExpression : public Expression {
 public:
  IsExpression(ExpressionPtr operand, plan::Test test, bool negated)
      : operand_(std::move(operand)), test_(test), negated_(negated), values_(TypeId::kBoolean) {}
  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    const Vector& operand = operand_->evaluate(evaluation, chunk);
    const uint8_t* nulls = operand.nulls();
    bool* values = values_.values<bool>();
    std::fill_n(values_.nulls(), chunk.rows, uint8_t{0});
    for (uint32_t i = 0; i < chunk.rows; ++i) {
      const bool holds = test_ == plan::Test::kNull
                             ? nulls[i] != 0
                             : !nulls[i] && operand.values<bool>()[i] == (test_ == plan::Test::kTrue);
      values[i] = holds != negated_;
    }
    return values_;
  }

 private:
  ExpressionPtr operand_;
  const plan::Test test_;
  const bool negated_;
  Vector values_;
};

class IsDistinctExpression : public Expression {
 public:
  IsDistinctExpression(ExpressionPtr left, ExpressionPtr right, bool negated)
      : left_(std::move(left)), right_(std::move(right)), negated_(negated), values_(TypeId::kBoolean) {}
  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    const Vector& left = left_->evaluate(evaluation, chunk);
    const Vector& right = right_->evaluate(evaluation, chunk);
    bool* values = values_.values<bool>();
    std::fill_n(values_.nulls(), chunk.rows, uint8_t{0});
    sql::visit_type(left.type(), [&]<class T>(std::type_identity<T>) {
      for (uint32_t i = 0; i < chunk.rows; ++i) {
        const bool distinct = left.nulls()[i] || right.nulls()[i]
                                  ? left.nulls()[i] != right.nulls()[i]
                                  : !sql::equal(left.values<T>()[i], right.values<T>()[i]);
        values[i] = distinct != negated_;
      }
    });
    return values_;
  }

 private:
  ExpressionPtr left_;
  ExpressionPtr right_;
  const bool negated_;
  Vector values_;
};

class ExtremeExpression : public Expression {
 public:
  ExtremeExpression(bool greatest, std::vector<ExpressionPtr> arguments, TypeId type)
      : greatest_(greatest), arguments_(std::move(arguments)), values_(type) {}
  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    std::fill_n(values_.nulls(), chunk.rows, uint8_t{1});
    for (const ExpressionPtr& argument : arguments_) {
      const Vector& vector = argument->evaluate(evaluation, chunk);
      sql::visit_type(vector.type(), [&]<class T>(std::type_identity<T>) {
        T* best = values_.values<T>();
        const T* values = vector.values<T>();
        for (uint32_t i = 0; i < chunk.rows; ++i) {
          if (vector.nulls()[i]) continue;
          if (!values_.nulls()[i]) {
            using sql::compare;
            const int order = compare(values[i], best[i]);
            if (greatest_ ? order <= 0 : order >= 0) continue;
          }
          best[i] = values[i];
          values_.nulls()[i] = 0;
        }
      });
    }
    return values_;
  }

 private:
  const bool greatest_;
  const std::vector<ExpressionPtr> arguments_;
  Vector values_;
};

class InSetExpression : public Expression {
 public:
  InSetExpression(ExpressionPtr operand, std::vector<plan::ExprRef> constants)
      : operand_(std::move(operand)), constants_(std::move(constants)), values_(TypeId::kBoolean) {
    for (const plan::ExprRef& constant : constants_) {
      const Datum& value = *plan::as_constant(constant);
      members_.emplace(hash(value), value);
    }
  }
  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    const Vector& operand = operand_->evaluate(evaluation, chunk);
    bool* values = values_.values<bool>();
    sql::visit_type(operand.type(), [&]<class T>(std::type_identity<T>) {
      for (uint32_t i = 0; i < chunk.rows; ++i) {
        values_.nulls()[i] = operand.nulls()[i];
        if (operand.nulls()[i]) continue;
        const T& value = operand.values<T>()[i];
        const auto [first, last] = members_.equal_range(sql::hash(value));
        values[i] = std::any_of(first, last, [&](const auto& member) {
          return sql::equal(member.second.template as<T>(), value);
        });
      }
    });
    return values_;
  }

 private:
  static uint64_t hash(const Datum& value) {
    return sql::visit_type(value.type(),
                           [&]<class T>(std::type_identity<T>) { return sql::hash(value.as<T>()); });
  }

  ExpressionPtr operand_;
  const std::vector<plan::ExprRef> constants_;  // Own the members' bytes.
  std::unordered_multimap<uint64_t, Datum> members_;
  Vector values_;
};

}  // namespace

ExpressionPtr build_not(const plan::Not& node, Builder& builder) {
  return std::make_unique<NotExpression>(builder.build(node.operand));
}

ExpressionPtr build_is(const plan::Is& node, Builder& builder) {
  return std::make_unique<IsExpression>(builder.build(node.operand), node.test, node.negated);
}

ExpressionPtr build_is_distinct(const plan::IsDistinct& node, Builder& builder) {
  return std::make_unique<IsDistinctExpression>(builder.build(node.left), builder.build(node.right),
                                                node.negated);
}

ExpressionPtr build_extreme(const plan::Extreme& node, TypeId type, Builder& builder) {
  return std::make_unique<ExtremeExpression>(node.greatest, builder.build(node.arguments), type);
}

ExpressionPtr build_in_set(const plan::InSet& node, Builder& builder) {
  return std::make_unique<InSetExpression>(builder.build(node.operand), node.constants);
}

}  // namespace sqlmill::rt::query
