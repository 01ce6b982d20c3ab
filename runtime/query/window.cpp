// Window functions: takes all input in the order of partitions and keys, and computes the calls a partition
// at a time.
#include <algorithm>

#include "runtime/query/ordered_rows.h"
#include "runtime/query/window_calls.h"

namespace sqlmill::rt::query {

namespace {

class WindowOperator : public Operator {
 public:
  WindowOperator(const plan::Node& node, const plan::Window& op, const plan::NodeRef& extended,
                 const std::vector<WindowArguments>& arguments, Builder& builder)
      : input_(builder.build(extended)),
        input_columns_(op.input->columns.size()),
        partition_keys_(op.partition.size()),
        rows_(extended->columns, sort_keys(op), builder),
        out_(make_chunk(extended->columns)) {
    for (size_t c = 0; c < op.calls.size(); ++c)
      calls_.push_back(make_window_call(op.calls[c], op, arguments[c], builder));
    for (const plan::WindowCall& call : op.calls) types_.push_back(call.type.id);
    result_.columns.resize(node.columns.size());
  }

  const Chunk* next() override {
    if (!filled_) fill();
    if (at_ >= rows_.size()) return nullptr;
    rows_.read(at_, out_);
    result_.rows = out_.rows;
    for (size_t c = 0; c < input_columns_; ++c) result_.columns[c] = out_.columns[c];
    for (size_t c = 0; c < calls_.size(); ++c)
      result_.columns[input_columns_ + c] = results_[c][at_ / sql::kVectorRows];
    at_ += out_.rows;
    return &result_;
  }

  void rewind() override {
    input_->rewind();
    rows_.clear();
    for (const auto& call : calls_) call->clear();
    filled_ = false;
    at_ = 0;
  }

 private:
  static std::vector<plan::SortKey> sort_keys(const plan::Window& op) {
    std::vector<plan::SortKey> keys;
    for (const plan::ExprRef& expr : op.partition) keys.push_back({expr, false, false});
    keys.insert(keys.end(), op.order.begin(), op.order.end());
    return keys;
  }

  void fill() {
    while (const Chunk* chunk = input_->next()) rows_.add(*chunk);
    rows_.sort();
    results_.assign(calls_.size(), {});
    const uint64_t blocks = (rows_.size() + sql::kVectorRows - 1) / sql::kVectorRows;
    for (size_t c = 0; c < calls_.size(); ++c) {
      for (uint64_t b = 0; b < blocks; ++b) results_[c].emplace_back(types_[c]);
    }
    for (uint64_t begin = 0; begin < rows_.size();) {
      uint64_t end = begin + 1;
      while (end < rows_.size() && rows_.compare(rows_.row(begin), rows_.row(end), 0, partition_keys_) == 0)
        ++end;
      const Partition partition(rows_, begin, end, partition_keys_);
      for (size_t c = 0; c < calls_.size(); ++c) {
        calls_[c]->compute(partition, [&](uint64_t row) {
          const uint64_t at = begin + row;
          return ResultPlace{results_[c][at / sql::kVectorRows],
                             static_cast<uint32_t>(at % sql::kVectorRows)};
        });
      }
      begin = end;
    }
    filled_ = true;
  }

  OperatorPtr input_;
  const size_t input_columns_;
  const size_t partition_keys_;
  OrderedRows rows_;
  Chunk out_;
  Chunk result_;
  std::vector<std::unique_ptr<WindowCallKernel>> calls_;
  std::vector<TypeId> types_;
  std::vector<std::vector<Vector>> results_;  // By call, then a vector for each kVectorRows rows.
  bool filled_ = false;
  uint64_t at_ = 0;
};

}  // namespace

OperatorPtr build_window(const plan::Node& node, const plan::Window& op, Builder& builder) {
  // Arguments and filters become columns behind the input's, so that they are kept with the rows.
  std::vector<plan::ExprRef> exprs;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < op.input->columns.size(); ++i) {
    exprs.push_back(plan::column_of(*op.input, i, node.span));
    names.push_back(op.input->columns[i].name);
  }
  const auto add = [&](const plan::ExprRef& expr) {
    exprs.push_back(expr);
    names.emplace_back();
    return exprs.size() - 1;
  };
  std::vector<WindowArguments> arguments;
  for (const plan::WindowCall& call : op.calls) {
    WindowArguments places;
    if (call.function == plan::WindowFunction::kAggregate) {
      // What fails where FILTER does not hold is not asked for.
      const auto filtered = [&](const plan::ExprRef& argument) {
        if (!call.aggregate.filter || !argument->can_fail) return argument;
        return plan::case_when({{call.aggregate.filter, argument}},
                               plan::null_constant(argument->type, argument->span), argument->type,
                               argument->span);
      };
      if (call.aggregate.argument) places.columns.push_back(add(filtered(call.aggregate.argument)));
      for (const plan::ExprRef& argument : call.aggregate.more_arguments)
        places.columns.push_back(add(filtered(argument)));
      if (call.aggregate.filter) places.filter = add(call.aggregate.filter);
    } else {
      for (const plan::ExprRef& argument : call.arguments) places.columns.push_back(add(argument));
    }
    arguments.push_back(std::move(places));
  }
  const plan::NodeRef extended = plan::project(op.input, std::move(exprs), std::move(names), node.span);
  return std::make_unique<WindowOperator>(node, op, extended, arguments, builder);
}

}  // namespace sqlmill::rt::query
