// Columns, constants, parameters and calls.
#include "runtime/query/expression.h"

#include "runtime/query/builder.h"

namespace sqlmill::rt::query {

namespace {

class ColumnExpression : public Expression {
 public:
  explicit ColumnExpression(uint32_t index) : index_(index) {}
  const Vector& evaluate(Evaluation&, const Chunk& chunk) override { return chunk.columns[index_]; }

 private:
  const uint32_t index_;
};

class ConstantExpression : public Expression {
 public:
  ConstantExpression(const Datum& value, TypeId type) : value_(value), values_(type, 0) {}
  const Vector& evaluate(Evaluation&, const Chunk& chunk) override {
    if (filled_ < chunk.rows) {  // A look-up has one row, and is over before many would be filled.
      values_.make_room(chunk.rows);
      fill(value_, chunk.rows, values_);
      filled_ = chunk.rows;
    }
    return values_;
  }

 private:
  const Datum value_;
  Vector values_;
  uint32_t filled_ = 0;
};

class ParameterExpression : public Expression {
 public:
  ParameterExpression(const Frame& frame, uint32_t index, TypeId type)
      : frame_(frame), index_(index), values_(type, 0) {}
  const Vector& evaluate(Evaluation&, const Chunk& chunk) override {
    if (version_ != frame_.version()) filled_ = 0;
    version_ = frame_.version();
    if (filled_ < chunk.rows) {
      values_.make_room(chunk.rows);
      fill(frame_.value(index_), chunk.rows, values_);
      filled_ = chunk.rows;
    }
    return values_;
  }

 private:
  const Frame& frame_;
  const uint32_t index_;
  Vector values_;
  uint64_t version_ = 0;
  uint32_t filled_ = 0;
};

class CallExpression : public Expression {
 public:
  CallExpression(const sql::Function& function, TypeId type, std::vector<ExpressionPtr> arguments)
      : function_(function),
        arguments_(std::move(arguments)),
        argument_values_(arguments_.size()),
        values_(type, 0) {}

  const Vector& evaluate(Evaluation& evaluation, const Chunk& chunk) override {
    for (size_t i = 0; i < arguments_.size(); ++i)
      argument_values_[i] = &arguments_[i]->evaluate(evaluation, chunk);
    values_.make_room(chunk.rows);
    function_.evaluate_rows(evaluation.context(), argument_values_, chunk.rows, values_);
    evaluation.check();
    return values_;
  }

 private:
  const sql::Function& function_;
  const std::vector<ExpressionPtr> arguments_;
  std::vector<const Vector*> argument_values_;
  Vector values_;
};

}  // namespace

ExpressionPtr build_column(uint32_t index) {
  return std::make_unique<ColumnExpression>(index);
}

ExpressionPtr build_constant(const Datum& value, TypeId type) {
  return std::make_unique<ConstantExpression>(value, type);
}

ExpressionPtr build_parameter(const Frame& frame, uint32_t index, TypeId type) {
  return std::make_unique<ParameterExpression>(frame, index, type);
}

ExpressionPtr build_call(const plan::Call& call, TypeId type, Builder& builder) {
  return std::make_unique<CallExpression>(*call.function, type, builder.build(call.arguments));
}

ExpressionPtr Builder::build(const plan::ExprRef& expr) {
  struct Visitor {
    Builder& builder;
    const plan::Expr& expr;
    TypeId type() const { return expr.type.id; }
    ExpressionPtr operator()(const plan::Column& n) { return build_column(n.index); }
    ExpressionPtr operator()(const plan::Constant& n) { return build_constant(n.value, type()); }
    ExpressionPtr operator()(const plan::Call& n) { return build_call(n, type(), builder); }
    ExpressionPtr operator()(const plan::Logical& n) { return build_logical(n, builder); }
    ExpressionPtr operator()(const plan::Not& n) { return build_not(n, builder); }
    ExpressionPtr operator()(const plan::Is& n) { return build_is(n, builder); }
    ExpressionPtr operator()(const plan::IsDistinct& n) { return build_is_distinct(n, builder); }
    ExpressionPtr operator()(const plan::Case& n) { return build_case(n, type(), builder); }
    ExpressionPtr operator()(const plan::Coalesce& n) { return build_coalesce(n, type(), builder); }
    ExpressionPtr operator()(const plan::Extreme& n) { return build_extreme(n, type(), builder); }
    ExpressionPtr operator()(const plan::InSet& n) { return build_in_set(n, builder); }
    ExpressionPtr operator()(const plan::Parameter& n) {
      return build_parameter(*builder.frame_, n.index, type());
    }
    ExpressionPtr operator()(const plan::StatementParameter& n) {
      return build_constant(builder.execution().parameter(n.index), type());
    }
    ExpressionPtr operator()(const plan::Subquery& n) { return build_subquery(n, expr, builder); }
  };
  return std::visit(Visitor{*this, *expr}, expr->node);
}

std::vector<ExpressionPtr> Builder::build(const std::vector<plan::ExprRef>& exprs) {
  std::vector<ExpressionPtr> all;
  for (const plan::ExprRef& expr : exprs) all.push_back(build(expr));
  return all;
}

}  // namespace sqlmill::rt::query
