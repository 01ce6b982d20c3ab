// Operators that keep no rows: filter, projection, UNION ALL, VALUES, LIMIT.
#include <algorithm>

#include "runtime/query/builder.h"

namespace sqlmill::rt::query {

namespace {

class FilterOperator : public Operator {
 public:
  FilterOperator(OperatorPtr input, ExpressionPtr predicate, Builder& builder)
      : input_(std::move(input)), predicate_(std::move(predicate)), evaluation_(builder.execution()) {}

  const Chunk* next() override {
    for (;;) {
      evaluation_.reset();
      const Chunk* in = input_->next();
      if (!in) return nullptr;
      selected_.resize(std::max<size_t>(selected_.size(), in->rows));
      const uint32_t count = select_true(predicate_->evaluate(evaluation_, *in), in->rows, selected_.data());
      if (count == in->rows) return in;
      if (count == 0) continue;
      out_.columns.resize(in->columns.size());
      for (size_t i = 0; i < in->columns.size(); ++i) {
        if (out_.columns[i].type() != in->columns[i].type()) out_.columns[i] = Vector(in->columns[i].type());
        gather(in->columns[i], selected_.data(), count, out_.columns[i]);
      }
      out_.rows = count;
      return &out_;
    }
  }
  void rewind() override { input_->rewind(); }

 private:
  OperatorPtr input_;
  ExpressionPtr predicate_;
  Evaluation evaluation_;
  std::vector<uint32_t> selected_;
  Chunk out_;
};

class ProjectOperator : public Operator {
 public:
  ProjectOperator(OperatorPtr input, std::vector<ExpressionPtr> exprs, Builder& builder)
      : input_(std::move(input)), exprs_(std::move(exprs)), evaluation_(builder.execution()) {}

  const Chunk* next() override {
    evaluation_.reset();
    const Chunk* in = input_->next();
    if (!in) return nullptr;
    out_.columns.clear();
    for (const ExpressionPtr& expr : exprs_) out_.columns.push_back(expr->evaluate(evaluation_, *in));
    out_.rows = in->rows;
    return &out_;
  }
  void rewind() override { input_->rewind(); }

 private:
  OperatorPtr input_;
  const std::vector<ExpressionPtr> exprs_;
  Evaluation evaluation_;
  Chunk out_;
};

class UnionOperator : public Operator {
 public:
  explicit UnionOperator(std::vector<OperatorPtr> inputs) : inputs_(std::move(inputs)) {}

  const Chunk* next() override {
    for (; at_ < inputs_.size(); ++at_) {
      if (const Chunk* chunk = inputs_[at_]->next()) return chunk;
    }
    return nullptr;
  }
  void rewind() override {
    for (const OperatorPtr& input : inputs_) input->rewind();
    at_ = 0;
  }

 private:
  const std::vector<OperatorPtr> inputs_;
  size_t at_ = 0;
};

/// Rows of expressions over no column; each is evaluated on a chunk of one row.
class ValuesOperator : public Operator {
 public:
  ValuesOperator(Chunk out, std::vector<std::vector<ExpressionPtr>> rows, Builder& builder)
      : rows_(std::move(rows)), evaluation_(builder.execution()), out_(std::move(out)) {
    nothing_.rows = 1;
  }

  const Chunk* next() override {
    if (at_ == rows_.size()) return nullptr;
    evaluation_.execution().check();
    evaluation_.reset();
    const auto count = static_cast<uint32_t>(std::min<size_t>(rows_.size() - at_, sql::kVectorRows));
    for (uint32_t i = 0; i < count; ++i) {
      const std::vector<ExpressionPtr>& row = rows_[at_ + i];
      for (size_t column = 0; column < row.size(); ++column)
        copy_rows(row[column]->evaluate(evaluation_, nothing_), 0, 1, out_.columns[column], i);
    }
    at_ += count;
    out_.rows = count;
    return &out_;
  }
  void rewind() override { at_ = 0; }

 private:
  const std::vector<std::vector<ExpressionPtr>> rows_;
  Evaluation evaluation_;
  Chunk nothing_;
  Chunk out_;
  size_t at_ = 0;
};

class LimitOperator : public Operator {
 public:
  LimitOperator(OperatorPtr input, const plan::Limit& node, Builder& builder)
      : input_(std::move(input)), bounds_(node, builder) {
    start();
  }

  const Chunk* next() override {
    while (left_ > 0) {
      const Chunk* in = input_->next();
      if (!in) return nullptr;
      if (skip_ >= in->rows) {
        skip_ -= in->rows;
        continue;
      }
      const auto from = static_cast<uint32_t>(std::exchange(skip_, 0));
      const auto count = static_cast<uint32_t>(std::min<uint64_t>(in->rows - from, left_));
      left_ -= count;
      if (from == 0 && count == in->rows) return in;
      out_.columns.resize(in->columns.size());
      for (size_t i = 0; i < in->columns.size(); ++i) {
        out_.columns[i] = Vector(in->columns[i].type());
        copy_rows(in->columns[i], from, count, out_.columns[i], 0);
      }
      out_.rows = count;
      return &out_;
    }
    return nullptr;
  }
  void rewind() override {
    input_->rewind();
    start();
  }

 private:
  void start() {
    left_ = bounds_.count();
    skip_ = bounds_.offset();
  }

  OperatorPtr input_;
  RowBounds bounds_;
  uint64_t left_ = 0;
  uint64_t skip_ = 0;
  Chunk out_;
};

}  // namespace

RowBounds::RowBounds(const plan::Limit& node, Builder& builder)
    : evaluation_(builder.execution()),
      count_(node.count ? builder.build(node.count) : nullptr),
      offset_(node.offset ? builder.build(node.offset) : nullptr) {}

uint64_t RowBounds::count() {
  return value(count_, UINT64_MAX, ErrorCode::kInvalidRowCountInLimit, "LIMIT must not be negative");
}

uint64_t RowBounds::offset() {
  return value(offset_, 0, ErrorCode::kInvalidRowCountInOffset, "OFFSET must not be negative");
}

uint64_t RowBounds::value(const ExpressionPtr& expression, uint64_t without, ErrorCode code,
                          const char* message) {
  if (!expression) return without;
  Chunk nothing;
  nothing.rows = 1;
  const Datum value = expression->evaluate(evaluation_, nothing).datum(0);
  if (value.is_null()) return without;
  if (value.as<int64_t>() < 0) throw QueryError(code, message);
  return static_cast<uint64_t>(value.as<int64_t>());
}

OperatorPtr build_filter(const plan::Filter& node, Builder& builder) {
  const auto* scan = std::get_if<plan::Scan>(&node.input->op);
  OperatorPtr input =
      scan ? build_scan(*node.input, *scan, node.predicate, builder) : builder.build(node.input);
  return std::make_unique<FilterOperator>(std::move(input), builder.build(node.predicate), builder);
}

OperatorPtr build_project(const plan::Project& node, Builder& builder) {
  OperatorPtr input = builder.build(node.input);
  return std::make_unique<ProjectOperator>(std::move(input), builder.build(node.exprs), builder);
}

OperatorPtr build_union(const plan::Union& node, Builder& builder) {
  std::vector<OperatorPtr> inputs;
  for (const plan::NodeRef& input : node.inputs) inputs.push_back(builder.build(input));
  return std::make_unique<UnionOperator>(std::move(inputs));
}

OperatorPtr build_values(const plan::Node& node, const plan::Values& op, Builder& builder) {
  std::vector<std::vector<ExpressionPtr>> rows;
  for (const std::vector<plan::ExprRef>& row : op.rows) rows.push_back(builder.build(row));
  return std::make_unique<ValuesOperator>(make_chunk(node.columns), std::move(rows), builder);
}

OperatorPtr build_limit(const plan::Limit& node, Builder& builder) {
  if (const auto* sort = std::get_if<plan::Sort>(&node.input->op)) return build_sort(*sort, &node, builder);
  return std::make_unique<LimitOperator>(builder.build(node.input), node, builder);
}

}  // namespace sqlmill::rt::query
