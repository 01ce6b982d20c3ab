// INTERSECT, EXCEPT: rows of the right are counted, those of the left compared with the counts.
#include "runtime/query/builder.h"
#include "runtime/query/group_table.h"

namespace sqlmill::rt::query {

namespace {

class SetOperator : public Operator {
 public:
  SetOperator(const plan::SetOperation& node, Builder& builder)
      : is_intersect_(node.is_intersect),
        all_(node.all),
        left_(builder.build(node.left)),
        right_(builder.build(node.right)),
        out_(make_chunk(node.left->columns)) {
    std::vector<TypeId> types;
    for (const plan::OutputColumn& column : node.left->columns) types.push_back(column.type.id);
    table_ = std::make_unique<GroupTable>(sizeof(int64_t), std::move(types), builder.execution());
  }

  const Chunk* next() override {
    if (!filled_) count_right();
    while (const Chunk* in = left_->next()) {
      uint32_t kept = 0;
      table_->find_or_add(columns_of(*in), nullptr, in->rows, numbers_, [](char*) {});
      for (uint32_t i = 0; i < in->rows; ++i) {
        if (keep(count(numbers_[i]))) selected_[kept++] = i;
      }
      if (kept == 0) continue;
      for (size_t c = 0; c < out_.columns.size(); ++c)
        gather(in->columns[c], selected_, kept, out_.columns[c]);
      out_.rows = kept;
      return &out_;
    }
    return nullptr;
  }

  void rewind() override {
    left_->rewind();
    right_->rewind();
    table_->clear();
    filled_ = false;
  }

 private:
  static constexpr int64_t kShown = INT64_MIN / 2;  // Of a row that was given and must not come again.

  int64_t& count(uint32_t number) { return *reinterpret_cast<int64_t*>(table_->rows()[number]); }

  void count_right() {
    while (const Chunk* in = right_->next()) {
      table_->find_or_add(columns_of(*in), nullptr, in->rows, numbers_, [](char*) {});
      for (uint32_t i = 0; i < in->rows; ++i) ++count(numbers_[i]);
    }
    filled_ = true;
  }

  bool keep(int64_t& count) const {
    if (all_) {
      const bool has_partner = count > 0;
      if (has_partner) --count;
      return has_partner == is_intersect_;
    }
    const bool kept = count != kShown && (count > 0) == is_intersect_;
    if (kept) count = kShown;
    return kept;
  }

  const bool is_intersect_;
  const bool all_;
  OperatorPtr left_;
  OperatorPtr right_;
  Chunk out_;
  std::unique_ptr<GroupTable> table_;
  bool filled_ = false;
  uint32_t numbers_[sql::kVectorRows];
  uint32_t selected_[sql::kVectorRows];
};

}  // namespace

OperatorPtr build_set_operation(const plan::SetOperation& node, Builder& builder) {
  return std::make_unique<SetOperator>(node, builder);
}

}  // namespace sqlmill::rt::query
