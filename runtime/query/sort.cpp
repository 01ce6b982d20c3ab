// ORDER BY, with LIMIT as a top-n; DISTINCT ON.
#include <algorithm>

#include "runtime/query/ordered_rows.h"

namespace sqlmill::rt::query {

namespace {

/// Beyond this many rows a top-n only keeps its n best, whenever it has twice as many.
constexpr uint64_t kMinimumOfTop = 4096;

class SortOperator : public Operator {
 public:
  SortOperator(const plan::Sort& node, const plan::Limit* limit, Builder& builder)
      : input_(builder.build(node.input)),
        rows_(node.input->columns, node.keys, builder),
        keys_(node.keys.size()),
        with_ties_(limit && limit->with_ties),
        out_(make_chunk(node.input->columns)) {
    if (limit) bounds_ = std::make_unique<RowBounds>(*limit, builder);
  }

  const Chunk* next() override {
    if (!filled_) fill();
    if (at_ >= end_) return nullptr;
    rows_.read(at_, out_);
    out_.rows = static_cast<uint32_t>(std::min<uint64_t>(out_.rows, end_ - at_));
    at_ += out_.rows;
    return &out_;
  }

  void rewind() override {
    input_->rewind();
    rows_.clear();
    filled_ = false;
  }

 private:
  void fill() {
    const uint64_t count = bounds_ ? bounds_->count() : UINT64_MAX;
    at_ = bounds_ ? bounds_->offset() : 0;
    uint64_t wanted = count > UINT64_MAX - at_ ? UINT64_MAX : at_ + count;
    const bool is_top = !with_ties_ && wanted < UINT64_MAX / 2;
    while (const Chunk* chunk = wanted == 0 ? nullptr : input_->next()) {
      rows_.add(*chunk);
      if (is_top && rows_.size() >= std::max(kMinimumOfTop, 2 * wanted)) rows_.keep_first(wanted);
    }
    rows_.sort(is_top ? wanted : UINT64_MAX);
    end_ = std::min(wanted, rows_.size());
    while (with_ties_ && end_ > 0 && end_ > at_ && end_ < rows_.size() &&
           rows_.compare(rows_.row(end_ - 1), rows_.row(end_), 0, keys_) == 0) {
      ++end_;
    }
    filled_ = true;
  }

  OperatorPtr input_;
  OrderedRows rows_;
  const size_t keys_;
  const bool with_ties_;
  std::unique_ptr<RowBounds> bounds_;
  Chunk out_;
  bool filled_ = false;
  uint64_t at_ = 0;
  uint64_t end_ = 0;
};

/// The first row of each run of equal keys.
class DistinctOnOperator : public Operator {
 public:
  DistinctOnOperator(const plan::DistinctOn& node, std::vector<plan::SortKey> order, Builder& builder)
      : input_(builder.build(node.input)),
        rows_(node.input->columns, order, builder),
        keys_(node.keys.size()),
        out_(make_chunk(node.input->columns)) {}

  const Chunk* next() override {
    if (!filled_) {
      while (const Chunk* chunk = input_->next()) rows_.add(*chunk);
      rows_.sort();
      filled_ = true;
    }
    firsts_.clear();
    for (; at_ < rows_.size() && firsts_.size() < sql::kVectorRows; ++at_) {
      if (at_ > 0 && rows_.compare(rows_.row(at_ - 1), rows_.row(at_), 0, keys_) == 0) continue;
      firsts_.push_back(rows_.row(at_));
    }
    if (firsts_.empty()) return nullptr;
    out_.rows = static_cast<uint32_t>(firsts_.size());
    for (size_t c = 0; c < out_.columns.size(); ++c)
      rows_.layout().read(c, firsts_.data(), out_.rows, out_.columns[c]);
    return &out_;
  }

  void rewind() override {
    input_->rewind();
    rows_.clear();
    filled_ = false;
    at_ = 0;
  }

 private:
  OperatorPtr input_;
  OrderedRows rows_;
  const size_t keys_;
  Chunk out_;
  std::vector<const char*> firsts_;
  bool filled_ = false;
  uint64_t at_ = 0;
};

}  // namespace

OperatorPtr build_sort(const plan::Sort& node, const plan::Limit* limit, Builder& builder) {
  return std::make_unique<SortOperator>(node, limit, builder);
}

OperatorPtr build_distinct_on(const plan::DistinctOn& node, Builder& builder) {
  std::vector<plan::SortKey> order = node.order;
  if (order.empty()) {
    for (const plan::ExprRef& key : node.keys) order.push_back({key, false, false});
  }
  return std::make_unique<DistinctOnOperator>(node, std::move(order), builder);
}

}  // namespace sqlmill::rt::query
