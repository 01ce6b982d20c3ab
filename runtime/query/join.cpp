// Joins. The rows of the right side are kept, in a hash table if the condition has equalities between the
// sides; those of the left stream by. Output of a chunk of the left comes in chunks of pairs.
#include <algorithm>

#include "runtime/ops/hash_chains.h"
#include "runtime/query/builder.h"
#include "runtime/query/join_condition.h"
#include "runtime/query/rows.h"

namespace sqlmill::rt::query {

namespace {

using plan::JoinKind;

constexpr uint32_t kHeaderBytes = 1;  // Of a row of the right: whether it has had a match.

bool keeps_unmatched_left(JoinKind kind) {
  return kind == JoinKind::kLeft || kind == JoinKind::kFull;
}
bool keeps_unmatched_right(JoinKind kind) {
  return kind == JoinKind::kRight || kind == JoinKind::kFull;
}
bool gives_pairs(JoinKind kind) {
  return kind != JoinKind::kSemi && kind != JoinKind::kAnti;
}

/// The kept rows of the right side: its columns, then keys that are not columns.
class RightSide {
 public:
  RightSide(OperatorPtr input, const std::vector<plan::OutputColumn>& columns, std::vector<JoinKey> keys,
            Builder& builder)
      : input_(std::move(input)),
        columns_(columns.size()),
        evaluation_(builder.execution()),
        charge_(builder.execution()) {
    std::vector<TypeId> types;
    for (const plan::OutputColumn& column : columns) types.push_back(column.type.id);
    for (const JoinKey& key : keys) {
      nulls_match_.push_back(key.nulls_match);
      if (const auto* column = std::get_if<plan::Column>(&key.right->node)) {
        key_columns_.push_back(column->index);
      } else {
        key_columns_.push_back(types.size());
        types.push_back(key.right->type.id);
        computed_.push_back(builder.build(key.right));
      }
    }
    rows_ = std::make_unique<Rows>(RowLayout(kHeaderBytes, std::move(types)), builder.execution());
  }

  void fill() {
    std::vector<uint64_t> hashes;
    while (const Chunk* chunk = input_->next()) {
      evaluation_.execution().check();
      evaluation_.reset();
      std::vector<const Vector*> values = columns_of(*chunk);
      for (const ExpressionPtr& expression : computed_)
        values.push_back(&expression->evaluate(evaluation_, *chunk));
      rows_->append(values, nullptr, chunk->rows);
      if (key_columns_.empty()) continue;
      hashes.resize(rows_->size());
      uint64_t* first = hashes.data() + rows_->size() - chunk->rows;
      for (size_t k = 0; k < key_columns_.size(); ++k)
        hash_values(*values[key_columns_[k]], chunk->rows, k > 0, first);
      charge_.set(hashes.capacity() * sizeof(uint64_t));
    }
    if (has_keys()) chains_.build(hashes);
    charge_.set(chains_.bytes());
  }

  /// With values of the present frame.
  void rewind() {
    input_->rewind();
    rows_->clear();
    chains_ = ops::HashChains();
  }

  bool has_keys() const { return !key_columns_.empty(); }
  Rows& rows() { return *rows_; }
  size_t columns() const { return columns_; }

  void prefetch(uint64_t hash) const { chains_.prefetch(hash); }
  uint32_t first(const std::vector<const Vector*>& keys, uint64_t hash, uint32_t at) const {
    if (!has_keys()) return rows_->size() > 0 ? 0 : ops::HashChains::kEnd;
    return match(keys, hash, at, chains_.first(hash));
  }
  uint32_t next(const std::vector<const Vector*>& keys, uint64_t hash, uint32_t at, uint32_t row) const {
    if (!has_keys()) return row + 1 < rows_->size() ? row + 1 : ops::HashChains::kEnd;
    return match(keys, hash, at, chains_.next(hash, row));
  }
  /// A NULL key equals nothing.
  bool can_match(const std::vector<const Vector*>& keys, uint32_t at) const {
    for (size_t k = 0; k < keys.size(); ++k) {
      if (keys[k]->nulls()[at] && !nulls_match_[k]) return false;
    }
    return true;
  }

 private:
  uint32_t match(const std::vector<const Vector*>& keys, uint64_t hash, uint32_t at, uint32_t row) const {
    for (; row != ops::HashChains::kEnd; row = chains_.next(hash, row)) {
      bool same = true;
      for (size_t k = 0; same && k < keys.size(); ++k)
        same = rows_->layout().same(key_columns_[k], (*rows_)[row], *keys[k], at);
      if (same) break;
    }
    return row;
  }

  OperatorPtr input_;
  const size_t columns_;
  Evaluation evaluation_;
  Charge charge_;
  std::vector<size_t> key_columns_;
  std::vector<bool> nulls_match_;
  std::vector<ExpressionPtr> computed_;
  std::unique_ptr<Rows> rows_;
  ops::HashChains chains_;
};

class JoinOperator : public Operator {
 public:
  JoinOperator(const plan::Node& node, const plan::Join& op, JoinCondition condition, Builder& builder)
      : kind_(op.kind),
        left_(builder.build(op.left)),
        right_(builder.build(op.right), op.right->columns, condition.keys, builder),
        evaluation_(builder.execution()),
        rest_evaluation_(builder.execution()),
        pairs_(make_chunk(op.left->columns)),
        out_(make_chunk(node.columns)) {
    for (const plan::OutputColumn& column : op.right->columns) pairs_.columns.emplace_back(column.type.id);
    for (const JoinKey& key : condition.keys) keys_.push_back(builder.build(key.left));
    if (condition.rest) rest_ = builder.build(condition.rest);
  }

  const Chunk* next() override {
    for (;;) {
      if (!in_ && !left_ended_) start_chunk();
      if (!in_ && !keeps_unmatched_right(kind_)) return nullptr;
      if (!in_) return unmatched_right();
      while (row_ < in_->rows) {
        find_pairs();
        if (const Chunk* chunk = filter_pairs()) return chunk;
      }
      const Chunk* last = end_chunk();
      in_ = nullptr;
      if (last) return last;
    }
  }

  void rewind() override {
    left_->rewind();
    right_.rewind();
    filled_ = false;
    left_ended_ = false;
    in_ = nullptr;
    unmatched_at_ = 0;
  }

 private:
  /// The right side runs when it is known that somebody asks for it: it may fail.
  void fill_right() {
    if (!filled_) right_.fill();
    filled_ = true;
  }

  void start_chunk() {
    evaluation_.execution().check();
    evaluation_.reset();
    in_ = left_->next();
    if (in_ || keeps_unmatched_right(kind_)) fill_right();
    if (!in_) {
      left_ended_ = true;
      return;
    }
    key_values_.clear();
    for (const ExpressionPtr& key : keys_) key_values_.push_back(&key->evaluate(evaluation_, *in_));
    for (size_t k = 0; k < key_values_.size(); ++k) hash_values(*key_values_[k], in_->rows, k > 0, hashes_);
    if (!keys_.empty()) {
      for (uint32_t i = 0; i < in_->rows; ++i) right_.prefetch(hashes_[i]);
    }
    std::fill_n(matched_, in_->rows, false);
    row_ = 0;
    candidate_ = 0;
    at_new_row_ = true;
  }

  /// Rows of the left with candidates of the right, until there are a chunk of them or the left's chunk ends.
  void find_pairs() {
    pair_count_ = 0;
    const bool one_is_enough = !gives_pairs(kind_) && !rest_;
    while (row_ < in_->rows) {
      if (at_new_row_) {
        candidate_ = right_.can_match(key_values_, row_) ? right_.first(key_values_, hashes_[row_], row_)
                                                         : ops::HashChains::kEnd;
      }
      at_new_row_ = false;
      while (candidate_ != ops::HashChains::kEnd && pair_count_ < sql::kVectorRows) {
        left_rows_[pair_count_] = row_;
        right_numbers_[pair_count_] = candidate_;
        ++pair_count_;
        candidate_ =
            one_is_enough ? ops::HashChains::kEnd : right_.next(key_values_, hashes_[row_], row_, candidate_);
      }
      if (candidate_ != ops::HashChains::kEnd) return;
      ++row_;
      at_new_row_ = true;
    }
  }

  /// Applies the rest of the condition; gives the pairs that hold, if the join gives pairs.
  const Chunk* filter_pairs() {
    if (pair_count_ == 0) return nullptr;
    for (uint32_t i = 0; i < pair_count_; ++i) right_rows_[i] = right_.rows()[right_numbers_[i]];
    if (rest_ || gives_pairs(kind_)) make_pairs(pair_count_);
    const uint32_t* selected = nullptr;
    uint32_t count = pair_count_;
    if (rest_) {
      rest_evaluation_.execution().check();
      rest_evaluation_.reset();
      count = select_true(rest_->evaluate(rest_evaluation_, pairs_), pair_count_, selected_);
      selected = selected_;
    }
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t pair = selected ? selected[i] : i;
      matched_[left_rows_[pair]] = true;
      if (keeps_unmatched_right(kind_)) *right_rows_[pair] = 1;
    }
    if (count == 0 || !gives_pairs(kind_)) return nullptr;
    if (count == pair_count_) return &pairs_;
    for (size_t c = 0; c < pairs_.columns.size(); ++c)
      gather(pairs_.columns[c], selected, count, out_.columns[c]);
    out_.rows = count;
    return &out_;
  }

  void make_pairs(uint32_t count) {
    const size_t left_columns = in_->columns.size();
    for (size_t c = 0; c < left_columns; ++c) gather(in_->columns[c], left_rows_, count, pairs_.columns[c]);
    for (size_t c = 0; c < right_.columns(); ++c)
      right_.rows().layout().read(c, right_rows_, count, pairs_.columns[left_columns + c]);
    pairs_.rows = count;
  }

  /// What is left to say of the left's chunk once all its pairs are known.
  const Chunk* end_chunk() {
    const bool wanted = kind_ == JoinKind::kSemi;
    if (!keeps_unmatched_left(kind_) && gives_pairs(kind_)) return nullptr;
    uint32_t count = 0;
    for (uint32_t i = 0; i < in_->rows; ++i) {
      if (matched_[i] == wanted) left_rows_[count++] = i;
    }
    if (count == 0) return nullptr;
    const size_t left_columns = in_->columns.size();
    for (size_t c = 0; c < left_columns; ++c) gather(in_->columns[c], left_rows_, count, out_.columns[c]);
    for (size_t c = left_columns; c < out_.columns.size(); ++c)
      std::fill_n(out_.columns[c].nulls(), count, uint8_t{1});
    out_.rows = count;
    return &out_;
  }

  const Chunk* unmatched_right() {
    uint32_t count = 0;
    while (unmatched_at_ < right_.rows().size() && count < sql::kVectorRows) {
      char* row = right_.rows()[unmatched_at_++];
      if (!*row) right_rows_[count++] = row;
    }
    if (count == 0) return nullptr;
    const size_t left_columns = out_.columns.size() - right_.columns();
    for (size_t c = 0; c < left_columns; ++c) std::fill_n(out_.columns[c].nulls(), count, uint8_t{1});
    for (size_t c = 0; c < right_.columns(); ++c)
      right_.rows().layout().read(c, right_rows_, count, out_.columns[left_columns + c]);
    out_.rows = count;
    return &out_;
  }

  const JoinKind kind_;
  OperatorPtr left_;
  RightSide right_;
  std::vector<ExpressionPtr> keys_;
  ExpressionPtr rest_;  // Over pairs; null: nothing is left.
  Evaluation evaluation_;
  Evaluation rest_evaluation_;
  Chunk pairs_;
  Chunk out_;

  bool filled_ = false;
  bool left_ended_ = false;
  const Chunk* in_ = nullptr;
  std::vector<const Vector*> key_values_;
  uint64_t hashes_[sql::kVectorRows];
  bool matched_[sql::kVectorRows];
  uint32_t row_ = 0;  // Of in_, the next whose pairs are looked for, from candidate_ on.
  bool at_new_row_ = true;
  uint32_t candidate_ = 0;
  uint32_t pair_count_ = 0;
  uint32_t left_rows_[sql::kVectorRows];
  uint32_t right_numbers_[sql::kVectorRows];
  char* right_rows_[sql::kVectorRows];
  uint32_t selected_[sql::kVectorRows];
  uint32_t unmatched_at_ = 0;
};

/// The right side is run for each row of the left.
class LateralJoinOperator : public Operator {
 public:
  LateralJoinOperator(const plan::Node& node, const plan::Join& op, Builder& builder)
      : kind_(op.kind),
        left_columns_(op.left->columns.size()),
        left_(builder.build(op.left)),
        frame_(op.parameters.size()),
        parameters_(builder.build(op.parameters)),
        evaluation_(builder.execution()),
        condition_evaluation_(builder.execution()),
        pairs_(make_chunk(node.columns)),
        out_(make_chunk(node.columns)) {
    for (size_t c = pairs_.columns.size(); c < left_columns_ + op.right->columns.size(); ++c)
      pairs_.columns.emplace_back(op.right->columns[c - left_columns_].type.id);  // Of a semi join.
    if (op.condition) condition_ = builder.build(op.condition);
    const Builder::Inside inside(builder, frame_);
    right_ = builder.build(op.right);
  }

  const Chunk* next() override {
    for (;;) {
      if (!in_ && !start_chunk()) return nullptr;
      if (running_) {
        if (const Chunk* chunk = next_pairs()) return chunk;
        running_ = false;
        const uint32_t row = row_++;
        if (ends_with_row(row)) return &out_;
      }
      if (row_ == in_->rows) {
        in_ = nullptr;
        continue;
      }
      frame_.move_to(row_);
      for (size_t p = 0; p < parameters_.size(); ++p) frame_.set(p, values_[p]->datum(row_));
      right_->rewind();
      running_ = true;
      matched_ = false;
    }
  }

  void rewind() override {
    left_->rewind();
    in_ = nullptr;
    running_ = false;
  }

 private:
  bool start_chunk() {
    evaluation_.reset();
    in_ = left_->next();
    if (!in_) return false;
    values_.clear();
    for (const ExpressionPtr& parameter : parameters_)
      values_.push_back(&parameter->evaluate(evaluation_, *in_));
    frame_.lead_through(values_, in_->rows);
    row_ = 0;
    return true;
  }

  const Chunk* next_pairs() {
    for (;;) {
      if (matched_ && !gives_pairs(kind_)) return nullptr;
      evaluation_.execution().check();
      const Chunk* right = right_->next();
      if (!right) return nullptr;
      for (size_t c = 0; c < left_columns_; ++c)
        fill(in_->columns[c].datum(row_), right->rows, pairs_.columns[c]);
      for (size_t c = 0; c < right->columns.size(); ++c)
        pairs_.columns[left_columns_ + c] = right->columns[c];
      pairs_.rows = right->rows;
      uint32_t count = right->rows;
      if (condition_) {
        condition_evaluation_.reset();
        count = select_true(condition_->evaluate(condition_evaluation_, pairs_), right->rows, selected_);
      }
      matched_ = matched_ || count > 0;
      if (count == 0 || !gives_pairs(kind_)) continue;
      if (count == right->rows) return &pairs_;
      for (size_t c = 0; c < out_.columns.size(); ++c)
        gather(pairs_.columns[c], selected_, count, out_.columns[c]);
      out_.rows = count;
      return &out_;
    }
  }

  /// Whether the row itself goes out, into out_, after its pairs.
  bool ends_with_row(uint32_t row) {
    const bool goes = kind_ == JoinKind::kSemi                                  ? matched_
                      : keeps_unmatched_left(kind_) || kind_ == JoinKind::kAnti ? !matched_
                                                                                : false;
    if (!goes) return false;
    for (size_t c = 0; c < left_columns_; ++c) gather(in_->columns[c], &row, 1, out_.columns[c]);
    for (size_t c = left_columns_; c < out_.columns.size(); ++c) out_.columns[c].set_null(0);
    out_.rows = 1;
    return true;
  }

  const JoinKind kind_;
  const size_t left_columns_;
  OperatorPtr left_;
  Frame frame_;
  std::vector<ExpressionPtr> parameters_;
  OperatorPtr right_;
  ExpressionPtr condition_;
  Evaluation evaluation_;
  Evaluation condition_evaluation_;
  Chunk pairs_;
  Chunk out_;
  const Chunk* in_ = nullptr;
  std::vector<const Vector*> values_;
  uint32_t row_ = 0;
  bool running_ = false;  // The right side, for row_.
  bool matched_ = false;
  uint32_t selected_[sql::kVectorRows];
};

}  // namespace

OperatorPtr build_join(const plan::Node& node, const plan::Join& op, Builder& builder) {
  if (!op.parameters.empty()) return std::make_unique<LateralJoinOperator>(node, op, builder);
  JoinCondition condition = split_condition(op.condition, op.left->columns.size());
  return std::make_unique<JoinOperator>(node, op, std::move(condition), builder);
}

}  // namespace sqlmill::rt::query
