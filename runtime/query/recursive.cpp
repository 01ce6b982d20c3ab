// WITH RECURSIVE, and queries whose rows several places read.
#include <algorithm>

#include "runtime/query/group_table.h"
#include "runtime/query/shared_rows.h"

namespace sqlmill::rt::query {

namespace {

/// Reads rows that somebody else keeps.
class KeptRowsOperator : public Operator {
 public:
  KeptRowsOperator(const std::vector<plan::OutputColumn>& columns) : out_(make_chunk(columns)) {}

  void rewind() override { at_ = 0; }

 protected:
  const Chunk* read(Rows& rows) {
    const uint32_t count = std::min(rows.size() - at_, sql::kVectorRows);
    if (count == 0) return nullptr;
    for (uint32_t i = 0; i < count; ++i) rows_[i] = rows[at_ + i];
    for (size_t c = 0; c < out_.columns.size(); ++c) rows.layout().read(c, rows_, count, out_.columns[c]);
    out_.rows = count;
    at_ += count;
    return &out_;
  }

 private:
  Chunk out_;
  uint32_t at_ = 0;
  const char* rows_[sql::kVectorRows];
};

std::vector<TypeId> types_of(const std::vector<plan::OutputColumn>& columns) {
  std::vector<TypeId> types;
  for (const plan::OutputColumn& column : columns) types.push_back(column.type.id);
  return types;
}

class WorkingTableOperator : public KeptRowsOperator {
 public:
  WorkingTableOperator(const std::vector<plan::OutputColumn>& columns, const WorkingRows& working)
      : KeptRowsOperator(columns), working_(working) {}
  const Chunk* next() override { return read(*working_.current); }

 private:
  const WorkingRows& working_;
};

class RecursiveOperator : public Operator {
 public:
  RecursiveOperator(const plan::Node& node, const plan::Recursive& op, Builder& builder)
      : execution_(builder.execution()), all_(op.all), out_(make_chunk(node.columns)) {
    const RowLayout layout(0, types_of(node.columns));
    working_.current = std::make_unique<Rows>(layout, execution_);
    next_ = std::make_unique<Rows>(layout, execution_);
    if (!all_) seen_ = std::make_unique<GroupTable>(0, types_of(node.columns), execution_);
    base_ = builder.build(op.base);
    builder.working_tables()[op.id] = &working_;
    step_ = builder.build(op.step);
    builder.working_tables().erase(op.id);
  }

  const Chunk* next() override {
    for (;;) {
      execution_.check();
      Operator& input = in_base_ ? *base_ : *step_;
      const Chunk* in = input.next();
      if (in) {
        if (const Chunk* fresh = drop_seen(*in)) {
          next_->append(columns_of(*fresh), nullptr, fresh->rows);
          return fresh;
        }
        continue;
      }
      if (next_->size() == 0) return nullptr;
      in_base_ = false;
      std::swap(working_.current, next_);
      next_->clear();
      step_->rewind();
    }
  }

  void rewind() override {
    base_->rewind();
    in_base_ = true;
    working_.current->clear();
    next_->clear();
    if (seen_) seen_->clear();
  }

 private:
  /// The rows that have not been there; null: none.
  const Chunk* drop_seen(const Chunk& in) {
    if (all_) return &in;
    uint32_t next = seen_->rows().size();
    seen_->find_or_add(columns_of(in), nullptr, in.rows, numbers_, [](char*) {});
    uint32_t kept = 0;
    for (uint32_t i = 0; i < in.rows; ++i) {
      if (numbers_[i] != next) continue;
      ++next;
      selected_[kept++] = i;
    }
    if (kept == 0) return nullptr;
    for (size_t c = 0; c < out_.columns.size(); ++c) gather(in.columns[c], selected_, kept, out_.columns[c]);
    out_.rows = kept;
    return &out_;
  }

  Execution& execution_;
  const bool all_;
  Chunk out_;
  WorkingRows working_;
  std::unique_ptr<Rows> next_;
  std::unique_ptr<GroupTable> seen_;
  OperatorPtr base_;
  OperatorPtr step_;
  bool in_base_ = true;
  uint32_t numbers_[sql::kVectorRows];
  uint32_t selected_[sql::kVectorRows];
};

class SharedOperator : public KeptRowsOperator {
 public:
  SharedOperator(const std::vector<plan::OutputColumn>& columns, std::shared_ptr<SharedRows> shared)
      : KeptRowsOperator(columns), shared_(std::move(shared)) {}
  const Chunk* next() override { return read(shared_->rows()); }

 private:
  std::shared_ptr<SharedRows> shared_;
};

}  // namespace

SharedRows::SharedRows(const plan::NodeRef& node, Builder& builder)
    : input_(builder.build(node)),
      rows_(RowLayout(0, types_of(node->columns)), builder.execution()),
      frame_(builder.frame()) {}

Rows& SharedRows::rows() {
  const uint64_t version = frame_ ? frame_->version() : 0;
  if (filled_ && version == frame_version_) return rows_;
  if (filled_) {
    input_->rewind();
    rows_.clear();
  }
  while (const Chunk* chunk = input_->next()) rows_.append(columns_of(*chunk), nullptr, chunk->rows);
  filled_ = true;
  frame_version_ = version;
  return rows_;
}

OperatorPtr build_recursive(const plan::Node& node, const plan::Recursive& op, Builder& builder) {
  return std::make_unique<RecursiveOperator>(node, op, builder);
}

OperatorPtr build_working_table(const plan::Node& node, const plan::WorkingTable& op, Builder& builder) {
  return std::make_unique<WorkingTableOperator>(node.columns, *builder.working_tables().at(op.id));
}

OperatorPtr build_shared(const plan::Node& node, std::shared_ptr<SharedRows> rows) {
  return std::make_unique<SharedOperator>(node.columns, std::move(rows));
}

}  // namespace sqlmill::rt::query
